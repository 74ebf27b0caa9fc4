"""The role of a file service in a target file: where files are, what is taken, and every mistake by its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.config.target import Target, load_target, role_line
from conformance.documents import UsageProblem
from conformance.rules.outcome import Inconclusive, NotTested
from conformance.suites.binary_files.places import Memory, Places

OPERATIONS = "operations: {upload: putFile, download: getFile, delete: deleteFile}"
DOCUMENT = """
openapi: 3.0.3
info: {title: Files, version: "1"}
paths:
  /store/{id}:
    parameters: [{name: id, in: path, required: true, schema: {type: string}}]
    put: {operationId: putFile, responses: {"204": {description: done}}}
    delete: {operationId: deleteFile, responses: {"204": {description: done}}}
  /content/{id}:
    parameters: [{name: id, in: path, required: true, schema: {type: string}}]
    get: {operationId: getFile, responses: {"200": {description: the file}}}
  /store:
    post: {operationId: postFile, responses: {"201": {description: done}}}
"""


def load(folder: Path, *lines: str) -> Target:
    path = folder / "acme.yaml"
    path.write_text("file_service:\n  " + "\n  ".join(lines) + "\n")
    (folder / "openapi.yaml").write_text(DOCUMENT)
    return load_target(str(path), {})


def places(folder: Path, *lines: str) -> Places:
    role = load(folder, *lines).file_service
    assert role is not None
    return Places(role, lambda url: DOCUMENT)


def test_a_template_says_where_files_are(tmp_path: Path) -> None:
    found = places(tmp_path, 'url: "https://files.example.com/a/{name}?v=1"')
    assert found.url("upload", "%C3%A4%20b%2F100%25.bin") == "https://files.example.com/a/%C3%A4%20b%2F100%25.bin?v=1"
    assert found.url("upload", "x") == found.url("download", "x") == found.url("delete", "x") == found.url("probe", "x")
    assert found.role.address == "https://files.example.com"


@pytest.mark.parametrize("spec", ["openapi.yaml", "https://files.example.com/openapi.yaml"])
def test_a_document_says_where_files_are(tmp_path: Path, spec: str) -> None:
    lines = (f"spec: {spec}", "base_url: https://files.example.com/v1/", OPERATIONS)
    found = places(tmp_path, *lines)
    assert found.url("upload", "a%20b") == "https://files.example.com/v1/store/a%20b"
    assert found.url("download", "a%20b") == found.url("probe", "a%20b") == "https://files.example.com/v1/content/a%20b"
    with pytest.raises(NotTested):
        _ = found.create_url


def test_files_are_posted_where_the_document_says(tmp_path: Path) -> None:
    operations = OPERATIONS.replace("}", ", create: postFile}")
    found = places(tmp_path, "spec: openapi.yaml", "base_url: https://files.example.com", operations)
    assert found.create_url == "https://files.example.com/store"


@pytest.mark.parametrize(
    ("operations", "said"),
    [
        (OPERATIONS.replace("putFile", "storeFile"), "no operation 'storeFile' (a PUT); it has: deleteFile, getFile"),
        (OPERATIONS.replace("putFile", "postFile"), "the upload is POST /store: it has to be a PUT whose path has one"),
    ],
)
def test_operations_that_do_not_fit_are_told(tmp_path: Path, operations: str, said: str) -> None:
    found = places(tmp_path, "spec: openapi.yaml", "base_url: https://files.example.com", operations)
    with pytest.raises(Inconclusive) as caught:
        found.url("upload", "a")
    assert said in str(caught.value)


@pytest.mark.parametrize(("names", "end"), [("any", "-a b%.bin"), ("plain", "-a-b-.bin")])
def test_new_names_are_of_the_kind_that_is_taken(tmp_path: Path, names: str, end: str) -> None:
    found = places(tmp_path, 'url: "https://files.example.com/{name}"', f"names: {names}", "prefix: sp.")
    one, other = found.new_name("-a b%.bin"), found.new_name("-a b%.bin")
    assert one != other
    assert one.startswith("sp.")
    assert one.endswith(end)


def test_names_may_be_uuids(tmp_path: Path) -> None:
    found = places(tmp_path, 'url: "https://files.example.com/{name}"', "names: uuid")
    assert len(found.new_name("-a b.bin")) == 36


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (("max_bytes: 16000000",), "give url with {name} in it, or spec, base_url and operations"),
        (("url: https://a.example.com/",), "must hold {name} once"),
        (('url: "https://a.example.com/{name}/{name}"',), "must hold {name} once"),
        (('url: "https://a.example.com/?f={name}"',), "must hold {name} in its path"),
        (('url: "ftp://a.example.com/{name}"',), "must be an http or https address"),
        (('url: "https://a.example.com/{name}"', "spec: missing.yaml"), "there is no file"),
        (('url: "https://a.example.com/{name}"', "spec: ftp://a.example.com/a"), "or an https address"),
        (('url: "https://a.example.com/{name}"', "max_bytes: 12"), "1024"),
        (('url: "https://a.example.com/{name}"', "refused_bytes: 5000"), "has to be larger than max_bytes"),
        (('url: "https://a.example.com/{name}"', "media_types: [png]"), "must be a media type"),
        (
            ('url: "https://a.example.com/{name}"', "refused_media_type: application/octet-stream"),
            "is one of the media types that the service takes",
        ),
        (
            (
                "spec: openapi.yaml",
                "base_url: https://a.example.com",
                "operations: {upload: a, download: b}",
            ),
            "operations has no delete: name the operation that removes a file, or say absent: [deletion]",
        ),
        (
            ("spec: openapi.yaml", "base_url: https://a.example.com", OPERATIONS, "absent: [deletion]"),
            "deletion cannot be absent, since operations.delete declares it",
        ),
        (('url: "https://a.example.com/{name}"', "prefix: ../"), "a folder belongs into url"),
        (('url: "https://a.example.com/{name}"', "names: uuid", "prefix: a-"), "leave prefix out"),
        (
            ('url: "https://a.example.com/{name}"', "access: {token_endpoint: true, bearer: a-token}"),
            "keep one of them",
        ),
    ],
)
def test_a_mistake_is_told_with_its_line(tmp_path: Path, lines: tuple[str, ...], said: str) -> None:
    with pytest.raises(UsageProblem) as caught:
        load(tmp_path, *lines)
    assert said in str(caught.value)
    assert all("acme.yaml:" in problem for problem in caught.value.problems)


def test_the_line_that_declares_the_role_is_yaml(tmp_path: Path) -> None:
    path = tmp_path / "acme.yaml"
    path.write_text(role_line("file_service").replace("…", "files.example.com"))
    assert load_target(str(path), {}).file_service is not None


def test_what_one_case_reads_in_the_document_saves_the_others_from_fetching_it(tmp_path: Path) -> None:
    role = load(tmp_path, "spec: https://files.example.com/openapi.yaml", "base_url: https://files.example.com",
                OPERATIONS).file_service  # fmt: skip
    assert role is not None
    texts = [DOCUMENT, DOCUMENT.replace("/store/{id}", "/moved/{id}")]
    memory = Memory()
    first, second, third = (Places(role, lambda url: texts.pop(0), memory) for _ in range(3))
    assert first.url("upload", "a") == second.url("upload", "a") == "https://files.example.com/store/a"
    assert len(texts) == 1
    assert "/moved/{id}" in second.document.text, "a case that judges the document reads it as it is now"
    assert second.declared("upload") == third.declared("upload") == ("/moved/{id}", "put")
    assert not texts
