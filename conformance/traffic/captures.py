"""Reads a capture of a client's traffic, a HAR or flows of mitmproxy, as exchanges."""

from __future__ import annotations

import base64
import binascii
import re
import warnings
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import msgspec

from conformance.http.exchange import Exchange, Headers, Request, Response
from conformance.rules.bearer_origins import origin_of
from conformance.rules.url_tokens.correlation import LONGEST_ANSWER
from conformance.traffic.audit.findings import Damage, Position
from conformance.traffic.audit.readers.har import asked
from conformance.traffic.audit.readers.har_entries import HarEntries
from conformance.traffic.audit.sources import Place, opened

_FORM = "application/x-www-form-urlencoded"
_SOCKETS = {b"ws": b"http", b"wss": b"https"}
_OF_A_PAGE = (b"data:", b"blob:", b"about:", b"file:", b"chrome-extension:", b"moz-extension:")
"""What a browser notes and sends to nobody."""


@dataclass
class Capture:
    """What a capture holds.

    Attributes:
        exchanges: in the order of their beginnings. Of bodies it has forms, and answers that may hold a token.
        damage: what is wrong with the file, one line each.
    """

    exchanges: list[Exchange] = field(default_factory=list)
    damage: list[str] = field(default_factory=list)


@cache
def captured(path: str) -> Capture:
    """Read a capture; what cannot be read is said in its `damage`."""
    capture, place = Capture(), Path(path)
    try:
        if _are_flows(place):
            _add_flows(place, capture)
        else:
            _add_entries(place, capture)
    except OSError as error:
        capture.damage.append(f"{path}: {error.strerror or 'cannot be read'}")
    capture.exchanges.sort(key=lambda one: one.started)
    return capture


# ------------------------------------------------------------------ details


def _are_flows(place: Path) -> bool:
    """Whether a file begins as those of mitmproxy do: with the length of the first flow."""
    with place.open("rb") as file:
        return re.match(rb"[0-9]{1,12}:", file.read(16)) is not None


def _add_flows(place: Path, capture: Capture) -> None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what its libraries are told of their own future
            from mitmproxy.addons.savehar import SaveHar
            from mitmproxy.exceptions import FlowReadException
            from mitmproxy.io import FlowReader, tnetstring
    except ImportError:
        capture.damage.append(f"{place}: flows of mitmproxy need an extra: pip install 'seasonproof[proxy]'")
        return
    number = 0
    with place.open("rb") as file:
        try:
            while file.peek(1):
                number += 1
                state = tnetstring.dumps(_with_tls_said(tnetstring.load(file)))
                for flow in FlowReader(BytesIO(state)).stream():
                    for entry in SaveHar().make_har([flow])["log"]["entries"]:
                        timings = entry["timings"]  # a flow starts when its connection is there
                        entry["time"] = timings["send"] + timings["wait"] + timings["receive"]
                        _add(entry, Position(str(place), entry=number), capture)
        except (FlowReadException, ValueError, TypeError, IndexError, RecursionError, MemoryError):
            capture.damage.append(
                f"{place}: flow {number} cannot be read, nor what follows it: it is damaged or cut off, or"
                " mitmproxy cannot read what an older version of it wrote; capture it again, or export a HAR"
            )


def _with_tls_said(state: Any) -> Any:
    """A flow as it was written; of a connection without TLS version 6 wrote null, which later ones refuse."""
    for connection in (state.get("client_conn"), state.get("server_conn")) if isinstance(state, dict) else ():
        for name in ("tls", "tls_established", "ssl_established"):
            if isinstance(connection, dict) and connection.get(name, False) is None:
                connection[name] = False
    return state


def _add_entries(place: Path, capture: Capture) -> None:
    with opened(Place(str(place), place, place.stat().st_size)) as source:
        for block in HarEntries(source, msgspec.json.Decoder(list[dict[str, Any]]).decode, _entry):
            if isinstance(block, Damage):
                capture.damage.append(str(block))
            elif isinstance(block, list):
                before = source.units - len(block) + 1
                for number, entry in enumerate(block, before):
                    _add(entry, Position(str(place), entry=number), capture)
        if source.damage is not None:
            capture.damage.append(str(source.damage))
    if not capture.damage and (flaw := _is_not_whole(place)):
        capture.damage.append(f"{place}: {flaw}")


class _Log(msgspec.Struct):
    entries: list[dict[str, msgspec.Raw]]


class _Har(msgspec.Struct):
    log: _Log


def _is_not_whole(place: Path) -> str:
    """Why a file is no HAR from its beginning to its end; empty if it is one.

    An audit reads past what is damaged; who says that a client keeps a rule has to have seen all of it.
    """
    with opened(Place(str(place), place)) as source:
        text = b"".join(iter(source.read, b""))
    if not text:
        return "is empty: nothing was captured, or it was not written yet; end the capture first"
    try:
        msgspec.json.decode(text.removeprefix(b"\xef\xbb\xbf"), type=_Har)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        return f"is not a whole HAR ({error}); export the traffic as a HAR"
    return ""


def _entry(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _add(entry: dict[str, Any], at: Position, capture: Capture) -> None:
    try:
        exchange = _exchange(entry)
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError):
        capture.damage.append(f"{at}: an address, a method or a time is missing or wrong")
        return
    if exchange is not None:
        capture.exchanges.append(exchange)


def _exchange(entry: dict[str, Any]) -> Exchange | None:
    """An entry as an exchange; None for what was sent to nobody."""
    method, url = asked(entry)
    if url.lower().startswith(_OF_A_PAGE):
        return None
    scheme, mark, rest = url.partition(b":")
    address = (_SOCKETS.get(scheme.lower(), scheme) + mark + rest).decode("latin-1")
    origin_of(address)
    sent = entry["request"]
    started = datetime.fromisoformat(entry["startedDateTime"])
    waited = max(0.0, float(_entry(entry.get("timings")).get("blocked") or 0)) / 1000  # in the queue of a browser
    seconds = max(0.0, float(entry.get("time") or 0)) / 1000
    data = _entry(sent.get("postData"))
    headers = _with_kind(_headers(sent), data.get("mimeType"))
    return Exchange(
        Request(method.decode(), address, headers, _form(data, headers)),
        _response(_entry(entry.get("response"))),
        "",
        started.astimezone() + timedelta(seconds=waited),
        max(0.0, seconds - waited),
    )


def _response(came: dict[str, Any]) -> Response | None:
    status = int(came.get("status") or 0)
    if status <= 0:
        return None
    headers = _headers(came)
    if came.get("redirectURL") and all(name.lower() != "location" for name, _ in headers):
        headers = (*headers, ("location", _bytes(came["redirectURL"])))
    content = _entry(came.get("content"))
    return Response(status, _with_kind(headers, content.get("mimeType")), _answer(content))


def _answer(content: dict[str, Any]) -> bytes:
    """The body, if it is short enough to hand out a token."""
    text = content.get("text") or ""
    if not isinstance(text, str) or len(text) > LONGEST_ANSWER:
        return b""
    if content.get("encoding") != "base64":
        return text.encode("utf-8", "surrogatepass")
    try:
        return base64.b64decode(text)
    except binascii.Error:
        return b""


def _with_kind(headers: Headers, kind: object) -> Headers:
    """The headers, with the media type that some write beside the body alone."""
    is_known = not kind or any(name.lower() == "content-type" for name, _ in headers)
    return headers if is_known else (*headers, ("content-type", _bytes(kind)))


def _form(data: dict[str, Any], headers: Headers) -> bytes:
    """The fields of a form, as they are in its text, or in its table alone."""
    kinds = (value for name, value in headers if name.lower() == "content-type")
    if not next(kinds, "").strip().lower().startswith(_FORM):
        return b""
    if data.get("text"):
        return str(data["text"]).encode("utf-8", "surrogatepass")
    pairs = [(str(one["name"]), str(one.get("value") or "")) for one in data.get("params") or ()]
    return urlencode(pairs, errors="replace").encode()


def _headers(message: dict[str, Any]) -> Headers:
    return tuple((_bytes(one["name"]), _bytes(one.get("value") or "")) for one in message.get("headers") or ())


def _bytes(text: object) -> str:
    """A text as its bytes, one a character, which is how exchanges have what came over the wire."""
    return str(text).encode("utf-8", "surrogatepass").decode("latin-1")
