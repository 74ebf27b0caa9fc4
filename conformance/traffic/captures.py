"""Reads a capture of a client's traffic, a HAR or flows of mitmproxy, as exchanges."""

from __future__ import annotations

import base64
import binascii
import re
import warnings
import zipfile
from collections.abc import Callable
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from io import BufferedReader, BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlencode

import msgspec

from conformance.http.exchange import Exchange, Headers, Request, Response
from conformance.rules.bearer_origins import origin_of
from conformance.rules.url_tokens.correlation import LONGEST_ANSWER
from conformance.traffic.audit.findings import Damage, Position
from conformance.traffic.audit.formats import CAPTURES, unread_kind
from conformance.traffic.audit.place import Place
from conformance.traffic.audit.readers.har import asked
from conformance.traffic.audit.readers.har_entries import HarEntries
from conformance.traffic.audit.sources import Source, opened
from conformance.traffic.capture_times import is_of_whole_seconds, spread, started

if TYPE_CHECKING:
    from collections.abc import Iterator

type Attached = Callable[[str], bytes]
"""Gives the beginning of a body that is kept beside a HAR, by its name; empty if it is not there."""

LARGEST_IN_ZIP = 256 << 20
"""The bytes of the largest HAR that is read out of a zip archive."""

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
        is_coarse: whether its times are of whole seconds.
    """

    exchanges: list[Exchange] = field(default_factory=list)
    damage: list[str] = field(default_factory=list)
    is_coarse: bool = False


@cache
def captured(path: str) -> Capture:
    """Read a capture; what cannot be read is said in its `damage`."""
    capture, place = Capture(), Path(path)
    try:
        head = _head(place)
        if re.match(rb"[0-9]{1,12}:", head):  # flows of mitmproxy: the length of the first one
            _add_flows(place, capture)
        elif head.startswith(b"PK"):
            _add_zip(place, capture)
        elif way := CAPTURES.get(kind := unread_kind(head)):
            capture.damage.append(f"{path}: is {kind}, which is not read; {way}")
        else:
            size = place.stat().st_size
            _add_entries(str(place), lambda: opened(Place(str(place), place, size)), _beside(place), capture)
    except OSError as error:
        capture.damage.append(f"{path}: {error.strerror or 'cannot be read'}")
    if capture.is_coarse:
        capture.exchanges = spread(capture.exchanges)
    capture.exchanges.sort(key=lambda one: one.started)
    return capture


def capture_at(name: str) -> Path | None:
    """The file to name to `captured` for a capture, or for a HAR in a zip archive; None where there is none.

    Args:
        name: its path, or that of the archive with that of the member behind it.
    """
    path = Path(name)
    if path.is_file():
        return path
    archive = next((folder for folder in path.parents if folder.is_file()), None)
    with suppress(OSError, ValueError, zipfile.BadZipFile):
        if archive is not None and name.lower().endswith(".har"):
            with zipfile.ZipFile(archive) as members:
                return archive if path.relative_to(archive).as_posix() in members.namelist() else None
    return None


# ------------------------------------------------------------------ details


def _head(place: Path) -> bytes:
    with place.open("rb") as file:
        return file.read(16)


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


def _add_zip(place: Path, capture: Capture) -> None:
    """Read the HARs in a zip archive, as Playwright writes one: with bodies as members of their own."""
    try:
        with zipfile.ZipFile(place) as archive:
            members = [one for one in archive.infolist() if one.filename.lower().endswith(".har")]
            for member in members:
                _add_member(archive, member, f"{place}/{member.filename}", capture)
    except (zipfile.BadZipFile, ValueError, EOFError) as error:
        capture.damage.append(f"{place}: is a zip archive that is damaged: {type(error).__name__}")
        return
    if not members:
        capture.damage.append(
            f"{place}: is a zip archive with no HAR in it; export the traffic as a HAR, or name the files in it"
        )


def _add_member(archive: zipfile.ZipFile, member: zipfile.ZipInfo, name: str, capture: Capture) -> None:
    if member.flag_bits & 1 or member.file_size > LARGEST_IN_ZIP:
        why = "is encrypted" if member.flag_bits & 1 else f"has more than {LARGEST_IN_ZIP >> 20} MB"
        capture.damage.append(f"{name}: {why}; unpack the archive, and name the file")
        return

    @contextmanager
    def unpacked() -> Iterator[Source]:
        with archive.open(member) as file:
            yield Source(name, cast(BufferedReader, file), size=member.file_size, packed=member.compress_size)

    def attached(other: str) -> bytes:
        with suppress(KeyError, RuntimeError, NotImplementedError, zipfile.BadZipFile), archive.open(other) as file:
            return file.read(LONGEST_ANSWER + 1)
        return b""

    try:
        _add_entries(name, unpacked, attached, capture)
    except (NotImplementedError, RuntimeError):
        capture.damage.append(f"{name}: is packed in a way that is not read; unpack the archive, and name the file")


def _beside(place: Path) -> Attached:
    """The bodies that Playwright keeps in the folder of a HAR that is no zip archive."""

    def attached(name: str) -> bytes:
        if Path(name).name != name:  # it leads elsewhere
            return b""
        with suppress(OSError, ValueError), (place.parent / name).open("rb") as file:
            return file.read(LONGEST_ANSWER + 1)
        return b""

    return attached


type _Opened = Callable[[], AbstractContextManager[Source]]


def _add_entries(name: str, opened_again: _Opened, attached: Attached, capture: Capture) -> None:
    before = len(capture.damage)
    with opened_again() as source:
        for block in HarEntries(source, msgspec.json.Decoder(list[dict[str, Any]]).decode, _entry):
            if isinstance(block, Damage):
                capture.damage.append(str(block))
            elif isinstance(block, list):
                first = source.units - len(block) + 1
                for number, entry in enumerate(block, first):
                    _add(entry, Position(name, entry=number), capture, attached)
        if source.damage is not None:
            capture.damage.append(str(source.damage))
    if len(capture.damage) == before:
        with opened_again() as source:
            flaw = _is_not_whole(source)
        if flaw:
            capture.damage.append(f"{name}: {flaw}")


class _Log(msgspec.Struct):
    entries: list[dict[str, msgspec.Raw]]


class _Har(msgspec.Struct):
    log: _Log


def _is_not_whole(source: Source) -> str:
    """Why a file is no HAR from its beginning to its end; empty if it is one.

    An audit reads past what is damaged; who says that a client keeps a rule has to have seen all of it.
    """
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


def _no_body(name: str) -> bytes:
    return b""


def _add(entry: dict[str, Any], at: Position, capture: Capture, attached: Attached = _no_body) -> None:
    said = entry.get("startedDateTime")
    capture.is_coarse = capture.is_coarse or is_of_whole_seconds(said)
    try:
        began = started(said)
    except (ValueError, TypeError, OverflowError, OSError):
        reason = "its startedDateTime is missing, or no time as ISO 8601 has it"
        capture.damage.append(f"{at}: {reason}, so nobody knows what came first")
        began = capture.exchanges[-1].started if capture.exchanges else datetime.fromtimestamp(0, UTC)
    try:
        exchange = _exchange(entry, began, attached)
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError):
        capture.damage.append(f"{at}: an address, a method or a duration is missing or wrong")
        return
    if exchange is not None:
        capture.exchanges.append(exchange)


def _exchange(entry: dict[str, Any], began: datetime, attached: Attached) -> Exchange | None:
    """An entry as an exchange; None for what was sent to nobody."""
    method, url = asked(entry)
    if url.lower().startswith(_OF_A_PAGE):
        return None
    scheme, mark, rest = url.partition(b":")
    address = (_SOCKETS.get(scheme.lower(), scheme) + mark + rest).decode("latin-1")
    origin_of(address)
    sent = entry["request"]
    waited = max(0.0, float(_entry(entry.get("timings")).get("blocked") or 0)) / 1000  # in the queue of a browser
    seconds = max(0.0, float(entry.get("time") or 0)) / 1000
    data = _entry(sent.get("postData"))
    headers = _with_kind(_headers(sent), data.get("mimeType"))
    return Exchange(
        Request(method.decode(), address, headers, _form(data, headers, attached)),
        _response(_entry(entry.get("response")), attached),
        "",
        began.astimezone() + timedelta(seconds=waited),
        max(0.0, seconds - waited),
    )


def _response(came: dict[str, Any], attached: Attached) -> Response | None:
    status = int(came.get("status") or 0)
    if status <= 0:
        return None
    headers = _headers(came)
    if came.get("redirectURL") and all(name.lower() != "location" for name, _ in headers):
        headers = (*headers, ("location", _bytes(came["redirectURL"])))
    content = _entry(came.get("content"))
    return Response(status, _with_kind(headers, content.get("mimeType")), _answer(content, attached))


def _answer(content: dict[str, Any], attached: Attached) -> bytes:
    """The body, if it is short enough to hand out a token."""
    text = content.get("text") or ""
    if not text and content.get("_file"):
        body = attached(str(content["_file"]))
        return body if len(body) <= LONGEST_ANSWER else b""
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


def _form(data: dict[str, Any], headers: Headers, attached: Attached) -> bytes:
    """The fields of a form, as they are in its text, or in its table alone."""
    kinds = (value for name, value in headers if name.lower() == "content-type")
    if not next(kinds, "").strip().lower().startswith(_FORM):
        return b""
    if data.get("text"):
        return str(data["text"]).encode("utf-8", "surrogatepass")
    if data.get("_file"):
        return attached(str(data["_file"]))
    pairs = [(str(one["name"]), str(one.get("value") or "")) for one in data.get("params") or ()]
    return urlencode(pairs, errors="replace").encode()


def _headers(message: dict[str, Any]) -> Headers:
    return tuple((_bytes(one["name"]), _bytes(one.get("value") or "")) for one in message.get("headers") or ())


def _bytes(text: object) -> str:
    """A text as its bytes, one a character, which is how exchanges have what came over the wire."""
    return str(text).encode("utf-8", "surrogatepass").decode("latin-1")
