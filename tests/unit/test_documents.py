"""Documents: YAML with positions, and every error at once."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict

from conformance.documents import UsageProblem, load, parse, reading
from conformance.redaction import Secret


class Inner(BaseModel):
    model_config = ConfigDict(extra="forbid")
    size: int


class Outer(BaseModel):
    model_config = ConfigDict(extra="forbid")
    name: str
    parts: tuple[Inner, ...] = ()
    table: dict[str, Inner] = {}


def problems_of(text: str) -> list[str]:
    with pytest.raises(UsageProblem) as caught:
        reading.check(parse("a.yaml", text), Outer)
    return caught.value.problems


def test_a_document_becomes_a_model(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("name: x\nparts: [{size: 1}, {size: 2}]\n")
    assert [part.size for part in load(tmp_path / "a.yaml", Outer).parts] == [1, 2]


def test_all_errors_come_at_once_in_the_order_of_the_lines() -> None:
    assert problems_of("parts:\n  - size: big\n  - sise: 3\nnmae: x\n") == [
        "a.yaml:1: name: is missing",
        "a.yaml:2: parts[0].size: must be a whole number",
        "a.yaml:3: parts[1].size: is missing",
        "a.yaml:3: parts[1].sise: unknown field; did you mean size? Known: size",
        "a.yaml:4: nmae: unknown field; did you mean name? Known: name, parts, table",
    ]


def test_an_unknown_field_of_a_mapping_value_names_the_fields_of_that_value() -> None:
    assert problems_of("name: x\ntable:\n  one: {size: 1, sise: 2}\n") == [
        "a.yaml:3: table.one.sise: unknown field; did you mean size? Known: size"
    ]


def test_a_date_stays_text() -> None:
    """What JSON has no value for is text; a model that wants a date reads it from there."""
    assert reading.check(parse("a.yaml", "name: 2026-03-31\n"), Outer).name == "2026-03-31"


def test_a_number_in_a_text_field_is_told_to_stand_in_quotes() -> None:
    assert problems_of("name: 65.0\n") == ["a.yaml:1: name: must be text, not a number; put it in quotes"]


def test_an_error_behind_an_alias_is_told_once() -> None:
    assert len(problems_of("name: x\nparts: [&bad {size: big}, *bad, *bad]\n")) == 1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("name: [x\n", "a bracket is opened and not closed"),
        ("name: x\n\tparts: y\n", "indent with spaces"),
        ("table:\n\tone: y\n", "indent with spaces"),
        ("name: `x\n", "a character that YAML reserves"),
        ("name: a: b\n", "put text that has `: ` in it in quotes"),
        ("name: x\nparts\n", "a line without `: ` after its key"),
        ("  name: x\n parts: []\n", "not valid YAML"),
        ("name: x\n---\nname: y\n", "two documents"),
        ("name: x\nname: y\n", "a.yaml:2: name: is given twice, first in line 1"),
        ("a: &a [*a]\n", "leads back into itself"),
        ("a: " + "[" * 5000, "nested deeper than"),
        ("[" * 39 + "]" * 39, "must be a mapping with fields such as name, parts, table"),
        ("name: !!python/object:os.system x\n", "has a YAML tag"),
        ("name: {<<: {a: 1}}\n", "merges with <<"),
        ("{{ name }}: 1\n", "has a list or a mapping as a key"),
        ("name: x\0\n", "a.yaml:1: holds a control character"),
        ("# nothing\n", "the file is empty"),
        ("- name\n", "must be a mapping"),
    ],
)
def test_what_is_no_fit_document_gets_one_clear_line(text: str, said: str) -> None:
    (problem,) = problems_of(text)
    assert problem.startswith("a.yaml:")
    assert said in problem
    assert "\n" not in problem


def test_aliases_that_multiply_are_stopped() -> None:
    doubled = "".join(f"k{i}: &k{i} [*k{i - 1}, *k{i - 1}]\n" for i in range(1, 39))
    assert "once its aliases are followed" in problems_of(f"k0: &k0 [x]\n{doubled}")[0]


@pytest.mark.parametrize(
    "text", ["name: *hush-hush\n", "name: !hush-hush\n", "name: !hush-hush x\n", 'name: "hush-hush\n']
)
def test_a_syntax_error_does_not_show_what_stood_there(text: str) -> None:
    assert "hush" not in "".join(problems_of(text))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"\xff\xfe\x00", "is not UTF-8 text"),
        (b"name: x\nparts: \xfc\n", ":2: is not UTF-8 text"),
        (b"#" * (reading.MAX_BYTES + 1), "is larger than 2 MB"),
        (b"", "the file is empty"),
    ],
)
def test_a_file_that_is_no_text_is_named(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "a.yaml"
    path.write_bytes(content)
    with pytest.raises(UsageProblem, match=said) as caught:
        reading.read(path)
    assert str(caught.value).startswith(str(path))


def test_a_missing_file_names_its_neighbour(tmp_path: Path) -> None:
    (tmp_path / "acme.yaml").touch()
    with pytest.raises(UsageProblem, match=r"acmee\.yaml: no such file; did you mean .*acme\.yaml\?"):
        reading.read(tmp_path / "acmee.yaml")


def test_a_link_to_nothing_and_an_address_are_told_for_what_they_are(tmp_path: Path) -> None:
    (tmp_path / "acme.yaml").symlink_to("gone.yaml")
    with pytest.raises(UsageProblem, match=r"acme\.yaml: is a link to gone\.yaml, which is not there"):
        reading.read(tmp_path / "acme.yaml")
    with pytest.raises(UsageProblem, match="it is an address: save what it answers as a file"):
        reading.read("https://acme.example.com/openapi.yaml")


def test_a_directory_and_an_empty_name_are_no_files(tmp_path: Path) -> None:
    with pytest.raises(UsageProblem, match="is a directory"):
        reading.read(tmp_path)
    with pytest.raises(UsageProblem, match="the name of a file is empty"):
        reading.read("")


def test_a_byte_order_mark_is_no_part_of_the_text(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_bytes(b"\xef\xbb\xbfname: x\n")
    assert load(tmp_path / "a.yaml", Outer).name == "x"


def test_more_than_fifty_problems_are_summed_up() -> None:
    text = "name: x\n" + "".join(f"extra{i}: 1\n" for i in range(60))
    problems = problems_of(text)
    assert len(problems) == reading.MAX_PROBLEMS + 1
    assert problems[-1] == "a.yaml: and 10 more problems like these"


@given(st.text(max_size=80) | st.text("[]{}:-&*!|>'\"%@`#, \n\tab0", max_size=60))
def test_any_text_is_read_or_refused_in_lines_that_name_the_file(text: str) -> None:
    problems: list[str] = ["a.yaml: would be fine"]
    try:
        reading.check(parse("a.yaml", text), Outer)
    except UsageProblem as problem:
        problems = problem.problems
    assert problems
    assert all(line.startswith("a.yaml") and "\n" not in line for line in problems)


def test_a_problem_shows_no_secret_and_steers_no_terminal() -> None:
    """Whatever made the message: a file, a target's document, or an exception of a library."""
    secret = Secret("made-up-value-in-a-problem")
    problem = UsageProblem([f"acme.yaml:3: \x1b[2J{secret.reveal()}\ud800"])
    assert str(problem) == f"acme.yaml:3: \\x1b[2J{secret.label}\\ud800"
    assert problem.problems == [str(problem)]
