"""Token requests before the client's credentials are put in: plain data, which strategies may vary."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Self
from urllib.parse import quote_plus

from conformance.redaction import Secret

if TYPE_CHECKING:
    from conformance.config.roles import TokenEndpoint

type Value = str | Secret
type Pairs = tuple[tuple[str, Value], ...]

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
FORM = "application/x-www-form-urlencoded"
JSON = "application/json"


@dataclass(frozen=True, slots=True)
class Spelling:
    """One of the ways in which the same value may be written in a form."""

    name: str
    encode: Callable[[str], str]

    def __repr__(self) -> str:
        return self.name


def _every_byte(text: str) -> str:
    return "".join(f"%{byte:02X}" for byte in text.encode())


PLAIN = Spelling("reserved characters percent-encoded", quote_plus)
SPELLINGS = (
    PLAIN,
    Spelling("every byte percent-encoded", _every_byte),
    Spelling("hexadecimal digits in lower case", lambda text: _every_byte(text).lower()),
    Spelling("a space as %20", lambda text: quote_plus(text).replace("+", "%20")),
    Spelling("every second byte percent-encoded", lambda text: "".join(map(_second, enumerate(text)))),
)
"""All of them mean the same (RFC 6749, appendix B)."""


def _second(place: tuple[int, str]) -> str:
    index, letter = place
    return _every_byte(letter) if index % 2 else quote_plus(letter)


@dataclass(frozen=True, slots=True)
class TokenRequest:
    """A token request.

    Attributes:
        body: the parameters of the form.
        query: parameters in the query of the address.
        headers: further headers.
        method: the HTTP method.
        media_type: what the body is declared as; `FORM` is sent as a form, `JSON` as JSON.
        spelling: how the form's values are written.
        end: bytes at the end of the form, which no encoder writes.
    """

    body: Pairs
    query: Pairs = ()
    headers: Pairs = ()
    method: str = "POST"
    media_type: str = FORM
    spelling: Spelling = PLAIN
    end: bytes = b""

    def adding(self, *pairs: tuple[str, Value]) -> Self:
        """The same with further parameters in the form."""
        return replace(self, body=(*self.body, *pairs))

    def without(self, *names: str) -> Self:
        """The same without these parameters in the form."""
        return replace(self, body=tuple(pair for pair in self.body if pair[0] not in names))

    def setting(self, name: str, value: Value) -> Self:
        """The same with one parameter of the form replaced."""
        return self.without(name).adding((name, value))

    def in_the_query(self, *pairs: tuple[str, Value]) -> Self:
        """The same with further parameters in the query."""
        return replace(self, query=(*self.query, *pairs))

    def with_headers(self, *pairs: tuple[str, Value]) -> Self:
        """The same with further headers."""
        return replace(self, headers=(*self.headers, *pairs))

    def accepting(self, media_type: str) -> Self:
        """The same with another Accept."""
        others = tuple(pair for pair in self.headers if pair[0].lower() != "accept")
        return replace(self, headers=(*others, ("Accept", media_type)))

    def as_json(self) -> Self:
        """The same with its parameters as a JSON object."""
        return replace(self, media_type=JSON)

    def declared_as(self, media_type: str) -> Self:
        """The same with another Content-Type."""
        return replace(self, media_type=media_type)

    def spelled(self, spelling: Spelling) -> Self:
        """The same with its values written otherwise."""
        return replace(self, spelling=spelling)

    def ending_in(self, end: bytes) -> Self:
        """The same with bytes at the end of the form."""
        return replace(self, end=end)

    def by_get(self) -> Self:
        """The same as a GET, with the form's parameters in the query."""
        return replace(self, method="GET", query=(*self.query, *self.body), body=())

    def all_in_the_query(self) -> Self:
        """The same as a POST with an empty form, and its parameters in the query."""
        return replace(self, query=(*self.query, *self.body), body=())

    def value_of(self, name: str) -> Value | None:
        """The value of a parameter of the form; None where it has none of this name."""
        return next((value for found, value in self.body if found == name), None)

    def encoded_body(self) -> bytes:
        """The bytes of the body."""
        if self.method == "GET":
            return b""
        if self.media_type == JSON:
            return json.dumps({name: revealed(value) for name, value in self.body}).encode()
        if self.media_type.startswith("multipart/form-data"):
            return self._parts(self.media_type.rpartition("boundary=")[2])
        encode = self.spelling.encode
        form = "&".join(f"{quote_plus(name)}={encode(revealed(value))}" for name, value in self.body)
        return form.encode() + self.end

    def _parts(self, boundary: str) -> bytes:
        start = "Content-Disposition: form-data; name="
        parts = [f'--{boundary}\r\n{start}"{name}"\r\n\r\n{revealed(value)}\r\n' for name, value in self.body]
        return f"{''.join(parts)}--{boundary}--\r\n".encode()

    def encoded_query(self) -> str:
        """The query of the address."""
        return "&".join(f"{quote_plus(name)}={quote_plus(revealed(value))}" for name, value in self.query)


def plain_request(role: TokenEndpoint) -> TokenRequest:
    """What the target file says that a token request looks like."""
    body: list[tuple[str, Value]] = [("grant_type", "client_credentials")]
    if role.scopes:
        body.append(("scope", " ".join(role.scopes)))
    if role.audience and role.audience_parameter:
        body.append((role.audience_parameter, role.audience))
    given = role.parameters
    return TokenRequest((*body, *given.body.items()), tuple(given.query.items()), tuple(given.header.items()))


def revealed(value: Value) -> str:
    """A value at the moment of sending it."""
    return value.reveal() if isinstance(value, Secret) else value
