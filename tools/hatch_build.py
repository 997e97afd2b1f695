"""What hatchling does before it packs the server: the dashboard is built, where Node is.

1. Editable installations never build it: `make serve` does.
2. An sdist holds the build, so that a wheel made from it needs no Node.
3. Without Node, what is packed has no dashboard, or an older one, and a warning says so.
"""

from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class DashboardHook(BuildHookInterface[Any]):
    """Sees to it that there is a build to pack."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002
        """Build the dashboard, unless it is fresh or cannot be built."""
        if version == "editable":
            return
        tool = _tool(Path(self.root))
        dashboard = tool.Dashboard(Path(self.root))
        if dashboard.is_there and (dashboard.is_fresh or not dashboard.has_sources):
            return
        try:
            dashboard.build()
        except tool.CannotBuild as error:
            what = "AN OLDER DASHBOARD" if dashboard.is_there else "NO DASHBOARD"
            self.app.display_warning(f"{what} is packed: {error}")


def _tool(root: Path) -> Any:
    """Return tools/dashboard.py: this file is executed where nothing of ours can be imported."""
    spec = spec_from_file_location("dashboard", root / "tools/dashboard.py")
    if spec is None or spec.loader is None:
        raise ImportError("tools/dashboard.py cannot be read")
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
