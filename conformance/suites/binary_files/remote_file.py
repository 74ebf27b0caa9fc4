"""One file of a service: what a suite does with it."""

from __future__ import annotations

import re
import threading
import time
import unicodedata
from collections.abc import Callable, Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from email.utils import formatdate, parsedate_to_datetime
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import quote, unquote

from conformance.http.exchange import Request
from conformance.http.streamed_body import Content, CutOff, Received
from conformance.judging.applicability import lacking
from conformance.redaction import VAULT
from conformance.rules.outcome import Inconclusive
from conformance.suites.binary_files.answers import Download, Reply
from conformance.suites.binary_files.uploads import Files, Upload

if TYPE_CHECKING:
    from conformance.config.roles import Access
    from conformance.http.client import Client
    from conformance.http.exchange import Exchange
    from conformance.suites.binary_files.framing import Framing
    from conformance.suites.binary_files.places import Act, Places

_SLACK = 1_048_576  # how many bytes more than expected are read, so that a wrapped file is recognised
_READS = 60  # how often each reader looks at most, while a file is changed
_ALL = "*/*"
NO_VERSION = '"a-tag-of-no-version"'
"""An entity tag that no version of a file has."""

_DAY = 86_400.0  # seconds
_LONG = 100  # characters of a name, from which on it may be cut off
_MOMENT = 0.02  # seconds in which a service notices that a connection was closed
_NOT_LATER = (
    "after an upload that broke off the file was looked at once and a moment later, but not for a half file that "
    "appears after that; to look again, say in file_service how late: late_seconds: 10"
)


class Calls(Files, Protocol):
    """A file service, as far as one of its files has to know it.

    Attributes:
        client: the recording client.
        places: the addresses of its files.
    """

    client: Client
    places: Places

    def send(self, request: Request, *, access: Access | None = None, into: Received | None = None) -> Exchange:
        """Send a request with the caller's credentials."""

    def store(
        self, file: RemoteFile, request: Request, *, access: Access | None = None, retry: bool = True
    ) -> Exchange:
        """Send an upload, which is noted before."""

    def settle(self) -> None:
        """Wait until a change can be seen."""


class RemoteFile:
    """One file of the service, which may or may not be there.

    Attributes:
        name: its name, as text.
        segment: the name as it stands in a path; percent-encoded.
    """

    def __init__(self, store: Calls, name: str, segment: str | None = None) -> None:
        self.store = store
        self.name = name
        self.segment = quote(name, safe=":") if segment is None else segment
        self._holds: bytes | None = None
        self._put: Exchange | None = None
        self._content: str | None = None  # the name that its bytes give it, where names are digests

    def __str__(self) -> str:
        """Its name, or both ends of a long one: in messages."""
        return (
            self.name
            if len(self.name) <= _LONG
            else f"{self.name[:40]}…{self.name[-40:]} of {len(self.name)} characters"
        )

    def url(self, act: Act) -> str:
        """The address at which something is done with it."""
        return self.store.places.url(act, self.segment)

    def put(
        self,
        data: bytes | Content,
        *headers: tuple[str, str],
        media_type: str = "",
        access: Access | None = None,
        retry: bool = True,
    ) -> Upload:
        """Store bytes in it.

        Args:
            data: what to store.
            headers: further headers; `("Transfer-Encoding", "chunked")` sends it without its length.
            media_type: what to call it; the role's own media type if left out.
            access: whose credentials are shown; the caller's own if left out.
            retry: whether 429 is waited for: only where no refusal is expected.
        """
        if access is None:
            self.store.case.account.may_be_shown()
        self._holds = None
        content = data if isinstance(data, Content) else Content.of(data)
        self._take_the_name_of(content)
        kind = ("Content-Type", media_type or self.store.role.media_type)
        request = Request("PUT", self.url("upload"), (kind, *headers), content=content)
        upload = Upload(self.store, self.store.store(self, request, access=access, retry=retry), self, content)
        self._put = upload.exchange
        self.store.settle()
        return upload

    def put_framed(self, framing: Framing) -> Upload:
        """Store a body with this framing, byte for byte."""
        self._holds = None
        self._take_the_name_of(Content.of(framing.means or framing.body))
        kind = ("Content-Type", self.store.role.media_type)
        request = Request("PUT", self.url("upload"), (kind, *framing.headers), framing.body, exact=True)
        exchange = self.store.store(self, request, retry=False)
        self.store.settle()
        return Upload(self.store, exchange, self, Content.of(framing.means or b""))

    def put_and_break_off(
        self, content: Content, *headers: tuple[str, str], meanwhile: Callable[[], None] = lambda: None
    ) -> None:
        """Send the first half of a file, do something while the service waits for the rest, and hang up."""
        half_sent, go_on = threading.Event(), threading.Event()

        def pieces() -> Iterator[bytes]:
            yield from content.first(content.size // 2)
            half_sent.set()
            go_on.wait(self.store.client.target.limits.total_seconds)
            raise CutOff("cut off on purpose, after half of the file")

        with ThreadPoolExecutor(1) as pool:
            upload = pool.submit(self.put, replace(content, pieces=pieces), *headers, retry=False)
            upload.add_done_callback(lambda _: half_sent.set())
            try:
                half_sent.wait()
                meanwhile()
            finally:
                go_on.set()
            upload.result()
        time.sleep(_MOMENT)

    def get(
        self, expected: Content | bytes | None = None, *headers: tuple[str, str], access: Access | None = None
    ) -> Download:
        """Get it, and compare it with what is expected while it comes."""
        wanted = Content.of(expected) if isinstance(expected, bytes) else expected
        into = Received(wanted, at_most=2 * (wanted.size if wanted else 0) + _SLACK)
        named = {name.lower() for name, _ in headers}
        accept = () if "accept" in named else (("Accept", _ALL),)
        exchange = self.store.send(Request("GET", self.url("download"), (*accept, *headers)), access=access, into=into)
        return Download(self.store, exchange, wanted, into, self._put)

    def head(self, *headers: tuple[str, str], access: Access | None = None) -> Reply:
        """Ask what its download would say."""
        request = Request("HEAD", self.url("probe"), (("Accept", _ALL), *headers))
        return Reply(self.store, self.store.send(request, access=access))

    def delete(self, *headers: tuple[str, str], access: Access | None = None) -> Reply:
        """Remove it."""
        reply = Reply(self.store, self.store.send(Request("DELETE", self.url("delete"), headers), access=access))
        self.store.settle()
        return reply

    def holds(self, data: bytes) -> None:
        """Have it hold these bytes: put once a case. Raises Inconclusive where the upload is refused."""
        if self._holds != data:
            self.put(data).succeeds("the upload")
            self._holds = data

    def stays(self, content: Content) -> None:
        """It is the same now, when the service has noticed that nothing more comes, and as late as is declared."""
        for _ in self._moments():
            self.get(content).is_the_file("the old file")

    def stays_gone(self) -> None:
        """It is not there: now, a moment later, and as late as is declared."""
        for _ in self._moments():
            self.get().says_that_it_is_gone("whose only upload broke off")

    def _moments(self) -> Iterator[None]:
        yield
        time.sleep(_MOMENT)
        yield
        if not (late := self.store.role.late_seconds):
            self.store.case.note(_NOT_LATER)
            return
        time.sleep(late)
        yield

    def _take_the_name_of(self, content: Content) -> None:
        """Where names are digests: that of the file, unless it has one. Raises NotApplicable where it is another's."""
        if self.store.role.names != "digest":
            return
        name = f"sha256:{content.sha256}"
        if self._content is not None and self._content != name:
            raise lacking(self.store.role, "overwriting")
        self._content = self.name = self.segment = name

    def has_another_etag_than(self, known: Collection[str]) -> None:
        """Its entity tag is none of those that other bytes had."""
        found = self.etag()
        flaw = f"the ETag is {found} for other bytes too" if found in known else None
        self.store.case.judge(flaw, "another ETag for other bytes", "another-etag")

    def does_not_lead_to(self, victim: RemoteFile, data: bytes) -> None:
        """Neither GET nor PUT under this name reaches another file, which holds these bytes."""

        def overwrites_nothing() -> None:
            self.put(b"overwritten")
            victim.get(data).is_the_file("the file as it was before")

        self.store.case.judge_all(get=lambda: self.get().is_not(data), put=overwrites_nothing)

    def etag(self) -> str:
        """Its entity tag. Raises NotTested where downloads have none."""
        found = self.get().response.header("etag")
        if found is None:
            raise lacking(self.store.role, "entity_tags", "downloads have no ETag, so there is none to look at")
        return found

    def conditions_that_hold(self) -> Iterator[tuple[str, tuple[str, str]]]:
        """Conditions of a change, each of which is true of the file as it is; in words, and as a header."""
        yield "If-Match of any version", ("If-Match", "*")
        etag = self.get().response.header("etag")
        if etag is not None and not etag.startswith("W/"):  # a weak tag matches nothing here (RFC 9110, 13.1.1)
            yield "If-Match with a list", ("If-Match", f"{NO_VERSION}, {etag}")
        yield "If-None-Match of another version", ("If-None-Match", NO_VERSION)
        yield "If-Unmodified-Since tomorrow", ("If-Unmodified-Since", formatdate(time.time() + _DAY, usegmt=True))

    def before_its_change(self) -> str:
        """A day before it was last modified. Raises NotTested where downloads do not say when that was."""
        said = self.get().response.header("last-modified")
        if said is None:
            why = "downloads have no Last-Modified, so there is no date that a condition could name"
            raise lacking(self.store.role, "modification_dates", why)
        try:
            return formatdate(parsedate_to_datetime(said).timestamp() - _DAY, usegmt=True)
        except ValueError:
            raise Inconclusive(f"Last-Modified is not a date: {VAULT.shown(said, 40)}") from None

    def while_it_is_read(self, change: Callable[[], Any], readers: int = 3) -> list[Download]:
        """Get it again and again in parallel, for as long as a change of it takes."""
        with ThreadPoolExecutor(readers + 1) as pool:
            done = pool.submit(change)

            def read(_: int) -> list[Download]:
                found = [self.get()]
                while not done.done() and len(found) < _READS:
                    found.append(self.get())
                return found

            seen = [download for downloads in pool.map(read, range(readers)) for download in downloads]
            done.result()
        return seen


def mangled(name: str) -> str:
    """What careless services make of a name: decoded once more, composed, trimmed, with spaces for plus signs, cut off
    where it is long or where an address would end, made plain, or in lower case."""
    decoded = unquote(name)
    if decoded != name and "/" not in decoded:
        return decoded
    for simpler in (unicodedata.normalize("NFC", name), name.rstrip(" .")):
        if simpler != name:
            return simpler
    if "+" in name:
        return name.replace("+", " ")
    if len(name) > _LONG:
        return f"{name[:-5]}{'x' if name[-5] != 'x' else 'y'}.bin"
    before_a_mark = re.split("[?#;]", name)[0]
    if before_a_mark != name:
        return before_a_mark
    plain = re.sub(r"[^A-Za-z0-9._-]", "_", name)
    if plain != name:
        return plain
    return name.lower() if name.lower() != name else f"{name}.twin"
