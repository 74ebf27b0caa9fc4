"""Credentials in the members of a HAR: which there are, and the same values without them.

In doubt a value is masked: the copy is for others.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from conformance.redaction import Vault
from conformance.rules.url_tokens import redacted_url
from conformance.rules.url_tokens.correlation import may_teach, token_members
from conformance.rules.url_tokens.formats import tokens
from conformance.rules.url_tokens.headers import credentials, hides, parts
from conformance.rules.url_tokens.names import Named, named
from conformance.rules.url_tokens.values import Value, classify
from conformance.traffic.audit.readers.urls import ABSOLUTE

if TYPE_CHECKING:
    from collections.abc import Iterator

MASK: Final = "REDACTED"
MOST_LEARNED: Final = 20_000
"""How many credentials are looked for everywhere; those at their own places are masked beyond."""

_SHORTEST: Final = 8
_LONGEST: Final = 16_384
_DEPTH: Final = 60
_SECRET_NAMES: Final = frozenset(Named) - {Named.PUBLIC, Named.OTHER, Named.GENERIC, Named.CODE}
_LOOSE: Final = re.compile(
    r"(?i)token|secret|passw|auth|session|csrf|xsrf|signature|credential|cookie|assertion|jwt|otp\Z"
)
_NO_SECRET: Final = re.compile(r"(?i)token_?type|www-authenticate|author\Z|authority|authorized|allow|type\Z|expires")
_PAIR: Final = re.compile(
    r"""([A-Za-z_][\w.-]{1,60})(\\?["']?\s*[:=]\s*\\?["'`]?(?:(?i:token|apikey)\s+)?)((?![{(\[])[^\s"'`&;,<>\\]{4,})"""
)
_ARGUMENT: Final = re.compile(r"""(["'`])([\w.-]{2,60})(\1\s*,\s*["'`])([^"'`<>]{4,})""")
_BEARER: Final = re.compile(r"(?i)\b(bearer|basic)(\s+)[\w.~+/=-]{8,}")
_LITERAL: Final = re.compile(r"""(?<=["'`])[\w.~+/=-]{20,2048}(?=["'`])""")
_ELEMENT: Final = re.compile(r"<((?:\w+:)?(\w+)(?:\s[^<>]*)?)>([^<>]{4,})</")
_TAG: Final = re.compile(r"""<(?:input|meta|param|option|button)\b(?:"[^"]*"|'[^']*'|[^<>"'])*+>""", re.IGNORECASE)
_ATTRIBUTE: Final = re.compile(
    r"""(\b(name|id|property|type|value|content)\s*=\s*)("[^"]*"|'[^']*'|[^\s"'>]+)""", re.IGNORECASE
)
_PART: Final = re.compile(
    r"""(content-disposition:\s*form-data[^\r\n]*?\bname="?([^";\r\n]*)"?[^\n]*\n(?:[^\r\n]+\r?\n)*\r?\n)(.*?)(?=\r?\n--|\Z)""",
    re.IGNORECASE | re.DOTALL,
)
_FORM: Final = re.compile(r"[^\s=&]{1,200}=[^\s&]*(?:&[^\s=&]{1,200}=[^\s&]*)*")


def is_secret(name: str) -> bool:
    """Whether a member, parameter, header or cookie of this name holds a credential."""
    if _NO_SECRET.search(name):
        return False
    return named(name.encode("utf-8", "replace")) in _SECRET_NAMES or _LOOSE.search(name) is not None


def _is_asked(name: str) -> bool:
    """Whether a field of a form or a query of this name holds a credential."""
    return is_secret(name) or named(name.encode("utf-8", "replace")) is Named.CODE


def _is_pair(one: object) -> bool:
    return isinstance(one, dict) and isinstance(one.get("name"), str) and isinstance(one.get("value"), str)


def _is_random(literal: str) -> bool:
    return classify(literal.encode("utf-8", "replace")) is Value.RANDOM


def _masked_tag(found: re.Match[str]) -> str:
    """A tag of HTML without its value, where its name or its type says that it is a credential."""
    said = {one[2].lower(): one[3].strip("\"'") for one in _ATTRIBUTE.finditer(found[0])}
    names = [said[key] for key in ("name", "id", "property") if key in said]
    if said.get("type", "").lower() != "password" and not any(map(_is_asked, names)):
        return found[0]
    return _ATTRIBUTE.sub(
        lambda one: f'{one[1]}"{MASK}"' if one[2].lower() in {"value", "content"} else one[0], found[0]
    )


def _masked_argument(found: re.Match[str]) -> str:
    """The arguments of a call in JavaScript, such as the name and the value of what is stored."""
    return f"{found[1]}{found[2]}{found[3]}{MASK}" if is_secret(found[2]) else found[0]


def _pairs(listed: object) -> Iterator[tuple[str, str]]:
    for one in listed if isinstance(listed, list) else []:
        if isinstance(one, dict) and isinstance(one.get("name"), str) and isinstance(one.get("value"), str):
            yield one["name"], one["value"]


def _in_header(name: str, value: str) -> Iterator[str]:
    """The credentials in a header; the name in lower case."""
    raw = name.encode("utf-8", "replace")
    if not hides(raw):
        return
    for one in credentials(raw, value.encode("utf-8", "replace")):
        yield one.decode("utf-8", "replace")
    if name in {"cookie", "set-cookie"}:
        for pair in value.split(";") if name == "cookie" else [value.partition(";")[0]]:
            key, _, content = pair.strip().partition("=")
            if is_secret(key):
                yield content
    elif name.endswith("authorization"):
        yield value.partition(" ")[2]


class Masker:
    """Gives values without their credentials."""

    def __init__(self) -> None:
        self._vault = Vault()
        self._known: set[str] = set()

    def learn(self, entry: dict[str, Any]) -> None:
        """Remember the credentials that an entry shows in headers, cookies and token responses."""
        for side in ("request", "response"):
            message = entry.get(side)
            if not isinstance(message, dict):
                continue
            for name, value in _pairs(message.get("headers")):
                for credential in _in_header(name.lower(), value):
                    self._remember(credential)
            for name, value in _pairs(message.get("cookies")):
                if is_secret(name):
                    self._remember(value)
            content = message.get("content")
            text = content.get("text") if isinstance(content, dict) else None
            if isinstance(text, str) and may_teach(body := text.encode("utf-8", "replace")):
                for token, _ in token_members(body):
                    self._remember(token.decode("utf-8", "replace"))

    def _remember(self, value: str) -> None:
        value = value.strip().strip('"')
        if _SHORTEST <= len(value) <= _LONGEST and len(self._known) < MOST_LEARNED and value not in self._known:
            self._known.add(value)
            self._vault.register(value)

    def value(self, value: Any, depth: int = _DEPTH) -> Any:
        """The same JSON value with every credential masked."""
        if isinstance(value, str):
            return self.text(value, depth)
        if not isinstance(value, (dict, list)):
            return value
        if depth <= 0:
            return MASK
        if isinstance(value, list):
            return [self.value(inner, depth - 1) for inner in value]
        if isinstance(value.get("name"), str) and isinstance(value.get("value"), str):
            return self._pair(value, depth)
        if isinstance(pairs := value.get("queryString"), list):
            table = self._query(pairs, str(value.get("url", "")), depth)
            rest = {key: inner for key, inner in value.items() if key != "queryString"}
            return {**self.value(rest, depth), "queryString": table}
        if value.get("encoding") == "base64" and isinstance(value.get("text"), str):
            return {key: self.value(inner, depth - 1) for key, inner in self._unpacked(value).items()}
        return {self.text(key, 0): self._member(key, inner, depth) for key, inner in value.items()}

    def text(self, text: str, depth: int = 0) -> str:
        """The same text with every credential masked: known ones, known formats, and values with telling names."""
        if len(text) < _SHORTEST:
            return text
        if depth > 0 and text.lstrip()[:1] in {"{", "["}:
            try:
                return json.dumps(self.value(json.loads(text), depth - 1), ensure_ascii=False)
            except (ValueError, RecursionError):
                pass
        if text.startswith(("http://", "https://", "/")) and " " not in text:
            text = _as_url(text)
        elif _FORM.fullmatch(text):
            text = _as_url("?" + text)[1:]
        elif "://" in text:
            text = ABSOLUTE.sub(lambda found: redacted_url(found[0]), text.encode("utf-8", "replace")).decode()
        raw = text.encode("utf-8", "replace")
        for token in tokens(raw):
            raw = raw.replace(token.value, MASK.encode())
        text = raw.decode("utf-8", "replace")
        return self._vault.redact(self._by_name(text, is_body=depth > 0))

    def _by_name(self, text: str, *, is_body: bool) -> str:
        """A text without the values that stand behind a telling name: in parts of forms, in markup, in code."""
        if "form-data" in text:
            text = _PART.sub(lambda found: found[1] + (MASK if _is_asked(found[2]) else self.text(found[3])), text)
        if "<" in text:
            text = _TAG.sub(_masked_tag, text)
            text = _ELEMENT.sub(lambda found: f"<{found[1]}>{MASK}</" if is_secret(found[2]) else found[0], text)
        text = _BEARER.sub(rf"\1\2{MASK}", text)
        text = _PAIR.sub(lambda found: f"{found[1]}{found[2]}{MASK}" if is_secret(found[1]) else found[0], text)
        text = _ARGUMENT.sub(_masked_argument, text)
        return _LITERAL.sub(lambda found: MASK if _is_random(found[0]) else found[0], text) if is_body else text

    def _query(self, pairs: list[Any], url: str, depth: int) -> list[Any]:
        """The table of a query, masked as its URL is: what signs a URL is told by what is beside it."""
        known = [(one["name"], one["value"]) for one in pairs if _is_pair(one)]
        written = "&".join(f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in known)
        masked = _as_url(f"{url.partition('?')[0]}?{written}").partition("?")[2]
        kept = iter([one == other for one, other in zip(written.split("&"), masked.split("&"), strict=False)])
        return [
            self.value(one, depth)
            if not _is_pair(one) or next(kept, False)
            else {**self._pair(one, depth), "value": MASK}
            for one in pairs
        ]

    def _member(self, key: str, inner: Any, depth: int) -> Any:
        if key == "cookies" and isinstance(inner, list):
            return [{**one, "value": MASK} if isinstance(one, dict) else MASK for one in inner]
        if isinstance(inner, (str, int)) and not isinstance(inner, bool) and is_secret(key) and str(inner):
            return MASK
        return self.value(inner, depth - 1)

    def _pair(self, one: dict[str, Any], depth: int) -> dict[str, Any]:
        """A header or a parameter."""
        name, value = one["name"], one["value"]
        lower = name.lower()
        if hides(lower.encode("utf-8", "replace")):
            shown = "".join(MASK if secret else part for part, secret in parts(name, value))
        elif _is_asked(name):
            shown = MASK
        else:
            shown = self.text(value, depth)
            if shown == value and MASK in _as_url(f"?{quote(name, safe='')}={quote(value, safe='')}"):
                shown = MASK
        rest = {key: self.value(inner, depth - 1) for key, inner in one.items() if key not in {"name", "value"}}
        return {"name": self.text(name), "value": shown, **rest}

    def _unpacked(self, content: dict[str, Any]) -> dict[str, Any]:
        """Content whose Base64 is text is unpacked; any other is left out, because nobody can tell what it holds."""
        rest = {key: inner for key, inner in content.items() if key not in {"text", "encoding"}}
        try:
            return {**rest, "text": base64.b64decode(content["text"], validate=True).decode("utf-8")}
        except (binascii.Error, ValueError):
            return {**rest, "text": "", "comment": "a body that is not text was left out"}


def _as_url(url: str) -> str:
    return redacted_url(url.encode("utf-8", "replace")).decode("utf-8", "replace")
