"""Secrets stand in a target file by reference only: `${NAME}`, `${NAME:-default}`, `file:relative/path`.

References are replaced before the model sees the values. What the model declares to be a secret becomes a `Secret`;
what a reference brings into any other text, such as an address, is registered as one all the same.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING

from conformance.redaction import ALONE, Secret

if TYPE_CHECKING:
    from collections.abc import Mapping

    from conformance.documents import Location, Problem

_REFERENCE = re.compile(r"\$\$\{|\$\{(?:(?P<name>[A-Za-z_][A-Za-z0-9_]*)(?P<default>:-[^}]*)?\})?")
_BARE = re.compile(r"\$[A-Z_][A-Z0-9_]*")
_FILE = "file:"
_PLAIN_PATH = re.compile(r"file:[\w./~ -]{1,100}|[\w./~ -]{1,100}\.[A-Za-z]{1,5}")
_MAX_BYTES = 65_536


class Text(str):
    """A text whose references were replaced, with what was written in the file."""

    __slots__ = ("raw",)
    raw: str


@dataclass(slots=True)
class References:
    """What the references of one file are replaced with.

    Attributes:
        directory: where `file:` and other relative paths start.
        environ: the environment variables.
        problems: references that lead nowhere.
        brought: what references brought from elsewhere: where to, by which name, and what.
        is_lenient: whether something stands in for what a reference does not lead to.
        unset: the variables that a plan does without, each with the place that needs it.
    """

    directory: Path
    environ: Mapping[str, str]
    problems: list[Problem] = field(default_factory=list)
    brought: list[tuple[Location, str, str]] = field(default_factory=list)
    is_lenient: bool = False
    unset: list[Problem] = field(default_factory=list)

    def replaced(self, value: object, at: Location = ()) -> object:
        """The same data with every `${…}` replaced. `$${` stands for a plain `${`."""
        if isinstance(value, dict):
            if _looks_like_a_name_in_braces(value):
                self.problems.append((at, "a reference is written ${NAME}, with a $ before the brace"))
            return {key: self.replaced(inner, (*at, key)) for key, inner in value.items()}
        if isinstance(value, list):
            return [self.replaced(inner, (*at, index)) for index, inner in enumerate(value)]
        if isinstance(value, str) and _BARE.fullmatch(value):
            self.problems.append((at, "a reference is written ${NAME}, with braces"))
        if not isinstance(value, str) or "${" not in value:
            return value
        text = Text(_REFERENCE.sub(lambda found: self._one(found, at), value))
        text.raw = value
        return text

    def _one(self, found: re.Match[str], at: Location) -> str:
        if found[0] == "$${":
            return "${"
        name, default = found["name"], found["default"]
        if name is None:
            self.problems.append((at, "a reference is written ${NAME} or ${NAME:-default}; for a plain ${ write $${"))
            return ""
        value = self.environ.get(name, "")
        if value:
            if _is_torn(value):
                self.problems.append((at, f"environment variable {name} is not UTF-8 text"))
            is_one_line = len(value.splitlines()) == 1  # a key in PEM has several, and rightly ends with a line break
            if is_one_line and value[-1] in "\r\n":
                self.problems.append((at, f"environment variable {name} ends with a line break; set it without"))
            self.brought.append((at, name, value))
            return value
        if default is not None:
            return default[2:]
        if self.is_lenient:
            self.unset.append((at, f"environment variable {name} is not set; a plan does without it, a run does not"))
            # Of a shape that fits nearly every field, addresses included.
            return f"https://{name.lower().replace('_', '-')}.not-set.example"
        if name in self.environ:
            self.problems.append((at, f"environment variable {name} is empty; if that is meant, write ${{{name}:-}}"))
        else:
            near = get_close_matches(name, self.environ, n=1, cutoff=0.85)
            hint = f"; did you mean {near[0]}, which is?" if near else ""
            self.problems.append((at, f"environment variable {name} is not set{hint}"))
        return ""

    def secret(self, value: str, kind: str) -> Secret:
        """The secret that a field refers to.

        Raises:
            ValueError: it is empty or too short, or its file cannot be read.
        """
        raw = value.raw if isinstance(value, Text) else value
        secret = self._content(value) if raw.startswith(_FILE) else str(value)
        if not secret:
            raise ValueError("the secret is empty")
        if is_too_short(secret):
            raise ValueError(f"the secret is shorter than {ALONE} characters, so no report could mask it")
        return Secret(secret, kind)

    def text(self, value: str) -> str:
        """What a text stands for that is no secret by its place: the content of a file, or the text as it is.

        Raises:
            ValueError: the file cannot be read, or holds too little to be masked.
        """
        return self.secret(value, "secret").reveal() if value.startswith(_FILE) else value

    def bring(self, text: str) -> bool:
        """Whether what a reference brought holds a text."""
        return any(text in value for _, _, value in self.brought)

    def path(self, value: str) -> Path:
        """A path relative to the file, with or without `file:` before it.

        Raises:
            ValueError: there is no such file. The message does not show what may be a secret in the wrong place.
        """
        if "-----BEGIN" in value:
            raise ValueError("takes the path of a file, not what is in it; write that to a file, and name the file")
        is_folder = False
        try:
            path = self.directory / Path(value.removeprefix(_FILE)).expanduser()
            if path.is_file():
                return path
            is_folder = path.is_dir()
        except (OSError, ValueError, RuntimeError):
            pass  # too long, or with a NUL, or of an unknown user
        what = f"file {value.removeprefix(_FILE)}" if is_plain_path(value) else "such file"
        if is_folder:
            raise ValueError(f"the {what.removeprefix('such ')} is a folder; name a file in it")
        raise ValueError(f"there is no {what}; a relative path starts at the target file's directory")

    def _content(self, value: str) -> str:
        try:
            path = self.path(value)
        except ValueError:
            if self.is_lenient:
                return "not-there"
            raise
        try:
            with path.open("rb") as stream:
                content = stream.read(_MAX_BYTES + 1)
        except OSError as error:
            raise ValueError(f"the file cannot be read: {error.strerror}") from None
        if len(content) > _MAX_BYTES:
            raise ValueError(f"the file is larger than {_MAX_BYTES} bytes, so it is hardly a secret")
        try:
            return content.decode().rstrip("\r\n")
        except UnicodeDecodeError:
            raise ValueError("the file is not UTF-8 text") from None


def is_plain_path(value: str) -> bool:
    """Whether a message may show a text that should be a path, and may be anything, such as a secret."""
    return not isinstance(value, Text) and _PLAIN_PATH.fullmatch(value) is not None


def _is_torn(value: str) -> bool:
    """Whether a text holds half of a surrogate pair, which no request can carry."""
    try:
        value.encode()
    except UnicodeEncodeError:
        return True
    return False


def _looks_like_a_name_in_braces(value: dict[str, object]) -> bool:
    """`{NAME}` is a mapping with one empty key to YAML, and so is a token in braces."""
    return len(value) == 1 and all(
        inner is None and (name == name.upper() or len(name) > 20) for name, inner in value.items()
    )


def stands_in_the_file(raw: object) -> bool:
    """Whether the text of a secret field holds the secret itself, or a default which does."""
    if not isinstance(raw, str) or raw.startswith(_FILE):
        return False
    references = [found for found in _REFERENCE.finditer(raw) if found["name"]]
    return not references or any(found["default"] not in (None, ":-") for found in references)


def is_too_short(secret: str) -> bool:
    """Whether a secret is so short that no output could mask it."""
    return len(secret.encode("utf-8", "surrogatepass")) < ALONE
