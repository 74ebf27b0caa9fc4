"""JSON Schemas of the files that people write, for editors. `python -m conformance.config.schemas` writes them."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

from conformance.config.baseline import BaselineFile
from conformance.config.presets import Adapter, Preset
from conformance.config.profile_files import FamilyFile, ProfileFile
from conformance.config.source_digests import SourcesFile
from conformance.config.target import Target
from conformance.config.waivers import WaiverFile
from conformance.documents.package_data import data_dir

if TYPE_CHECKING:
    from pathlib import Path

    from pydantic import BaseModel

FILES: dict[str, type[BaseModel]] = {
    "profile": ProfileFile,
    "family": FamilyFile,
    "target": Target,
    "waivers": WaiverFile,
    "baseline": BaselineFile,
    "sources": SourcesFile,
    "provider": Preset,
    "adapter": Adapter,
}


def schemas() -> dict[str, str]:
    """The text of each schema file, by file name."""
    return {
        f"{name}.schema.json": schema_text(f"seasonproof {name} file", model.model_json_schema())
        for name, model in FILES.items()
    }


def write(directory: Path) -> list[Path]:
    """Write the schema files and return their paths. The directory is made if it is missing."""
    directory.mkdir(parents=True, exist_ok=True)
    written = []
    for name, text in schemas().items():
        (directory / name).write_text(text, "utf-8")
        written.append(directory / name)
    return written


def schema_text(title: str, schema: dict[str, Any]) -> str:
    """A schema as its file has it: with a title of its own, and without those that repeat the names of classes."""
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": title}
    return json.dumps(head | _untitled(schema), indent=2, ensure_ascii=False) + "\n"


def _untitled(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            key: _untitled(inner) for key, inner in value.items() if not (key == "title" and isinstance(inner, str))
        }
    return [_untitled(inner) for inner in value] if isinstance(value, list) else value


if __name__ == "__main__":
    for path in write(data_dir("profiles") / "schema"):
        sys.stdout.write(f"{path}\n")
