"""What may leave the process: secrets are known by value; every text passes `VAULT.shown` before anybody sees it.

Redaction does not list the encoded forms of each secret; it decodes the text. Percent-encoding (`%41`, `%u0041`),
backslash escapes (JSON, JavaScript, Python, octal), HTML references, quoted-printable, Base64 at every alignment and
hexadecimal digits, both with any separators and line breaks, are undone, up to `DEPTH` layers deep and in any mixture,
and a secret found in a decoded view is masked at the place it came from. So the cost hangs on the text, hardly on the
number of secrets.

A value of `ALONE` to `SHORTEST` bytes is masked where it is not part of a longer word; a shorter one is not masked: it
would mask half of every text. Only whole secrets are found, so a text is redacted before it is cut.
"""

from __future__ import annotations

import base64
import hashlib
import re
import threading
import unicodedata
from typing import TYPE_CHECKING, NoReturn, Self

from conformance.redaction.value_index import Index, find_alone

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic import GetCoreSchemaHandler
    from pydantic_core.core_schema import CoreSchema

    from conformance.redaction.encoding_views import View
    from conformance.redaction.value_index import Span

SHORTEST = 8
"""The length in bytes from which on a value is masked wherever it stands."""

ALONE = 4
"""The length in bytes from which on a value is masked where it stands alone."""

DEPTH = 3
"""How many layers of encoding are undone."""

MARGIN = 32_768
"""How far behind a cut secrets are still recognised: about 2,700 bytes of secret, percent-encoded twice."""

_REACH = MARGIN // 4  # bytes around an encoded character that may belong to the same secret; more for a longer one
_JOINED = 16  # bytes from which on a value is found although line breaks and blanks were put into it
_LINE = 32  # bytes from which on a line of a secret is one itself, such as a line of a key in PEM
_REMEMBERED = 8  # outputs that have been searched
_SHORT = 200  # characters of a text that may come again, such as a header
_SHORT_ONES = 4096
_JWT = re.compile(r"[A-Za-z0-9_-]{8,}\.([A-Za-z0-9_-]{8,})\.([A-Za-z0-9_-]{16,})\Z")
_STEERING = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
_NUMBER = re.compile(r"[\W\d_TZ]*")  # or a date and a time


class Vault:
    """Knows the secrets of the process and masks them. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._labels: dict[str, str] = {}
        self._values: dict[str, str] = {}
        self._counts: dict[str, int] = {}
        self._index = Index()
        self._joined = Index()  # of values without their gaps
        self._longest = 0  # bytes of a value, which its gaps may double
        self._alone: tuple[tuple[bytes, str], ...] = ()
        self._own = ""
        self._firm: dict[str, bool] = {}
        self._searched: dict[tuple[bytes, int, str], list[str]] = {}
        self._redacted: dict[str, tuple[int, str]] = {}  # short texts, and with how many secrets they were redacted
        self._letters = b""  # the bytes beyond ASCII that values hold

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
            forms = _forms(value)
            for form in forms:
                self._index.add(form, label)
                self._longest = max(self._longest, len(form))
                joined = b"".join(form.split())
                if len(joined) >= _JOINED:
                    self._joined.add(joined, label)
            self._alone += tuple((form, label) for form in _short_forms(value))
            if not value.isascii():
                self._letters = bytes({*self._letters, *(byte for form in forms for byte in form if byte > 127)})
            self._values[label] = value
            self._labels[value] = label
            return label

    def register_basic(self, name: str, secret: str) -> str:
        """Remember the pair `name:secret` of HTTP Basic, so that the name is masked together with the secret."""
        return self.register(f"{name}:{secret}", "basic")

    def publish(self, words: str) -> None:
        """Take note of what outputs hold by themselves: a target that calls its token `failed` hides no status."""
        with self._lock:
            self._own += f"\n{words}"
            self._firm = {}

    def shown(self, text: str, limit: int | None = None) -> str:
        """Text of others as outputs show it: secrets as labels, what steers a terminal as escapes, and only then cut.

        Args:
            text: what a target, a client or a file said.
            limit: the most characters to show; an ellipsis says that there are more.
        """
        if limit is None:
            return without_steering(self.redact(text))
        if len(text) > limit + MARGIN:  # what is far behind the cut is not looked at
            head = text[: limit + MARGIN].encode("utf-8", "surrogatepass")
            shown = self.redact_bytes(head, len(text[:limit].encode("utf-8", "surrogatepass")))
            return f"{without_steering(shown.decode('utf-8', 'replace'))[:limit]}…"
        clean = without_steering(self.redact(text))
        return clean if len(clean) <= limit else f"{clean[:limit]}…"

    def redact(self, text: str, *, firm: bool = False) -> str:
        """The text with every form of every secret replaced by its label.

        Args:
            text: what to redact.
            firm: whether the text holds words of our own, so that only what cannot be one of them is replaced.
        """
        if not self._labels:
            return text
        if firm or len(text) > _SHORT:
            return self._without_secrets(text, firm=firm)
        count = len(self._labels)  # a secret that is learned from now on makes it out of date
        if (known := self._redacted.get(text)) is not None and known[0] == count:
            return known[1]
        if len(self._redacted) >= _SHORT_ONES:
            self._redacted = {}
        redacted = self._without_secrets(text, firm=False)
        self._redacted[text] = count, redacted
        return redacted

    def _without_secrets(self, text: str, *, firm: bool) -> str:
        data = text.encode("utf-8", "surrogatepass")
        spans = self._spans(data, firm=firm)
        if not spans:
            return text
        redacted = _render(data, spans, len(data))
        try:
            return redacted.decode("utf-8", "surrogatepass")
        except UnicodeDecodeError:  # a label in the midst of a letter
            return redacted.decode("utf-8", "replace")

    def redact_bytes(self, data: bytes, limit: int | None = None) -> bytes:
        """The bytes with every form of every secret replaced by its label.

        Args:
            data: the bytes, in any encoding that contains ASCII.
            limit: how many bytes of `data` to show; a secret that reaches over this end is masked all the same.
        """
        end = len(data) if limit is None else min(limit, len(data))
        window = data[: end + MARGIN]
        return _render(window, self._spans(window), end) if self._labels else data[:end]

    def cut(self, data: bytes, limit: int) -> bytes:
        """The first bytes of the data, secrets included, but not a piece of one: it ends before one that is cut."""
        if len(data) <= limit:
            return data
        first = max(0, limit - MARGIN)
        near = self._spans(data[first : limit + MARGIN]) if self._labels else []
        return data[: next((first + start for start, end, _ in near if first + start < limit < first + end), limit)]

    def labels_in(self, data: bytes | str) -> list[str]:
        """The labels of the secrets that stand in the data in any form. Sorted, each once."""
        raw = data.encode("utf-8", "surrogatepass") if isinstance(data, str) else data
        return sorted({label for _, _, label in self._found(raw)})

    def leaks_in(self, data: bytes) -> list[str]:
        """The labels of the secrets that stand in an output and can't stand there by chance. Sorted, each once."""
        # What is written is searched before and after: a second search of the same bytes finds the same.
        key = (hashlib.sha256(data).digest(), len(self._labels), self._own)
        if (labels := self._searched.get(key)) is None:
            labels = sorted(filter(self._is_firm, self.labels_in(data)))
            with self._lock:
                self._searched[key] = labels
                if len(self._searched) > _REMEMBERED:
                    del self._searched[next(iter(self._searched))]
        return [*labels]

    def _is_firm(self, label: str) -> bool:
        """Whether a secret can't be a word, a number or a date that an output holds by itself."""
        known = self._firm.get(label)
        if known is None:
            value = self._values[label]
            known = len(value) >= SHORTEST and value not in self._own and _NUMBER.fullmatch(value) is None
            self._firm[label] = known
        return known

    def _found(self, data: bytes) -> list[Span]:
        if not self._labels:
            return []
        from conformance.redaction.encoding_views import views

        spans: list[Span] = []
        whole: dict[View | None, int] = {}  # how much was found in a view that is found without its gaps too
        for view in views(data, DEPTH, self._letters, max(_REACH, 2 * self._longest)):
            found = list(self._in(view))
            if view.joined and len(found) == whole.get(view.parent):
                continue  # all of it is known already
            whole[view] = sum(len(b"".join(view.data[start:end].split())) >= _JOINED for start, end, _ in found)
            spans += [(*view.origin(start, end), label) for start, end, label in found]
        return spans

    def _in(self, view: View) -> Iterator[Span]:
        if view.joined:
            yield from self._joined.find(view.data)
            return
        yield from self._index.find(view.data)
        for value, label in self._alone:
            if value in view.data:
                yield from find_alone(value, label, view.data)

    def _spans(self, data: bytes, *, firm: bool = False) -> list[Span]:
        """The places of secrets in the data, in order; places that overlap are one, under the label of the longest."""
        found = self._found(data)
        if firm:
            found = [span for span in found if self._is_firm(span[2])]
        merged: list[Span] = []
        longest = 0
        for start, end, label in sorted(found, key=lambda span: (span[0], -span[1])):
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
    for place, (start, end, label) in enumerate(spans):
        if start >= limit:
            break
        parts += (data[at:start], label.encode())
        shown_to = min(limit, spans[place + 1][0]) if place + 1 < len(spans) else limit
        if data[end : min(end + 1, shown_to)].isdigit():
            parts.append(b"~")  # token#1 followed by a 5 is not token#15
        at = end
    parts.append(data[at : max(at, limit)])
    return b"".join(parts)


def _forms(value: str) -> set[bytes]:
    """The byte strings that mean this secret once every encoding is undone, and are masked wherever they stand."""
    texts = {value, value.replace(" ", "+")}  # form encoding writes a space as plus
    if jwt := _JWT.match(value):
        texts |= set(jwt.groups())
    if "\n" in value:
        texts |= {line.strip() for line in value.splitlines() if len(line) >= _LINE and not line.startswith("-----")}
    forms = {text.encode("utf-8", "surrogatepass") for text in texts}
    if not value.isascii():
        for form in ("NFC", "NFD"):
            forms |= {unicodedata.normalize(form, text).encode("utf-8", "surrogatepass") for text in texts}
        # Percent-encoding and \x escapes may carry Latin-1 instead of UTF-8.
        forms |= {text.encode("latin-1", "ignore") for text in texts if all(ord(c) < 256 for c in text)}
    return {form for form in forms if len(form) >= SHORTEST}


def _short_forms(value: str) -> set[bytes]:
    """The byte strings that mean a short secret, and are masked where they are not part of a longer word."""
    raw = value.encode("utf-8", "surrogatepass")
    if not ALONE <= len(raw) < SHORTEST:
        return set()
    # Runs of Base64 and of hexadecimal digits as short as these are not decoded: every second word would be one.
    pairs = [raw.hex(sep).encode() for sep in " :-"] + [raw.hex().encode()]
    encoded = [base64.b64encode(raw), base64.urlsafe_b64encode(raw)]
    return {raw, *encoded, *(form.rstrip(b"=") for form in encoded), *pairs, *(pair.upper() for pair in pairs)}


VAULT = Vault()
"""The secrets of this process."""


def without_steering(text: str) -> str:
    """The text with control characters, changes of direction and halves of surrogate pairs as visible escapes."""
    return _STEERING.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


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
    def __get_pydantic_core_schema__(cls, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        from pydantic_core import core_schema

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
