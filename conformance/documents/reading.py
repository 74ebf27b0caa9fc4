"""Reads a YAML file that somebody wrote by hand, and says everything that is wrong with it at once.

Each problem is one line, `file:line: field: what is wrong and what is allowed`. No message ever shows a
value, except where it had to be one of a few words: a file may hold a secret in the wrong place.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING

import yaml
from pydantic import BaseModel, ValidationError

from conformance.documents import pydantic_errors

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

type Location = tuple[str | int, ...]
"""Where a value stands: the keys and the list positions that lead to it."""

type Finding = tuple[Location, str]
"""Where something is wrong, and what."""

MAX_BYTES = 2_000_000
MAX_NODES = 100_000
MAX_DEPTH = 40
MAX_PROBLEMS = 50  # of one file: whoever has more has one mistake many times

_SCALARS = frozenset(f"tag:yaml.org,2002:{name}" for name in ("null", "bool", "int", "float", "timestamp", "str"))
_COLLECTIONS = frozenset({"tag:yaml.org,2002:map", "tag:yaml.org,2002:seq"})


class UsageProblem(Exception):
    """What the user wrote cannot be used. Shown as it stands, never with a traceback.

    Attributes:
        problems: each one a line which says where, what is wrong and what is allowed.
    """

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Document:
    """A YAML file as plain values, which still knows its lines.

    Attributes:
        name: the file's name as the user gave it.
        data: mappings with text keys, lists, and scalars (text, numbers, booleans, dates, None).
        lines: the line of each value, by its location; the root is `()`.
    """

    name: str
    data: object
    lines: Mapping[Location, int] = field(repr=False)

    def line(self, at: Location) -> int:
        """The line of a value; where it is missing, that of what should hold it."""
        while at not in self.lines:
            at = at[:-1]
        return self.lines[at]

    def problem(self, at: Location, text: str) -> str:
        """One problem as a line of text."""
        where = pydantic_errors.path(at)
        return f"{self.name}:{self.line(at)}: {where}: {text}" if where else f"{self.name}:{self.line(at)}: {text}"

    def refuse(self, findings: Iterable[Finding]) -> None:
        """Raise all findings together, in the order of the lines.

        Raises:
            UsageProblem: there is at least one.
        """
        lines = [(self.line(at), self.problem(at, text), (self.line(at), at[-1:], text)) for at, text in findings]
        seen: set[object] = set()  # what an alias repeats is still one mistake
        unique = [(line, text) for line, text, key in lines if not (key in seen or seen.add(key))]  # type: ignore[func-returns-value]
        if not unique:
            return
        problems = [text for _, text in sorted(unique, key=lambda problem: problem[0])]
        if len(problems) > MAX_PROBLEMS:
            left = len(problems) - MAX_PROBLEMS
            problems = [*problems[:MAX_PROBLEMS], f"{self.name}: and {left} more problems like these"]
        raise UsageProblem(problems)


def load[M: BaseModel](path: str | Path, model: type[M]) -> M:
    """Read a YAML file into a model.

    Raises:
        UsageProblem: the file cannot be read, or it has errors; all of them.
    """
    return check(read(path), model)


def read(path: str | Path) -> Document:
    """Read a YAML file into plain values.

    Raises:
        UsageProblem: the file cannot be read, is no YAML, or repeats a key.
    """
    return parse(str(path), _text_of(path))


def parse(name: str, text: str) -> Document:
    """Turn YAML text into plain values; `name` is what messages call it.

    Raises:
        UsageProblem: it is no YAML, is empty, repeats a key, or is too large once its aliases are followed.
    """
    loader = None
    try:
        loader = _BoundedLoader(text)
        node = loader.get_single_node()
        if node is None:
            raise UsageProblem([f"{name}: the file is empty"])
        walk = _Walk(loader)
        data = walk.value(node, (), ())
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise UsageProblem([f"{name}:{line}: holds a control character, so it is no YAML text"]) from None
    except yaml.MarkedYAMLError as error:
        raise UsageProblem([_syntax_problem(name, error)]) from None
    finally:
        if loader is not None:
            loader.dispose()
    document = Document(name, data, walk.lines)
    document.refuse(walk.findings)
    return document


def check[M: BaseModel](
    document: Document, model: type[M], *, data: object = None, known: Sequence[Finding] = (), context: object = None
) -> M:
    """Check a document against a model.

    Args:
        document: what was read.
        model: what it has to be.
        data: the document's data after some preparation; None takes them as they were read.
        known: what was found wrong before; reported together with what the model finds.
        context: handed to the model's validators.

    Raises:
        UsageProblem: it does not fit; everything that is wrong with it.
    """
    prepared = document.data if data is None else data
    findings = list(known)
    if not isinstance(prepared, dict):
        document.refuse([*findings, ((), f"must be a mapping with the fields {', '.join(model.model_fields)}")])
    checked: M | None = None
    try:
        checked = model.model_validate(prepared, context=context)
    except ValidationError as error:
        reported = [at for at, _ in known]
        found = pydantic_errors.of(error, model)
        findings += [(at, text) for at, text in found if not any(at[: len(other)] == other for other in reported)]
    # Outside the except block: the model's own error holds the values, and must not hang on to what is raised here.
    document.refuse(findings)
    if checked is None:
        raise UsageProblem([f"{document.name}: does not fit {model.__name__}"])
    return checked


def did_you_mean(name: str, known: Collection[str]) -> str:
    """The known name which is nearest and all known names, as a clause to follow a `;`."""
    return pydantic_errors.hint(name, known)


def nearest(name: str, known: Collection[str]) -> str:
    """The three known names which are most like a name, as a list in words; any three where none is like it."""
    begun = [one for one in known if name and one.lower().startswith(name.lower())]
    near = begun or get_close_matches(name, known, n=3) or list(known)
    return ", ".join(near[:3])


def content_of(path: str | Path, at_most: int, kind: str) -> bytes:
    """The bytes of a file, or one byte more than wanted where it is larger.

    Args:
        path: where it is; messages call it so.
        at_most: how many bytes are wanted.
        kind: what messages call such files, such as `YAML file`.

    Raises:
        UsageProblem: it cannot be read.
    """
    if not str(path):
        raise UsageProblem(["the name of a file is empty"])
    try:
        with Path(path).open("rb") as stream:
            return stream.read(at_most + 1)
    except FileNotFoundError:
        raise UsageProblem([f"{path}: no such file{_sibling(Path(path))}"]) from None
    except IsADirectoryError:
        raise UsageProblem([f"{path}: is a directory; name the {kind} in it"]) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it is no file name"
        raise UsageProblem([f"{path}: cannot be read: {reason}"]) from None


# ------------------------------------------------------------------ details


def _text_of(path: str | Path) -> str:
    content = content_of(path, MAX_BYTES, "YAML file")
    if len(content) > MAX_BYTES:
        raise UsageProblem([f"{path}: is larger than {MAX_BYTES // 1_000_000} MB, which no file of this kind needs"])
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise UsageProblem([f"{path}:{line}: is not UTF-8 text; save it as UTF-8, or name another file"]) from None


def _sibling(path: Path) -> str:
    try:
        names = [entry.name for entry in path.parent.iterdir() if entry.suffix in {".yaml", ".yml"}]
    except (OSError, ValueError):
        return ""
    near = get_close_matches(path.name, names, n=1)
    return f"; did you mean {path.parent / near[0]}?" if near else ""


class _TooMuchError(yaml.MarkedYAMLError):
    """It is YAML, but no file of this kind is like it."""


class _BoundedLoader(yaml.SafeLoader):
    """Composes nodes, but neither endlessly deep nor endlessly many."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.depth = 0
        self.count = 0

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        self.depth += 1
        self.count += 1
        mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]
        if self.depth > MAX_DEPTH:
            raise _TooMuchError(problem=f"values are nested deeper than {MAX_DEPTH} levels", problem_mark=mark)
        if self.count > MAX_NODES:
            raise _TooMuchError(problem=f"the file holds more than {MAX_NODES} values", problem_mark=mark)
        try:
            return super().compose_node(parent, index)
        finally:
            self.depth -= 1


class _Walk:
    """Turns nodes into plain values, and notes the lines and what is wrong."""

    def __init__(self, loader: _BoundedLoader) -> None:
        self.loader = loader
        self.lines: dict[Location, int] = {}
        self.findings: list[Finding] = []
        self.count = 0

    def value(self, node: yaml.Node, at: Location, above: tuple[yaml.Node, ...]) -> object:
        self.lines.setdefault(at, node.start_mark.line + 1)
        self.count += 1
        if self.count > MAX_NODES:
            problem = f"the file holds more than {MAX_NODES} values once its aliases are followed"
            raise _TooMuchError(problem=problem, problem_mark=node.start_mark)
        if any(node is other for other in above) or len(above) > MAX_DEPTH:
            raise _TooMuchError(problem="an alias leads back into itself", problem_mark=node.start_mark)
        if isinstance(node, yaml.ScalarNode) and node.tag in _SCALARS:
            return self.scalar(node, at)
        if isinstance(node, yaml.SequenceNode) and node.tag in _COLLECTIONS:
            return [self.value(item, (*at, index), (*above, node)) for index, item in enumerate(node.value)]
        if isinstance(node, yaml.MappingNode) and node.tag in _COLLECTIONS:
            return self.mapping(node, at, (*above, node))
        # A token that begins with ! is read as a tag, so the tag's name is not shown.
        self.findings.append((at, "has a YAML tag (it begins with !), which is not supported; put text in quotes"))
        return None

    def scalar(self, node: yaml.ScalarNode, at: Location) -> object:
        try:
            return self.loader.construct_object(node)
        except (ValueError, yaml.YAMLError):
            self.findings.append((at, "looks like a number or a date but is none; put text in quotes"))
            return None

    def mapping(self, node: yaml.MappingNode, at: Location, above: tuple[yaml.Node, ...]) -> dict[str, object]:
        found: dict[str, object] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            if not isinstance(key_node, yaml.ScalarNode):
                self.findings.append(
                    (at, f"line {line} has a list or a mapping as a key; a reference is written ${{NAME}}")
                )
                continue
            key = str(key_node.value)  # as written: `on` and `404` are names here
            if key == "<<":
                self.findings.append((at, f"line {line} merges with <<, which is not supported; write the fields out"))
                continue
            inside = (*at, key)
            if key in found:
                first = self.lines[inside]
                self.lines[(*inside, "")] = line
                self.findings.append(((*inside, ""), f"is given twice, first in line {first}; keep one of them"))
                continue
            self.lines[inside] = line
            found[key] = self.value(value_node, inside, above)
        return found


_SYNTAX = (
    (r"'\\t' that cannot start", "a tab stands where only spaces may; indent with spaces"),
    (r"that cannot start any token", "text begins with a character that YAML reserves; put the text in quotes"),
    (
        r"mapping values are not allowed",
        "a second `: ` in one line, or a wrong indentation; put text that has `: ` in it in quotes",
    ),
    (r"could not find expected ':'", "a line without `: ` after its key"),
    (r"found undefined alias", "text begins with * and no anchor has this name; put the text in quotes"),
    (r"expected alphabetic or numeric", "text begins with * or &; put the text in quotes"),
    (r"undefined tag handle|expected URI|tag", "text begins with !; put the text in quotes"),
    (r"unexpected end of stream", "a quote or a bracket is opened and never closed"),
    (r"expected ',' or", "a bracket is opened and not closed before the next field"),
    (r"expected <block end>", "wrong indentation: fields of one mapping begin in the same column"),
    (r"but found another document", "the file holds two documents (---); keep one"),
    (r"duplicate anchor", "the same anchor (&) is set twice"),
    (r"unknown escape|escape sequence", "a backslash in double quotes means an escape; use single quotes"),
)


def _syntax_problem(name: str, error: yaml.MarkedYAMLError) -> str:
    mark = error.problem_mark or error.context_mark
    where = f"{name}:{mark.line + 1}" if mark is not None else name
    if isinstance(error, _TooMuchError):
        return f"{where}: {error.problem}"
    said = f"{error.problem or ''} {error.context or ''}"
    for pattern, text in _SYNTAX:
        if re.search(pattern, said):
            opened = error.context_mark
            since = f" (it begins in line {opened.line + 1})" if opened and mark and opened.line != mark.line else ""
            return f"{where}: not valid YAML: {text}{since}"
    return f"{where}: not valid YAML: {error.problem or 'it cannot be read'}"
