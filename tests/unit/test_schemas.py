"""JSON Schemas for editors: current, and in agreement with the models."""

import json
from pathlib import Path

import jsonschema_rs
import pytest
import yaml

from conformance.config.presets import adapter_files, preset_files
from conformance.config.schemas import schemas, write
from conformance.documents.package_data import data_dir
from conformance.reference.app import describe

TEXTS = schemas()


@pytest.mark.parametrize("name", TEXTS)
def test_a_schema_file_is_current(name: str) -> None:
    """`python -m conformance.config.schemas` writes them."""
    assert (data_dir("profiles") / "schema" / name).read_text("utf-8") == TEXTS[name]


@pytest.mark.parametrize("name", TEXTS)
def test_a_schema_is_a_schema(name: str) -> None:
    jsonschema_rs.meta.validate(json.loads(TEXTS[name]))


@pytest.mark.parametrize("path", sorted((data_dir("profiles") / "schema").glob("*.json")), ids=lambda path: path.name)
def test_an_editor_can_say_what_each_field_is(path: Path) -> None:
    """By the field's own words, or by those of the part that it is."""
    schema = json.loads(path.read_text("utf-8"))
    parts = {"": schema, **schema.get("$defs", {})}
    silent = [
        f"{name}.{field}"
        for name, part in parts.items()
        for field, value in part.get("properties", {}).items()
        if not ((parts[value["$ref"].rpartition("/")[2]] if "$ref" in value else {}) | value).get("description")
    ]
    assert silent == []


@pytest.mark.parametrize("path", sorted(data_dir("profiles").glob("*.yaml")), ids=lambda path: path.stem)
def test_a_built_in_file_fits_its_schema(path: Path) -> None:
    content = yaml.safe_load(path.read_text("utf-8"))
    kind = "profile" if "profile" in content else "family"
    jsonschema_rs.validate(json.loads(TEXTS[f"{kind}.schema.json"]), content)
    assert f"$schema=schema/{kind}.schema.json" in path.read_text("utf-8").splitlines()[0]


@pytest.mark.parametrize("name", preset_files())
def test_a_preset_fits_its_schema(name: str) -> None:
    text = preset_files()[name].read_text("utf-8")
    jsonschema_rs.validate(json.loads(TEXTS["provider.schema.json"]), yaml.safe_load(text))
    assert "$schema=../schema/provider.schema.json" in text.splitlines()[0]


@pytest.mark.parametrize("name", adapter_files())
def test_an_adapter_fits_its_schema(name: str) -> None:
    text = adapter_files()[name].read_text("utf-8")
    jsonschema_rs.validate(json.loads(TEXTS["adapter.schema.json"]), yaml.safe_load(text))
    assert "$schema=../schema/adapter.schema.json" in text.splitlines()[0]


def test_the_target_file_of_the_reference_fits_its_schema() -> None:
    jsonschema_rs.validate(json.loads(TEXTS["target.schema.json"]), describe("http://127.0.0.1:1"))


def test_a_waiver_fits_its_schema() -> None:
    waiver = {"id": "SAB-01", "target": "a", "reason": "long enough", "owner": "b", "until": "2026-01-01"}
    validator = jsonschema_rs.validator_for(json.loads(TEXTS["waivers.schema.json"]))
    assert validator.is_valid({"waivers": [waiver]})
    assert not validator.is_valid({"waivers": [waiver | {"id": "SAB-1"}]})
    assert not validator.is_valid({"waivers": [waiver | {"because": "x"}]})


def test_the_files_are_written_to_a_new_directory(tmp_path: Path) -> None:
    assert {path.name for path in write(tmp_path / "schema")} == set(TEXTS)
