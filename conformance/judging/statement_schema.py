"""The JSON Schema of statements, for their readers. `python -m conformance.reporting.catalogue` writes it."""

from __future__ import annotations

from pathlib import Path

from pydantic import TypeAdapter

from conformance.config.schemas import schema_text
from conformance.config.waivers import Waiver
from conformance.documents.docstrings import attributes
from conformance.http.exchange import Evidence
from conformance.judging.statement import Statement
from conformance.judging.verdict import Case, Part

FILE = "statement.schema.json"


def statement_schema() -> str:
    """The text of the schema."""
    schema = Statement.model_json_schema(mode="validation")
    evidence = TypeAdapter(Evidence).json_schema()
    # A case holds its exchanges as plain values, so that they travel between processes; here they have their fields.
    schema["$defs"] |= {**evidence.pop("$defs", {}), "Evidence": evidence}
    for name in ("Case", "Part"):
        schema["$defs"][name]["properties"]["exchanges"]["items"] = {"$ref": "#/$defs/Evidence"}
    for described in (Case, Part, Waiver, Evidence):
        for name, sentence in attributes(described).items():
            schema["$defs"][described.__name__]["properties"].get(name, {}).setdefault("description", sentence)
    return schema_text("seasonproof statement", schema)


def write_statement_schema(directory: Path) -> Path:
    """Write the schema file and return its path."""
    path = directory / FILE
    path.write_text(statement_schema(), "utf-8")
    return path
