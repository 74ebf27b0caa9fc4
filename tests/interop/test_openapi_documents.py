"""OpenAPI documents that nobody here wrote, the examples of a public npm package, by the rules of External Services."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from conformance.openapi_lint import Report, check_document, read_document
from tests.interop.servers import installed_by_npm, node_is_there

PACKAGE = "@readme/oas-examples@8.2.2"

# Each was looked at by hand: some body is declared in this type alone.
TO_MAP = {
    "2.0": {"petstore": "multipart/form-data"},
    "3.0": {
        "file-uploads": "multipart/form-data",
        "parameters-style": "multipart/form-data",
        "petstore": "multipart/form-data",
        "readme-legacy": "multipart/form-data",
        "request-examples": "application/xml",
        "response-examples": "application/xml",
        "response-multiple-mediatypes": "application/xml",
        "schema-circular": "multipart/form-data",
        "schema-encoding-style": "multipart/form-data",
    },
}


@cache
def reports() -> dict[tuple[str, str, str], Report]:
    """By version, format and name."""
    node_is_there()
    folder = installed_by_npm(PACKAGE) / "node_modules" / "@readme" / "oas-examples"
    paths = [path for version in ("2.0", "3.0", "3.1") for path in sorted((folder / version).rglob("*.*"))]
    documents = [path for path in paths if path.suffix in (".json", ".yaml")]
    return {_key(path, folder): check_document(read_document(str(path))) for path in documents}


def _key(path: Path, folder: Path) -> tuple[str, str, str]:
    version, form, *rest = path.relative_to(folder).with_suffix("").parts
    return version, form, "/".join(rest)


def test_all_documents_are_judged() -> None:
    assert len(reports()) == 129


@pytest.mark.parametrize("version", ["2.0", "3.0"])
def test_a_document_registers_after_its_media_types_are_mapped(version: str) -> None:
    found = {key[2]: report for key, report in reports().items() if key[0] == version}
    assert [name for name, report in found.items() if not report.registers] == []
    assert {name: ", ".join(one.to_map) for name, one in found.items() if one.to_map} == TO_MAP[version]


def test_no_document_of_version_3_1_is_said_to_register() -> None:
    for key, report in reports().items():
        if key[0] == "3.1":
            assert not report.registers, key
            assert "undocumented-version" in {finding.rule.id for finding in report.findings}, key


def test_json_and_yaml_are_judged_alike() -> None:
    pairs = [(report, reports()[key[0], "json", key[2]]) for key, report in reports().items() if key[1] == "yaml"]
    assert len(pairs) == 59
    for in_yaml, in_json in pairs:
        if in_yaml.name.endswith("3.1/yaml/parameters-style.yaml"):
            continue  # it has request bodies that its twin in JSON has not
        found = [
            {(f.rule.id, f.pointer) for f in report.findings if f.rule.id != "description-length"}
            for report in (in_yaml, in_json)  # which in one document have descriptions of different length
        ]
        assert found[0] == found[1], in_yaml.name


def test_the_structure_is_as_openapi_has_it_but_for_two_documents() -> None:
    """One has an operation without any response, which OpenAPI asks for; one, in 3.0, an array without items."""
    broken = {key[2] for key, report in reports().items() if any(f.rule.id == "structure" for f in report.findings)}
    assert broken == {"openapi-workshop/post", "schema-types"}
