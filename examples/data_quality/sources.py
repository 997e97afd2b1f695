"""CSV tables that come with the `vega_datasets` package, for a first try without an upload."""

from importlib.util import find_spec
from pathlib import Path

from examples.data_quality.table import BadTable


def dataset_names() -> list[str]:
    """Return the names of the tables at hand, sorted; none without the package."""
    folder = _folder()
    return sorted(path.stem for path in folder.glob("*.csv")) if folder else []


def dataset(name: str) -> bytes:
    """Return the content of a table by its name; raise BadTable if it is not at hand."""
    folder, names = _folder(), dataset_names()
    if folder is None:
        raise BadTable(
            "datasets come with the vega_datasets package, which is not installed:"
            " pip install vega_datasets, or upload a CSV and pass its artifact id as `table`"
        )
    if name not in names:
        raise BadTable(f"no dataset {name!r}; there are {', '.join(names)}")
    return (folder / f"{name}.csv").read_bytes()


def _folder() -> Path | None:
    # Looked up without importing it: the package would bring pandas with it.
    spec = find_spec("vega_datasets")
    places = spec.submodule_search_locations if spec else None
    return Path(places[0]) / "_data" if places else None
