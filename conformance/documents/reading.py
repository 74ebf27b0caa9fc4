"""Reads a YAML file that somebody wrote by hand, and says everything that is wrong with it at once.

Each problem is one line, `file:line: field: what is wrong and what is allowed`. No message ever shows a
value, except where it had to be one of a few words: a file may hold a secret in the wrong place.
"""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING

from conformance.documents import wording
from conformance.documents.location import Location
from conformance.redaction import VAULT

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from pydantic import BaseModel

    from conformance.documents.yaml_text import Tree

type Problem = tuple[Location, str]
"""Where something is wrong, and what."""

MAX_BYTES = 2_000_000
MAX_PROBLEMS = 50  # of one file: a file with more has one mistake many times


class UsageProblem(Exception):
    """What the user wrote cannot be used. Shown as it stands, never with a traceback.

    Args:
        problems: each one a line which says where, what is wrong and what is allowed. They are redacted here, because
            a file, a document of a target, or an exception of a library may have put anything into them.
    """

    def __init__(self, problems: list[str]) -> None:
        self.problems = list(map(VAULT.shown, problems))
        super().__init__("\n".join(self.problems))


@dataclass(frozen=True, slots=True)
class Document:
    """A YAML file as plain values, which still knows its lines.

    Attributes:
        name: the file's name as the user gave it.
        tree: the values and where they are.
    """

    name: str
    tree: Tree

    @property
    def data(self) -> object:
        """Mappings with text keys, lists, and scalars (text, numbers, booleans, None)."""
        return self.tree.data

    def line(self, at: Location) -> int:
        """The line of a value; where it is missing, that of what should hold it."""
        while (found := self.tree.position(at)) is None:
            at = at[:-1]
        return found[0]

    def problem(self, at: Location, text: str) -> str:
        """One problem as a line of text."""
        return _problem(self.name, self.line(at), at, text)

    def refuse(self, problems: Iterable[Problem]) -> None:
        """Raise all problems together, in the order of the lines.

        Raises:
            UsageProblem: there is at least one.
        """
        self._raise([(self.line(at), self.problem(at, text), (at[-1:], text)) for at, text in problems])

    def refuse_what_cannot_be_kept(self) -> None:
        """Raise what the reader left out of the values: tags, merges, keys that are no text, keys given twice.

        Raises:
            UsageProblem: there is at least one.
        """
        found = list(self.tree.problems)
        for at, line, first in self.tree.duplicates:
            found.append((at, line, f"is given twice, first in line {first}; keep one of them"))
        self._raise([(line, _problem(self.name, line, at, text), (at, text)) for at, line, text in found])

    def _raise(self, found: Iterable[tuple[int, str, object]]) -> None:
        unique: dict[object, tuple[int, str]] = {}  # what an alias repeats is still one mistake
        for line, text, key in found:
            unique.setdefault((line, key), (line, text))
        if not unique:
            return
        problems = [text for _, text in sorted(unique.values(), key=lambda problem: problem[0])]
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
    from conformance.documents import yaml_text

    if not text.strip():
        raise UsageProblem([f"{name}: the file is empty"])
    try:
        tree = yaml_text.parse(text, yaml_text.Limits(depth=40, values=100_000, merges=False))
    except yaml_text.BadYamlError as error:
        raise UsageProblem([f"{name}:{error.line}: {error}"]) from None
    if tree.is_empty:
        raise UsageProblem([f"{name}: the file is empty"])
    document = Document(name, tree)
    document.refuse_what_cannot_be_kept()
    return document


def check[M: BaseModel](
    document: Document, model: type[M], *, data: object = None, known: Sequence[Problem] = (), context: object = None
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
    from pydantic import ValidationError  # a command that reads no document is spared the time

    from conformance.documents import pydantic_errors

    prepared = document.data if data is None else data
    problems = list(known)
    if not isinstance(prepared, dict):
        document.refuse([*problems, ((), f"must be a mapping with fields such as {', '.join(model.model_fields)}")])
    checked: M | None = None
    try:
        checked = model.model_validate(prepared, context=context)
    except ValidationError as error:
        reported = [at for at, _ in known if at]  # what is wrong with the whole hides nothing inside it
        found = pydantic_errors.of(error, model)
        problems += [(at, text) for at, text in found if not any(at[: len(other)] == other for other in reported)]
    # Outside the except block: the model's own error holds the values, and must not hang on to what is raised here.
    document.refuse(problems)
    if checked is None:
        raise UsageProblem([f"{document.name}: does not fit {model.__name__}"])
    return checked


def did_you_mean(name: str, known: Collection[str]) -> str:
    """The known name which is nearest and all known names, as a clause to follow a `;`."""
    return wording.hint(name, known)


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
        if Path(path).is_symlink():
            raise UsageProblem([f"{path}: is a link to {Path(path).readlink()}, which is not there"]) from None
        hint = "; it is an address: save what it answers as a file" if "://" in str(path) else _sibling(Path(path))
        raise UsageProblem([f"{path}: no such file{hint}"]) from None
    except IsADirectoryError:
        raise UsageProblem([f"{path}: is a directory; name the {kind} in it"]) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it is not a file name"
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


def _problem(name: str, line: int, at: Location, text: str) -> str:
    where = wording.path(at)
    return f"{name}:{line}: {where}: {text}" if where else f"{name}:{line}: {text}"
