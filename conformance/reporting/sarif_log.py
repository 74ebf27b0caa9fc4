"""What every SARIF 2.1.0 log is, which code scanning services read: https://docs.oasis-open.org/sarif/sarif/v2.1.0/"""

from pathlib import Path
from urllib.parse import quote

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"


def sarif_log(tool: str, rules: list[dict[str, object]], **run: object) -> dict[str, object]:
    """A log of one run of a tool, in plain JSON types. `run` has its `results`, and whatever else is said of it."""
    from importlib.metadata import version

    driver = {"name": tool, "version": version("seasonproof"), "rules": rules}
    return {"$schema": _SCHEMA, "version": "2.1.0", "runs": [{"tool": {"driver": driver}, **run}]}


def file_uri(name: str) -> str:
    """The URI of a file. A relative name stays one, so that code scanning finds the file in the repository."""
    path = Path(name)
    return path.as_uri() if path.is_absolute() else quote(name.replace("\\", "/"), safe="/~")
