"""What is read as an OpenAPI document, what is refused in one line, and what cannot exhaust the machine."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from conformance.documents import UsageProblem
from conformance.openapi_lint import check_document, parse_document, read_document
from tests.suite import run_module
from tests.traced import cpu_seconds

SECONDS = 60
BYTES = 3 * 2**30  # of addresses, most of which are never touched

HEAD = "openapi: 3.0.3\ninfo: {title: a, version: '1'}\npaths: {}\n"


# ------------------------------------------------------------------ what is read


def test_yaml_is_read_as_openapi_uses_it() -> None:
    """Keys are text, dates are text, and merge keys merge: what a mapping says itself wins."""
    text = """
openapi: 3.0.3
x-base: &base {kind: a, day: 2026-01-31, deep: {is: 1}}
x-more: {<<: *base, kind: b, 200: yes, on: ~, "404": "null", n: .inf, t: !!str 5}
x-both: {<<: [{a: 1}, {a: 2, b: 3}]}
"""
    data = parse_document("api.yaml", text).data
    assert isinstance(data, dict)
    base = {"kind": "a", "day": "2026-01-31", "deep": {"is": 1}}
    own = {"kind": "b", "200": True, "on": None, "404": "null", "n": ".inf", "t": "5"}
    assert data["x-base"] == base
    assert data["x-more"] == base | own
    assert data["x-both"] == {"a": 1, "b": 3}


def test_values_know_where_they_stand() -> None:
    """A member where its key begins, an item where it begins, a merged member where it was written."""
    text = "openapi: 3.0.3\nx-base: &base\n  kind: a\nx-list:\n  - one\n  - {<<: *base, two: 2}\n"
    found = parse_document("api.yaml", text).positions(
        [("x-list", 0), ("x-list", 1), ("x-list", 1, "two"), ("x-list", 1, "kind"), ("nowhere", "at all")]
    )
    assert found[("x-list", 0)] == (5, 5)
    assert found[("x-list", 1)] == (6, 5)
    assert found[("x-list", 1, "two")] == (6, 17)
    assert found[("x-list", 1, "kind")] == (3, 3)
    assert ("nowhere",) not in found


def test_values_of_json_know_where_they_stand() -> None:
    """Whatever stands in the text between them."""
    text = '\n {"a": ["{", "]", {"b\\u002f": [1, {"c": null}]}], "a2": {"a": "\\"}"}, "z": 1}'
    document = parse_document("api.json", text)
    found = document.positions([("a", 2, "b/", 1, "c"), ("a2", "a"), ("z",)])
    offset = {at: column - 1 for at, (_, column) in found.items()}
    line = text.splitlines()[1]
    assert line[offset[("a", 2, "b/", 1, "c")] :].startswith('"c": null')
    assert line[offset[("a", 2, "b/", 1)] :].startswith('{"c"')
    assert line[offset[("a2", "a")] :].startswith('"a": "\\"')
    assert line[offset[("z",)] :] == '"z": 1}'
    assert {place[0] for at, place in found.items() if at} == {2}


def test_a_document_is_what_it_looks_like() -> None:
    """Not what its name says: generators write JSON into files of any name."""
    assert parse_document("api", '{"openapi": "3.0.3"}').format == "JSON"
    assert parse_document("api.json", "openapi: 3.0.3").format == "YAML"
    assert parse_document("api.yaml", '{"openapi": "3.0.3"}').format == "JSON"
    assert parse_document("api", "{openapi: 3.0.3}").format == "YAML"


def test_a_byte_order_mark_is_no_part_of_the_text(tmp_path: Path) -> None:
    path = tmp_path / "api.json"
    path.write_bytes(b'\xef\xbb\xbf{"openapi": "3.0.3"}')
    assert read_document(str(path)).data == {"openapi": "3.0.3"}


# ------------------------------------------------------------------ what is refused


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("a.json", " \n", "a.json: the document is empty"),
        ("a.json", '{"a":\n', "a.json:2: not valid JSON: expecting value, in column 1"),
        ("a.json", '{"a": 1', "a.json:1: not valid JSON: expecting ',' delimiter, in column 8"),
        ("a.json", '{"a": 1 // one\n}', "a.json:1: not valid JSON: a comment, which JSON does not have, in column 9"),
        ("a.json", '/* one */ {"a": 1}', "a.json:1: not valid JSON: a comment, which JSON does not have, in column 1"),
        ("a", '// one\n{"a": 1}', "a:1: not valid JSON: a comment, which JSON does not have, in column 1"),
        ("a.json", '{"a": NaN}', "a.json:1: not valid JSON: NaN is not a JSON number"),
        ("a.json", '{"a": ' + "9" * 5_000 + "}", "a.json:1: not valid JSON: Exceeds the limit"),
        ("a.json", '{"a": "\\ud800"}', "a.json:1: not valid JSON: an escape such as \\ud800 is alone"),
        ("a.json", '["openapi"]', "a.json:1: is not an OpenAPI document: it holds no mapping"),
        ("a.json", "{openapi: 3.0.3}", "a.json:1: not valid JSON: expecting property name"),
        ("a.yaml", "just text", "a.yaml:1: is not an OpenAPI document: it holds no mapping"),
        ("a.yaml", "- a", "a.yaml:1: is not an OpenAPI document: it holds no mapping"),
        ("a.yaml", "a: [1,\nb: 2", "a.yaml:2: not valid YAML: a bracket is opened and not closed"),
        ("a.yaml", "a: 1\n---\nb: 2", "a.yaml:2: the file holds two documents (---); keep one"),
        ("a.yaml", "a: !secret 1", "a.yaml:1: has a YAML tag (it begins with !), which is not supported"),
        ("a.yaml", "a: !!python/object/apply:os.system [x]", "a.yaml:1: has a YAML tag"),
        ("a.yaml", "a: *b", "a.yaml:1: an alias has no anchor of its name, or leads back into itself"),
        ("a.yaml", "a: &a [*a]", "a.yaml:1: an alias has no anchor of its name, or leads back into itself"),
        ("a.yaml", "a: &a {b: {c: *a}}", "a.yaml:1: an alias has no anchor of its name, or leads back into itself"),
        ("a.yaml", "? [a]\n: b", "a.yaml:1: has a list or a mapping as a key"),
        ("a.yaml", "a: {<<: [1]}", "a.yaml:1: << merges mappings only"),
        ("a.yaml", "a: \x07", "a.yaml:1: holds a control character, so it is not YAML text"),
    ],
)
def test_what_is_no_document_is_refused_in_one_line(name: str, text: str, said: str) -> None:
    with pytest.raises(UsageProblem) as refused:
        parse_document(name, text)
    assert str(refused.value).startswith(said)
    assert len(str(refused.value).splitlines()) == 1


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", ": the document is empty"),
        ("openapi: 3.0.3".encode("utf-16"), ": is UTF-16 text; save it as UTF-8"),
        ("openapi: 3.0.3".encode("utf-32"), ": is UTF-32 text; save it as UTF-8"),
        (b"openapi: 3.0.3\ninfo: \xe9\n", ":2: is not UTF-8 text; save it as UTF-8, or name another file"),
        (b"\x89PNG\r\n\x1a\n\0\0", ":1: is not UTF-8 text; save it as UTF-8, or name another file"),
        (b"PK\x03\x04\0\0", ":1: holds NUL characters, so it is not text; name an OpenAPI document"),
    ],
)
def test_what_is_no_text_is_refused_in_one_line(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "api.yaml"
    path.write_bytes(content)
    with pytest.raises(UsageProblem) as refused:
        read_document(str(path))
    assert str(refused.value) == f"{path}{said}"


@pytest.mark.parametrize("name", ["", "nowhere.yaml", ".", "a\0b"])
def test_what_is_no_file_is_refused_in_one_line(name: str) -> None:
    with pytest.raises(UsageProblem) as refused:
        read_document(name)
    assert len(refused.value.problems) == 1


def test_references_to_other_files_are_not_followed(tmp_path: Path) -> None:
    """Nor to other addresses: what is named there is never opened."""
    text = HEAD + "components: {schemas: {A: {$ref: 'other.yaml#/A'}, B: {$ref: 'https://example.com/b.yaml'}}}"
    (tmp_path / "other.yaml").mkdir()  # opening it would fail
    (tmp_path / "api.yaml").write_text(text, "utf-8")
    report = check_document(read_document(str(tmp_path / "api.yaml")))
    assert sorted(f.value for f in report.findings if f.rule.id == "external-reference") == [
        "https://example.com/b.yaml",
        "other.yaml#/A",
    ]


# ------------------------------------------------------------------ what is bounded


def bomb() -> str:
    """Ten levels of nine aliases each."""
    levels = [f"  l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 9)}]" for n in range(1, 10)]
    return HEAD + "x-bomb:\n  l0: &l0 [lol]\n" + "\n".join(levels)


def schema_bomb() -> str:
    """The same with properties, just small enough to be read."""
    levels = [
        f"  L{n}: &l{n} {{properties: {{{', '.join(f'p-{m}: *l{n - 1}' for m in range(9))}}}}}" for n in range(1, 6)
    ]
    return HEAD + "components:\n schemas:\n  L0: &l0 {type: string}\n" + "\n".join(levels)


def chain() -> str:
    """A few aliases, each deep inside the next."""
    levels = [f"x-{n}: &a{n} {'[' * 150}*a{n - 1}{']' * 150}" for n in range(1, 60)]
    return HEAD + "x-0: &a0 1\n" + "\n".join(levels)


MALFORMED = """
openapi: 3.0.3
info: []
paths:
  /a:
    parameters: {a: 1}
    get:
      parameters: [1, ~, {$ref: 1}, {name: {}, in: []}, {$ref: '#/paths/~1a/get/parameters/99999999999'}]
      requestBody: [1]
      responses: []
    put:
      responses: {200: [], default: {headers: [], content: {a: 1, '': {schema: []}}}}
components: {schemas: {"007": {allOf: [1], items: [[]], properties: [1], discriminator: {mapping: []}, type: [a]}}}
"""


def test_a_document_that_is_malformed_everywhere_is_judged() -> None:
    """Each structural error stands at its place, though the validator leaves out empty keys and leading zeros."""
    report = check_document(parse_document("api.yaml", MALFORMED))
    pointers = {finding.pointer for finding in report.findings if finding.rule.id == "structure"}
    assert {"/info", "/paths/~1a/parameters", "/components/schemas/007/allOf/0"} <= pointers
    assert "/paths/~1a/put/responses/default/content//schema" in pointers


@pytest.mark.parametrize("version", ["0x" + "f" * 9_000, "1e999", "[]", "{}", "~", "''", "3", "3.2", "true"])
def test_a_version_that_is_none_is_an_error(version: str) -> None:
    report = check_document(parse_document("api.yaml", f"openapi: {version}\npaths: {{}}"))
    assert [finding.rule.id for finding in report.findings] == ["openapi-version"]


def wide(count: int) -> str:
    return json.dumps(
        {"openapi": "3.0.3", "info": {"title": "a", "version": "1"}, "paths": {}}
        | {"components": {"schemas": {"A": {"properties": {f"-{n}": {} for n in range(count)}}}}}
    )


def cyclic() -> str:
    """References in a circle: of schemas, of path items, of parameters, through all words that nest."""
    words = ", ".join(
        f"{word}: {{$ref: '#/components/schemas/A'}}" for word in ("items", "additionalProperties", "not")
    )
    return f"""
openapi: 3.0.3
info: {{title: a, version: '1'}}
paths:
  /a: {{$ref: '#/paths/~1b'}}
  /b: {{$ref: '#/paths/~1a'}}
  /c:
    parameters: [{{$ref: '#/components/parameters/P'}}, {{$ref: '#'}}, {{$ref: '#/paths'}}]
    get: {{responses: {{'200': {{$ref: '#/components/responses/R'}}}}}}
components:
  parameters: {{P: {{$ref: '#/components/parameters/P'}}}}
  responses: {{R: {{$ref: '#/components/responses/R'}}}}
  schemas:
    A: {{{words}, allOf: [{{$ref: '#/components/schemas/A'}}]}}
    B: {{allOf: [{{$ref: '#/components/schemas/C'}}]}}
    C: {{allOf: [{{$ref: '#/components/schemas/B'}}]}}
"""


HOSTILE: dict[str, tuple[str, Callable[[], str], str]] = {
    "aliases": ("api.yaml", bomb, "once its aliases are followed"),
    "aliases of schemas": ("api.yaml", schema_bomb, "registers"),
    "aliases in each other": ("api.yaml", chain, "nested deeper than 200 levels once aliases are followed"),
    "depth in JSON": ("api.json", lambda: '{"a":' * 10_000 + "1" + "}" * 10_000, "nested deeper than 200 levels"),
    "depth in JSON, never closed": ("api.json", lambda: '{"a":[' * 1_000_000, "nested deeper than 200 levels"),
    "depth in YAML": ("api.yaml", lambda: "".join(f"{' ' * n}a:\n" for n in range(2_000)), "deeper than 200 levels"),
    "depth in YAML lists": ("api.yaml", lambda: "- " * 10_000, "nested deeper than 200 levels"),
    "depth in YAML brackets": ("api.yaml", lambda: "a: " + "[" * 1_000_000, "nested deeper than 200 levels"),
    "10 MB of JSON": ("api.json", lambda: wide(640_000), "too-many-objects"),
    "10 MB of empty lists": (
        "api.json",
        lambda: '{"openapi": "3.0.3", "paths": [' + "[]," * 3_300_000 + "[]]}",
        "paths is not a mapping",
    ),
    "3 MB of YAML": ("api.yaml", lambda: HEAD + "x:\n" + "- {}\n" * 598_000, "no-operations"),
    "a megabyte of name": ("api.json", lambda: wide(1).replace("-0", "n" * 9_000_000), "9000000 characters"),
    "too long": ("api.yaml", lambda: HEAD + "#" * 30_000_000, "document-size"),
    "circles": ("api.yaml", cyclic, "broken-reference"),
    "one line": ("api.json", lambda: wide(1) + " " * 9_999_000, "registers"),
}


@pytest.mark.parametrize(
    ("hostile", "form"), [(name, "text") for name in HOSTILE] + [("a megabyte of name", "sarif"), ("circles", "json")]
)
def test_a_hostile_document_is_judged_within_bounds(tmp_path: Path, hostile: str, form: str) -> None:
    """By a process that the system ends if it takes more."""
    name, text, said = HOSTILE[hostile]
    (tmp_path / name).write_text(text(), "utf-8")
    bounds = ["tests.unit.bounded", str(cpu_seconds(SECONDS)), str(BYTES)]
    command = ["conformance.commands", "lint-spec", name, f"--format={form}"]
    done = run_module([*bounds, *command], tmp_path, dict(os.environ))
    assert done.returncode in (0, 1, 2), done.stderr[-2000:]
    assert said in done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    assert len(done.stdout) < 2_000_000
