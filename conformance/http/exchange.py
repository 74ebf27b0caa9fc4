"""One HTTP request and what came of it: raw for the rules, redacted for everybody else.

`Exchange` holds what went over the wire, secrets included, and prints as labels. `Evidence` is the redacted view, of
plain types, that goes into reports, HAR files and over process borders.
"""

from __future__ import annotations

import json
import re
import shlex
import textwrap
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any, Self

import harfile

from conformance.redaction import VAULT, Vault, without_steering

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime
    from pathlib import Path

    from conformance.http.streamed_body import Content, Received

type Headers = tuple[tuple[str, str], ...]

BODY_SHOWN = 4096
"""How many bytes of a body the evidence shows."""

BODY_QUOTED = 300
"""How many characters of a body one line quotes."""

_HEADERS_SHOWN = 100
_NOT_IN_CURL = frozenset({"host", "content-length", "accept-encoding", "connection"})
_EXACT = "  # curl frames the body itself: here it went out with this framing, byte for byte"
_CHARSET = re.compile(r"""charset\s*=\s*["']?([A-Za-z0-9_.:-]+)""", re.IGNORECASE)
# Some codecs take quadratic time or are no text at all; a target chooses among these.
_CHARSETS = frozenset(
    {"utf-8", "utf8", "us-ascii", "ascii", "iso-8859-1", "latin1", "iso-8859-15", "windows-1252", "utf-16", "utf-32"}
)


@dataclass(frozen=True, slots=True, repr=False)
class Request:
    """What is sent.

    Attributes:
        method: such as `GET`.
        url: the absolute address; its path and query are sent as they stand.
        headers: names and values in order; a name may come more than once.
        body: the bytes of the body; empty for none.
        content: a file to send piece by piece, in place of `body`.
        exact: whether head and body go out byte for byte, with no header added that frames the body: for framing that
            is wrong on purpose.
    """

    method: str
    url: str
    headers: Headers = ()
    body: bytes = b""
    content: Content | None = None
    exact: bool = False

    def header(self, name: str) -> str | None:
        """The first value of this name, in any case; None where there is none."""
        return next(iter(_named(self.headers, name)), None)

    def headers_named(self, name: str) -> list[str]:
        """All values of this name, in any case, in order."""
        return _named(self.headers, name)

    def __repr__(self) -> str:
        return f"<Request {VAULT.shown(f'{self.method} {self.url}')}>"


@dataclass(frozen=True, slots=True, repr=False)
class Response:
    """What came back.

    Attributes:
        status: the status code.
        headers: names and values as they came, in order.
        body: the body with its content encoding undone, as far as it was read; of a received file, the head.
        complete: whether the whole body came and decoded.
        http_version: such as `HTTP/1.1`.
        received: what is known of a body that was received piece by piece; None where `body` is all of it.
    """

    status: int
    headers: Headers
    body: bytes = b""
    complete: bool = True
    http_version: str = "HTTP/1.1"
    received: Received | None = None

    def header(self, name: str) -> str | None:
        """The first value of this name, in any case; None where there is none."""
        return next(iter(_named(self.headers, name)), None)

    def headers_named(self, name: str) -> list[str]:
        """All values of this name, in any case, in order."""
        return _named(self.headers, name)

    @property
    def media_type(self) -> str:
        """The media type without parameters, in lower case; empty where none is given."""
        return (self.header("content-type") or "").partition(";")[0].strip().lower()

    @property
    def text(self) -> str:
        """The body as text in the declared charset, else UTF-8; what does not decode becomes U+FFFD."""
        declared = _CHARSET.search(self.header("content-type") or "")
        charset = declared[1].lower() if declared else "utf-8"
        return self.body.decode(charset if charset in _CHARSETS else "utf-8", "replace")

    def json(self) -> object:
        """The body as JSON (RFC 8259).

        Raises:
            ValueError: the body is anything else; the message names the place and never the content.
        """
        try:
            return json.loads(self.body, parse_constant=_no_constant)
        except json.JSONDecodeError as error:
            raise ValueError(f"not JSON: {error.msg} at line {error.lineno}, column {error.colno}") from None
        except UnicodeDecodeError:
            raise ValueError("not JSON: the bytes are not UTF-8") from None
        except RecursionError:
            raise ValueError("not JSON that can be read: nested too deeply") from None
        except ValueError:
            raise ValueError("not JSON: a number that JSON does not allow, or of too many digits") from None

    def __repr__(self) -> str:
        return f"<Response {self.status} {VAULT.shown(self.media_type)}, {len(self.body)} bytes>"


@dataclass(frozen=True, slots=True, repr=False)
class Exchange:
    """A request and what came of it.

    Attributes:
        request: what was sent, with the headers that the client added.
        response: what came back; None where no response head came.
        problem: empty if a whole response came, else what went wrong, in redacted text.
        started: when sending began, in UTC.
        seconds: how long it took.
        requirement: the id on whose behalf it was made; may be empty.
    """

    request: Request
    response: Response | None
    problem: str
    started: datetime
    seconds: float
    requirement: str = ""

    @property
    def status(self) -> int:
        """The status code; 0 where no response head came."""
        return self.response.status if self.response is not None else 0

    def __repr__(self) -> str:
        return f"<Exchange {Evidence.of(self).summary}>"


@dataclass(frozen=True, slots=True)
class Evidence:
    """The redacted view of an exchange: no field holds a known secret, nor a character that steers a terminal.

    Attributes:
        method: such as `GET`.
        url: the address that was asked for.
        request_headers: names and values as sent.
        request_body: the body as text, cut at `BODY_SHOWN` bytes; a note where it is binary.
        status: the status code; 0 where no response came.
        http_version: such as `HTTP/1.1`; empty where no response came.
        response_headers: names and values as they came.
        response_body: like `request_body`.
        problem: what went wrong; empty for a whole response.
        started: ISO 8601 in UTC.
        seconds: how long it took.
        requirement: the id on whose behalf it was made.
        curl: the request as a command line, secrets as placeholders.
    """

    method: str
    url: str
    request_headers: Headers
    request_body: str
    status: int
    http_version: str
    response_headers: Headers
    response_body: str
    problem: str
    started: str
    seconds: float
    requirement: str
    curl: str

    @classmethod
    def of(cls, exchange: Exchange, vault: Vault = VAULT) -> Self:
        """The redacted view of an exchange."""
        request, response = exchange.request, exchange.response
        url = vault.shown(request.url)
        headers = _show_headers(request.headers, vault)
        body = _show_file(request.content, vault) if request.content else _show_body(request.body, vault)
        size = request.content.size if request.content else len(request.body)
        return cls(
            method=vault.shown(request.method),
            url=url,
            request_headers=headers,
            request_body=body,
            status=response.status if response else 0,
            http_version=vault.shown(response.http_version) if response else "",
            response_headers=_show_headers(response.headers, vault) if response else (),
            response_body=_show_answer(response, vault) if response else "",
            problem=vault.shown(exchange.problem),
            started=exchange.started.isoformat(),
            seconds=round(exchange.seconds, 6),
            requirement=exchange.requirement,
            curl=_curl(vault.shown(request.method), url, headers, bool(size))
            + (_data(request, body, size, vault) if size else "")
            + (_EXACT if request.exact else ""),
        )

    @property
    def summary(self) -> str:
        """One line, such as `GET https://acme.example.com/ → 403 text/plain in 12 ms`."""
        return f"{self.method} {self.url} → {self._outcome}"

    @property
    def answer(self) -> str:
        """What came back, such as `403 text/plain in 12 ms: Bad_OAuth_Token`, with the beginning of the body."""
        body = self.response_body
        return f"{self._outcome}: {textwrap.shorten(body, BODY_QUOTED)}" if body.strip() else self._outcome

    @property
    def _outcome(self) -> str:
        took = f"{self.seconds * 1000:.0f} ms" if self.seconds < 1 else f"{self.seconds:.1f} s"
        media = next((v.partition(";")[0] for n, v in self.response_headers if n.lower() == "content-type"), "")
        answer = " ".join(part for part in (str(self.status), media) if part) if self.status else "no answer"
        to = next((v for n, v in self.response_headers if n.lower() == "location"), "")
        answer += f" to {to}" if to and self.status // 100 == 3 else ""
        return f"{answer} in {took}" + (f" ({self.problem})" if self.problem else "")

    def redacted(self, vault: Vault) -> Self:
        """The same without the secrets that became known since."""
        return self.from_json({name: _redacted(value, vault) for name, value in self.as_json().items()})

    def as_json(self) -> dict[str, object]:
        """The fields as plain JSON types: dict, list, str, int, float."""
        plain: dict[str, object] = asdict(self)
        for name in ("request_headers", "response_headers"):
            plain[name] = [list(pair) for pair in getattr(self, name)]
        return plain

    @classmethod
    def from_json(cls, plain: dict[str, Any]) -> Self:
        """The evidence that `as_json` wrote. Unknown fields are ignored.

        Raises:
            KeyError: a field is missing.
        """
        values = {field.name: plain[field.name] for field in fields(cls)}
        for name in ("request_headers", "response_headers"):
            values[name] = tuple((str(header), str(value)) for header, value in values[name])
        return cls(**values)


def _redacted(plain: object, vault: Vault) -> object:
    if isinstance(plain, list):
        return [_redacted(one, vault) for one in plain]
    return vault.redact(plain) if isinstance(plain, str) else plain


def write_har(path: Path, evidences: Iterable[Evidence]) -> None:
    """Write redacted exchanges as a HAR 1.2 file, in the order given."""
    creator = harfile.Creator(name="seasonproof", version="1")
    with path.open("w", encoding="utf-8") as file, harfile.HarFile.open(file, creator=creator) as har:
        for evidence in evidences:
            har.add_entry(
                startedDateTime=evidence.started,
                time=evidence.seconds * 1000,
                request=_har_request(evidence),
                response=_har_response(evidence),
                timings=harfile.Timings(send=0, wait=evidence.seconds * 1000, receive=0),
                comment=f"{evidence.requirement} {evidence.problem}".strip() or None,
            )


def _har_request(evidence: Evidence) -> harfile.Request:
    kind = next((v for n, v in evidence.request_headers if n.lower() == "content-type"), "")
    query = evidence.url.partition("?")[2]
    return harfile.Request(
        method=evidence.method,
        url=evidence.url,
        httpVersion="HTTP/1.1",
        headers=_records(evidence.request_headers),
        queryString=[harfile.Record(name=n, value=v) for n, _, v in (p.partition("=") for p in query.split("&") if p)],
        postData=harfile.PostData(mimeType=kind, text=evidence.request_body) if evidence.request_body else None,
    )


def _har_response(evidence: Evidence) -> harfile.Response:
    kind = next((v for n, v in evidence.response_headers if n.lower() == "content-type"), "")
    location = next((v for n, v in evidence.response_headers if n.lower() == "location"), "")
    return harfile.Response(
        status=evidence.status,
        statusText="",
        httpVersion=evidence.http_version,
        headers=_records(evidence.response_headers),
        redirectURL=location,
        content=harfile.Content(size=len(evidence.response_body.encode()), mimeType=kind, text=evidence.response_body),
    )


def _records(headers: Headers) -> list[harfile.Record]:
    return [harfile.Record(name=name, value=value) for name, value in headers]


def _named(headers: Headers, name: str) -> list[str]:
    wanted = name.lower()
    return [value for header, value in headers if header.lower() == wanted]


def _no_constant(name: str) -> object:
    raise ValueError(name)


def _show_headers(headers: Headers, vault: Vault) -> Headers:
    shown = tuple((vault.shown(name), _show_text(value, vault)) for name, value in headers[:_HEADERS_SHOWN])
    more = len(headers) - len(shown)
    return (*shown, ("…", f"{more} more headers")) if more else shown


def _show_text(value: str, vault: Vault) -> str:
    raw = value.encode("utf-8", "surrogatepass")
    if len(raw) <= BODY_SHOWN:
        return vault.shown(value)
    return _show_body(raw, vault)


def _show_answer(response: Response, vault: Vault) -> str:
    known = response.received
    return _show_file(known, vault) if known is not None else _show_body(response.body, vault)


def _show_file(file: Content | Received, vault: Vault) -> str:
    """The head of a file that passed by in pieces, with its size and its digest."""
    return _show_body(file.head, vault, file.size, file.sha256)


def _show_body(body: bytes, vault: Vault, size: int | None = None, digest: str = "") -> str:
    shown = vault.redact_bytes(body, BODY_SHOWN)
    size = len(body) if size is None else size
    known = f"{size} bytes, sha256 {digest}" if digest else f"{size} bytes"
    if b"\0" in shown:
        return f"<binary, {known}>"
    text = shown.decode("utf-8", "replace")
    if text.count("\ufffd") * 10 > len(text):
        return f"<binary, {known}>"
    more = f"\n… cut: {BODY_SHOWN} of {known} are shown" if size > BODY_SHOWN else ""
    return without_steering(text) + more


def _curl(method: str, url: str, headers: Headers, has_body: bool) -> str:
    words = ["curl", "-i"]
    if re.search(r"[\[\]{}]", url):
        words.append("--globoff")
    if "/./" in url or "/.." in url:
        words.append("--path-as-is")
    if method == "HEAD":
        words.append("--head")
    elif method != ("POST" if has_body else "GET"):
        words += ["-X", method]
    words.append(url)
    for name, value in headers:
        if name.lower() not in _NOT_IN_CURL:
            words += ["-H", f"{name}: {value}" if value else f"{name};"]
    return shlex.join(words)


def _data(request: Request, shown: str, size: int, vault: Vault) -> str:
    if shown.startswith("<binary,") or size > BODY_SHOWN:
        return f" --data-binary @body  # {size} bytes, not shown here"
    body = request.content.head if request.content else request.body
    text = vault.redact_bytes(body, BODY_SHOWN).decode("utf-8", "replace")
    return f" --data-raw {shlex.quote(text) if text.isprintable() else _escaped(text)}"


def _escaped(text: str) -> str:
    """The word of a shell for text with line ends or control characters, in one line, for Bash, ksh and zsh."""
    plain = text.replace("\\", r"\\").replace("'", r"\'")
    return "$'" + "".join(c if c.isprintable() else _escape(c) for c in plain) + "'"


def _escape(character: str) -> str:
    return repr(character)[1:-1] if character.isascii() else f"\\U{ord(character):08x}"
