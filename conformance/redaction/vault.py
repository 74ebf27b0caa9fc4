"""What may leave the process: secrets are known by value; every text passes `VAULT.redact` before it is shown.

Redaction does not list the encoded forms of each secret; it decodes the text. Percent-encoding, backslash escapes
(JSON, Python), HTML references, Base64 at every alignment and hexadecimal digits are undone, up to `DEPTH` layers deep
and in any mixture, and a secret found in a decoded view is masked at the place it came from. So the cost hangs on the
text, hardly on the number of secrets.

Values under `SHORTEST` bytes are not masked: they would mask half of every text. Only whole secrets are found, so a
text is redacted before it is cut (`Vault.redact_bytes` takes a limit for that purpose).
"""

from __future__ import annotations

import re
import threading
from typing import TYPE_CHECKING, NoReturn, Self

from pydantic_core import core_schema

from conformance.redaction.encoding_views import views

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic import GetCoreSchemaHandler

SHORTEST = 6
"""The length in bytes from which on a value is masked."""

DEPTH = 3
"""How many layers of encoding are undone."""

_STRIDE = 8  # of a long value every gram at 8 successive places is indexed, so a text is probed at every 8th place only
_LONG = SHORTEST + _STRIDE - 1
_MARGIN = (
    32_768  # how far behind a cut secrets are still recognised: about 2,700 bytes of secret, percent-encoded twice
)
_JWT = re.compile(r"[A-Za-z0-9_-]{8,}\.([A-Za-z0-9_-]{8,})\.([A-Za-z0-9_-]{16,})\Z")

type Span = tuple[int, int, str]


class _Index:
    """Finds which of many values stand in a text, by the grams of `SHORTEST` bytes they contain."""

    def __init__(self) -> None:
        self._long: dict[bytes, tuple[tuple[bytes, int, str], ...]] = {}
        self._short: dict[bytes, tuple[tuple[bytes, int, str], ...]] = {}

    def add(self, value: bytes, label: str) -> None:
        table, places = (self._long, _STRIDE) if len(value) >= _LONG else (self._short, 1)
        last = len(value) - SHORTEST  # the grams at the end, because tokens of one org begin alike
        for place in range(last - places + 1, last + 1):
            gram = value[place : place + SHORTEST]
            table[gram] = (*table.get(gram, ()), (value, place, label))

    def find(self, text: bytes) -> Iterator[Span]:
        if self._long:
            yield from _probe(self._long, text, _STRIDE)
        if self._short:
            yield from _probe(self._short, text, 1)


def _probe(table: dict[bytes, tuple[tuple[bytes, int, str], ...]], text: bytes, stride: int) -> Iterator[Span]:
    places = range(0, len(text) - SHORTEST + 1, stride)
    if table.keys().isdisjoint([text[at : at + SHORTEST] for at in places]):
        return
    for at in places:
        for value, place, label in table.get(text[at : at + SHORTEST], ()):
            start = at - place
            if start >= 0 and text.startswith(value, start):
                yield start, start + len(value), label


class Vault:
    """Knows the secrets of the process and masks them. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._labels: dict[str, str] = {}
        self._counts: dict[str, int] = {}
        self._shortest = 256
        self._index = _Index()

    def register(self, value: str, kind: str = "token") -> str:
        """Remember a secret and return its label, such as `token#2`. The same value keeps the label it got first."""
        known = self._labels.get(value)
        if known is not None:
            return known
        with self._lock:
            if value in self._labels:
                return self._labels[value]
            number = self._counts.get(kind, 0) + 1
            self._counts[kind] = number
            label = f"{kind}#{number}"
            for form in _forms(value):
                self._index.add(form, label)
                self._shortest = min(self._shortest, len(form))
            self._labels[value] = label
            return label

    def register_basic(self, name: str, secret: str) -> str:
        """Remember the pair `name:secret` of HTTP Basic, so that the name is masked together with the secret."""
        return self.register(f"{name}:{secret}", "basic")

    def redact(self, text: str) -> str:
        """The text with every form of every secret replaced by its label."""
        if not self._labels:
            return text
        data = text.encode("utf-8", "surrogatepass")
        spans = self._spans(data)
        return _render(data, spans, len(data)).decode("utf-8", "replace") if spans else text

    def redact_bytes(self, data: bytes, limit: int | None = None) -> bytes:
        """The bytes with every form of every secret replaced by its label.

        Args:
            data: the bytes, in any encoding that contains ASCII.
            limit: how many bytes of `data` to show; a secret that reaches over this end is masked all the same.
        """
        end = len(data) if limit is None else min(limit, len(data))
        window = data[: end + _MARGIN]
        return _render(window, self._spans(window), end) if self._labels else data[:end]

    def labels_in(self, data: bytes | str) -> list[str]:
        """The labels of the secrets that stand in the data in any form: what would leak. Sorted, each once."""
        raw = data.encode("utf-8", "surrogatepass") if isinstance(data, str) else data
        return sorted({label for _, _, label in self._found(raw)})

    def _found(self, data: bytes) -> list[Span]:
        if not self._labels:
            return []
        return [
            (*view.origin(start, end), label)
            for view in views(data, DEPTH, self._shortest)
            for start, end, label in self._index.find(view.data)
        ]

    def _spans(self, data: bytes) -> list[Span]:
        """The places of secrets in the data, in order; places that overlap are one, under the label of the longest."""
        merged: list[Span] = []
        longest = 0
        for start, end, label in sorted(self._found(data), key=lambda span: (span[0], -span[1])):
            if merged and start < merged[-1][1]:
                first, last, name = merged[-1]
                if end - start > longest:
                    longest, name = end - start, label
                merged[-1] = (first, max(last, end), name)
            else:
                longest = end - start
                merged.append((start, end, label))
        return merged


def _render(data: bytes, spans: list[Span], limit: int) -> bytes:
    parts: list[bytes] = []
    at = 0
    for start, end, label in spans:
        if start >= limit:
            break
        parts += (data[at:start], label.encode())
        if data[end : end + 1].isdigit():
            parts.append(b"~")  # token#1 followed by a 5 is not token#15
        at = end
    parts.append(data[at : max(at, limit)])
    return b"".join(parts)


def _forms(value: str) -> set[bytes]:
    """The byte strings that mean this secret once every encoding is undone."""
    texts = {value, value.replace(" ", "+")}  # form encoding writes a space as plus
    if jwt := _JWT.match(value):
        texts |= set(jwt.groups())
    forms = {text.encode("utf-8", "surrogatepass") for text in texts}
    if not value.isascii():
        # Percent-encoding and \x escapes may carry Latin-1 instead of UTF-8.
        forms |= {text.encode("latin-1", "ignore") for text in texts if all(ord(c) < 256 for c in text)}
    return {form for form in forms if len(form) >= SHORTEST}


VAULT = Vault()
"""The secrets of this process."""


class Secret:
    """A value that shows its label wherever it is printed. Equal by value; registered in `VAULT` on creation.

    Works as the type of a Pydantic field: instances pass, text becomes a `Secret`.
    """

    __slots__ = ("_value", "label")

    def __init__(self, value: str, kind: str = "token") -> None:
        self._value = value
        self.label = VAULT.register(value, kind)

    def reveal(self) -> str:
        """The value itself, for the moment of sending it."""
        return self._value

    def __repr__(self) -> str:
        return self.label

    def __format__(self, spec: str) -> str:
        return format(self.label, spec)

    def __eq__(self, other: object) -> bool:
        return self._value == other._value if isinstance(other, Secret) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.label)

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: object) -> Self:
        return self

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError(f"{self.label} is a secret and is not pickled")

    @classmethod
    def __get_pydantic_core_schema__(cls, source: object, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        return core_schema.union_schema(
            [
                core_schema.is_instance_schema(cls),
                core_schema.no_info_after_validator_function(cls, core_schema.str_schema()),
            ],
            serialization=core_schema.to_string_ser_schema(),
        )

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: object, handler: object) -> dict[str, object]:
        return {"type": "string"}
