"""tools/dashboard.py: what it builds when, and that serving never waits for it."""

import importlib.util
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.conftest import ROOT, plain_environment

PACKAGE = '{"engines": {"node": ">=20.19"}, "scripts": {"build": "…"}}'
# Stands for the programs of a machine: says its version, notes what it is asked, builds one page.
NODE = "#!/bin/sh\necho {version}\n"
NPM = """#!/bin/sh
OUT=../../server/runwire/http/dashboard
echo "$1" >> {calls}
case "$1" in
ci) mkdir -p node_modules ;;
run) mkdir -p $OUT && echo built > $OUT/index.html.gz ;;
esac
"""
FAILING = "#!/bin/sh\necho 'npm error code E1'\necho 'npm error network is unreachable'\nexit 1\n"


@dataclass(frozen=True)
class Clone:
    """A clone with a dashboard of one file, and a machine with what is put into its PATH."""

    root: Path

    @property
    def calls(self) -> list[str]:
        """What npm was asked for."""
        noted = self.root / "calls"
        return noted.read_text().split() if noted.exists() else []

    def put(self, name: str, text: str) -> None:
        """Put a program into PATH."""
        program = self.root / "bin" / name
        program.write_text(text)
        program.chmod(0o755)

    def with_node(self, version: str = "v22.13.0", npm: str = NPM) -> "Clone":
        """Have Node and npm in PATH."""
        self.put("node", NODE.format(version=version))
        self.put("npm", npm.replace("{calls}", str(self.root / "calls")))
        return self

    def write(self, name: str, text: str) -> None:
        """Change a source."""
        path = self.root / "clients/dashboard" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def build(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Call the tool."""
        return subprocess.run(
            [sys.executable, self.root / "tools/dashboard.py", *arguments],
            env={**plain_environment(), "PATH": str(self.root / "bin")},
            capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip


@pytest.fixture
def clone(tmp_path: Path) -> Clone:
    made = Clone(tmp_path)
    for folder in ("bin", "tools", "docs"):
        (tmp_path / folder).mkdir()
    shutil.copy(ROOT / "tools/dashboard.py", tmp_path / "tools")
    (tmp_path / "docs/openapi.json").write_text("{}")
    for name in ("mkdir", "echo"):
        found = shutil.which(name)
        assert found
        (tmp_path / "bin" / name).symlink_to(found)
    for name in ("package.json", "package-lock.json", ".npmrc", "src/main.tsx"):
        made.write(name, PACKAGE if name == "package.json" else name)
    return made


def test_it_is_built_once_and_again_when_a_source_has_changed(clone: Clone) -> None:
    clone.with_node()
    first = clone.build()
    assert (first.returncode, first.stderr) == (0, "")
    assert first.stdout == "dashboard: npm ci and npm run build in clients/dashboard\n"
    assert clone.calls == ["ci", "run"]
    again = clone.build()
    assert (again.returncode, again.stdout, clone.calls) == (0, "", ["ci", "run"])
    clone.write("src/main.tsx", "changed")
    assert clone.build().stdout == "dashboard: npm run build in clients/dashboard\n"
    (clone.root / "docs/openapi.json").write_text('{"changed": true}')
    assert clone.build().returncode == 0
    assert clone.calls == ["ci", "run", "run", "run"]


def test_tests_and_packages_are_no_sources_but_a_new_lock_file_is(clone: Clone) -> None:
    clone.with_node().build()
    clone.write("src/main.test.tsx", "a test")
    clone.write("node_modules/some/index.js", "a package")
    clone.build()
    assert clone.calls == ["ci", "run"]
    clone.write("package-lock.json", "newer")
    newer = (clone.root / "clients/dashboard/node_modules/.installed").stat().st_mtime + 1
    os.utime(clone.root / "clients/dashboard/package-lock.json", (newer, newer))
    clone.build()
    assert clone.calls == ["ci", "run", "ci", "run"]


def test_a_build_that_is_gone_is_made_again(clone: Clone) -> None:
    clone.with_node().build()
    (clone.root / "server/runwire/http/dashboard/index.html.gz").unlink()
    clone.build()
    assert clone.calls == ["ci", "run", "run"]


@pytest.mark.parametrize(
    ("version", "npm", "told"),
    [
        ("", "", "Node 20.19 or newer with npm is needed, and is not in PATH"),
        ("v18.20.4", NPM, "Node 20.19 or newer with npm is needed; "),
        ("v20.18.9", NPM, "Node 20.19 or newer with npm is needed; "),
        ("v20.19.0", FAILING, "npm ci failed: npm error network is unreachable"),
        ("v24.0.0", "#!/bin/sh\nexit 0\n", "npm run build left no index.html"),
    ],
)
def test_where_it_cannot_be_built_one_line_says_so(
    clone: Clone, version: str, npm: str, told: str
) -> None:
    (clone.root / "clients/dashboard/node_modules").mkdir()
    if version:
        clone.with_node(version, npm)
    going_on = clone.build("--if-possible")
    assert (going_on.returncode, going_on.stderr) == (0, "")
    assert going_on.stdout.splitlines()[-1].startswith(
        f"dashboard: not built, serving goes on without it: {told}"
    )
    demanded = clone.build()
    assert demanded.returncode == 1
    assert demanded.stderr.startswith(f"dashboard: {told}")


def test_an_older_build_is_named_as_such(clone: Clone) -> None:
    clone.with_node().build()
    clone.write("src/main.tsx", "changed")
    clone.with_node(npm=FAILING)
    told = clone.build("--if-possible").stdout.splitlines()[-1]
    assert told.startswith("dashboard: not built, an older build is served: npm run build failed")


def test_an_editable_installation_builds_nothing(tmp_path: Path) -> None:
    spec = importlib.util.spec_from_file_location("hatch_build", ROOT / "tools/hatch_build.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    hook = module.DashboardHook(str(tmp_path), {}, None, None, str(tmp_path), "wheel")
    hook.initialize("editable", {})
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(FileNotFoundError):
        hook.initialize("standard", {})  # it looks for the tool, which is not there
