"""What a suite says to a file service."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, TypedDict
from urllib.parse import quote

from conformance.config.roles import Access, FileAccess
from conformance.http import credentials
from conformance.http.exchange import Exchange, Headers, Request
from conformance.http.streamed_body import Content, Received
from conformance.http.whole_answer import answer_to
from conformance.judging.applicability import lacking
from conformance.judging.journal import Entry, Journal, State, Undo
from conformance.judging.matchers import CaseRecord
from conformance.rules.outcome import Inconclusive, NotTested, Throttled
from conformance.suites.binary_files.accepted_content import AcceptedContent
from conformance.suites.binary_files.answers import GONE
from conformance.suites.binary_files.callers import identified, is_same_origin, wrong_credentials
from conformance.suites.binary_files.document import Document
from conformance.suites.binary_files.places import Memory, Places, normalised
from conformance.suites.binary_files.remote_file import RemoteFile, mangled
from conformance.suites.binary_files.samples import LENGTHS_OF_NAMES, RAW
from conformance.suites.binary_files.two_steps import address_in, first_step
from conformance.suites.binary_files.uploads import Created, Upload
from conformance.suites.identifiers import addressable

if TYPE_CHECKING:
    from conformance.config.roles import FileService
    from conformance.http.client import Client
    from conformance.suites.binary_files.contract import Contract

FILE = "file"
"""The kind of entries in the journal."""

PLAIN = b"A plain file of seasonproof"
"""Letters and spaces: what a service that spoils bytes brings back all the same."""


_TOGETHER = 2.0  # seconds after which parallel uploads no longer wait for each other


class End(TypedDict, total=False):
    """What the journal says about how a file ends."""

    undo: Undo
    ends: str
    kind: str
    key: str


class FileStore(AcceptedContent):
    """A file service as a suite sees it: files in, files out, all on record, and none left behind.

    Args:
        role: what the target file says about the service.
        client: the recording client.
        case: the case's record.
        journal: where files are noted before they are stored.
        memory: what is known of its OpenAPI document.
    """

    def __init__(
        self, role: FileService, client: Client, case: CaseRecord, journal: Journal, memory: Memory | None = None
    ) -> None:
        super().__init__(role)
        self.case = case
        self.client = client
        self.places = Places(role, self._document, memory)
        self._journal = journal
        self._kept: dict[str, tuple[Entry, RemoteFile]] = {}  # by the address of its deletion
        self._works = False
        self._lets_us_in = False
        self.shown_damages: set[str] = set()  # the kinds of damage of which this case has shown the smallest file

    # ----------------------------------------------------------------- files

    def new_file(self, end: str = ".bin") -> RemoteFile:
        """A file that is not there yet, under a new name that ends so."""
        return RemoteFile(self, self.places.new_name(end))

    @property
    def _plain(self) -> bytes:
        """A plain file; where its name is its digest, one that nobody else has."""
        return PLAIN + self.places.run.encode() if self.role.names == "digest" else PLAIN

    @cached_property
    def file(self) -> RemoteFile:
        """The one file of tests that need no more."""
        return self.new_file()

    def file_of(self, identifier: str) -> RemoteFile:
        """The file that the service knows by an id."""
        return RemoteFile(self, identifier)

    def any_file(self) -> RemoteFile:
        """The file of the test, for bytes that need not overwrite others; where names are digests, a new one."""
        return self.new_file() if self.role.names == "digest" else self.file

    def named(self, name: str) -> RemoteFile:
        """A new file whose name holds this text. Raises NotTested where names are restricted."""
        if self.role.names != "any":
            raise lacking(self.role, "names_of_any_text")
        file = self.new_file(f"-{name}" if name.startswith(".") else name)
        if name.startswith(RAW):
            return RemoteFile(self, file.name, file.segment.replace("%2B", "+"))
        length = next((size for start, size in LENGTHS_OF_NAMES.items() if name.startswith(start)), len(file.name))
        return RemoteFile(self, file.name[: length - 4] + file.name[-4:]) if length < len(file.name) else file

    def missing_file(self, which: str) -> RemoteFile:
        """A file that is not there: `never` was, or is `deleted`."""
        file = self.new_file(".bin" if which == "deleted" else ".pdf")
        if which == "deleted":
            file.put(PLAIN).succeeds("the upload")
            file.delete().succeeds("the deletion")
        return file

    @cached_property
    def hides_what_is_missing(self) -> bool:
        """Whether a file that never was is answered 403, as where the caller may not list what there is."""
        return self.new_file().get().status == 403

    def twin_of(self, file: RemoteFile) -> RemoteFile:
        """Another file, whose name is what is left of the first name where names are mangled."""
        return RemoteFile(self, mangled(file.name))

    def file_that_begins_like(self, file: RemoteFile) -> RemoteFile:
        """Another file, whose name begins with that of a file where the service lets the caller choose."""
        is_ours = self.role.names in ("any", "plain")
        return RemoteFile(self, f"{file.name}.bin") if is_ours else self.new_file()

    def detour_to(self, file: RemoteFile, turn: str) -> RemoteFile:
        """A name that is the file's own for whoever takes encoded slashes for slashes. It is below the prefix.

        Args:
            file: the file.
            turn: how the path turns back, such as `%2F..%2F`.
        """
        segment = f"{quote(self.places.new_name('dir'), safe='')}{turn}{quote(file.name, safe='')}"
        return RemoteFile(self, f"with the path {segment}", segment)

    def works(self) -> None:
        """A plain file comes back as it was put: asked once a case.

        Raises:
            Inconclusive: it does not.
        """
        if not self._works:
            upload = self.new_file().put(self._plain)
            flaw = upload.flaw or upload.file.get(upload.content).flaw
            self.case.control(flaw, "a plain file that is put and got", role="file_service")
            self._works = True
        self.case.controlled = True

    def lets_us_in(self) -> None:
        """A plain file is taken, and asking for it is not refused, whatever comes back: asked once a case.

        Raises:
            Inconclusive: the credentials do not do, or the service takes no file at all.
        """
        if not self._lets_us_in:
            upload = self.new_file().put(self._plain)
            self.case.control(upload.flaw, "a plain file that is put", role="file_service")
            download = upload.file.get()
            status = download.status
            flaw = f"GET is answered {status}" if status in (401, 403) else None
            self.case.control(flaw, "to ask for a plain file that was put", role="file_service")
            self._lets_us_in = True
        self.case.controlled = True

    def put_at_once(self, contents: Sequence[Content]) -> list[Upload]:
        """Store files under new names, all at the same time: none ends before half of each is sent."""
        half_sent = threading.Barrier(len(contents), timeout=_TOGETHER)

        def put(file: RemoteFile, content: Content) -> Upload:
            upload = file.put(content.in_two_halves(lambda: _wait_for(half_sent)))
            return replace(upload, content=content)

        with ThreadPoolExecutor(len(contents)) as pool:
            return list(pool.map(put, (self.new_file() for _ in contents), contents))

    def create(self, data: bytes, access: Access | None = None) -> Created:
        """Store a file under an id that the service makes, with the caller's own credentials or others."""
        url = self.places.create_url
        what = f"a file of {len(data)} bytes that was posted to {url}"
        ends = "by hand: look for it and delete it, for the service made its name, and did not say it"
        entry = self._journal.will_create(self.client.requirement, self.client.target, what, ends=ends)
        headers = (("Content-Type", self.role.media_type), ("Accept", "application/json"))
        request = Request("POST", url, headers, content=Content.of(data))
        created = Created(self, self._storing(entry, request, access=access, retry=access is None), data)
        if _is_refusal(created.exchange.status):
            self._journal.undone(entry)
        elif created.id:
            file = RemoteFile(self, addressable(created.id, "the new file"))
            self._journal.found(entry, f"the file {created.id}", **self._end_of(file))
            self._kept[file.url("delete")] = entry, file
        self.settle()
        return created

    @property
    def document(self) -> Document:
        """The OpenAPI document, with what can be claimed about it."""
        return Document(self.case, self.places)

    @cached_property
    def contract(self) -> Contract:
        """The OpenAPI document, for requests that are made from it."""
        from conformance.suites.binary_files.contract import Contract  # loads a large library

        return Contract(self)

    # -------------------------------------------------------------- requests

    def send(
        self,
        request: Request,
        *,
        access: Access | None = None,
        into: Received | None = None,
        retry: bool = True,
    ) -> Exchange:
        """Send a request with credentials, follow redirects of the same origin, and keep the exchange.

        Args:
            request: without credentials.
            access: the credentials; the target file's own if left out.
            into: takes the body of a 2xx answer.
            retry: whether 429 is waited for: only where no refusal is expected.
        """
        own = access is None
        if own and not self.role.access.is_anonymous:
            self.case.account.may_be_shown()
        exchange = self.client.send(self._identified(request, access), retry=retry, into=into)
        if own:  # strangers are led to a login page, which is not their file
            exchange = self.client.follow_all(exchange, into=into)
        if own and not self.role.access.is_anonymous:
            self.case.account.was_answered(exchange)
        self.case.exchanges.append(exchange)
        return exchange

    def settle(self) -> None:
        """Wait until a change is seen, as long as the target file says."""
        if self.role.consistency_seconds:
            time.sleep(self.role.consistency_seconds)

    def strangers(self) -> Iterator[tuple[str, Access]]:
        """Callers who are nobody, and who show wrong credentials. Raises NotTested where everybody is let in."""
        access = self.role.access
        if access.is_anonymous:
            raise lacking(self.role, "credentials")
        yield "no credentials", FileAccess()
        yield from wrong_credentials(access)

    def lets_nothing_change(self, who: str, access: Access) -> None:
        """A caller without access can neither store, nor overwrite, nor delete a file.

        Args:
            who: the caller, as messages call them.
            access: their credentials.
        """
        file, new = self.new_file(), self.new_file()
        file.put(b"mine").succeeds("the upload")
        self.case.judge_all(
            creation=lambda: new.put(b"theirs", access=access, retry=False).keeps_out(who),
            created=lambda: new.get().says_that_it_is_gone(f"that was put with {who}"),
            overwrite=lambda: file.put(b"theirs", access=access, retry=False).keeps_out(who),
            **{"deletion": lambda: file.delete(access=access).keeps_out(who)} if self.tries_deletions() else {},
            **{"posting": lambda: self.create(b"theirs", access).keeps_out(who)} if self.role.posts else {},
            file=lambda: file.get(b"mine").is_the_file("the file as it was before"),
        )

    def tries_deletions(self) -> bool:
        """Whether a case tries deletions: not where the target file says that there are none, which the report has."""
        denial = self.role.denial_of("deletion")
        if denial is not None:
            self.case.claims["deletion"] = denial[1]
        return denial is None

    # -------------------------------------------------------------- clean-up

    def store(
        self, file: RemoteFile, request: Request, *, access: Access | None = None, retry: bool = True
    ) -> Exchange:
        """Send what stores a file, as `send` does. The journal knows of it before, and of the answer afterwards."""
        url = file.url("delete")
        if url in self._kept:
            self._journal.will_create_again(self._kept[url][0])
        else:
            what, ends = f"the file {file.name}", self._end_of(file)
            entry = self._journal.will_create(self.client.requirement, self.client.target, what, **ends)
            self._kept[url] = entry, file
        entry = self._kept[url][0]
        if (begin := self.role.begin) is not None:
            begun = self._storing(entry, first_step(begin, file), access=access, retry=retry)
            if not 200 <= begun.status < 300:
                return begun
            request = replace(request, url=address_in(begin, begun, file))
            if not is_same_origin(request.url, begun.request.url):
                access = FileAccess()  # a signed address of another host: credentials go to the service alone
        return self._storing(entry, request, access=access, retry=retry)

    def _storing(self, entry: Entry, request: Request, *, access: Access | None = None, retry: bool = True) -> Exchange:
        try:
            exchange = self.send(request, access=access, retry=retry)
        except (Throttled, NotTested):  # an overload, or nothing was sent
            self._journal.refused(entry)
            raise
        if _is_refusal(exchange.status):
            self._journal.refused(entry)
        else:
            self._journal.heard(entry, exchange.status)
        return exchange

    def close(self) -> None:
        """Remove every file that was stored. What cannot be removed stays in the journal."""
        for url, (entry, file) in list(self._kept.items()):
            state = self._journal.state_of(entry)
            was_not_let_in = state == "refused" and self.case.account.refused  # to ask again would show them again
            if not self.role.deletes and state != "refused":
                continue  # it stays, as its entry says
            if was_not_let_in or not self.role.deletes or not self.remove(file, state):
                self._journal.undone(entry)
                del self._kept[url]
            elif self.client.exchanges[-1].response is None:
                break  # to go on would help nobody

    def remove(self, file: RemoteFile, state: State) -> str:
        """Delete a file, which is no evidence of anything.

        Args:
            file: the file, which may not be there.
            state: what is known of it.

        Returns:
            Why it is still there, as far as can be seen; empty once it is gone.
        """
        deletion = self._asked("DELETE", file.url("delete"))
        if 200 <= deletion.status < 300 or deletion.status in GONE:
            return ""
        seen = self._asked("GET", file.url("download")).status
        if seen in GONE or (state == "refused" and _is_refusal(seen)) or (state != "stored" and seen == 400):
            return ""
        if state == "stored" and "%" in file.segment:
            # A service that stores a name as it stands in the path may take it only with its percent signs encoded.
            for segment in dict.fromkeys((file.segment, normalised(file.segment))):
                as_it_stands = RemoteFile(self, segment, quote(segment, safe=""))
                if 200 <= self._asked("DELETE", as_it_stands.url("delete")).status < 300:
                    return ""
        return deletion.problem or f"the target answered {deletion.status}"

    def _asked(self, method: str, url: str) -> Exchange:
        return self.client.follow_all(self.client.send(self._identified(Request(method, url)), retry=True))

    # --------------------------------------------------------------- details

    def _end_of(self, file: RemoteFile) -> End:
        """How a file ends: by the call that removes it, or by hand where the service has none."""
        if not self.role.deletes:
            return {"ends": f"by hand: {self.role.name}.absent says that there is no deletion of files"}
        return {"undo": _deletion(file), "kind": FILE, "key": file.segment}

    def _identified(self, request: Request, access: Access | None = None) -> Request:
        """A request with credentials: the target file's own if none are given."""
        proof = self._proof if access is None else credentials.carrying(self.client.send, access)
        return identified(request, self.role, access or self.role.access, proof)

    @cached_property
    def _proof(self) -> Headers:
        with self.case.account.fetching():
            return credentials.authorization(self.client.send, self.client.target, "file_service")

    def _document(self, url: str) -> str:
        ours = is_same_origin(url, self.role.address)  # credentials go to the service alone
        exchange = self.send(Request("GET", url), access=None if ours else Access())
        answer = answer_to(exchange)
        if answer.status != 200:
            raise Inconclusive(f"the OpenAPI document cannot be read: its address answers {answer.status}")
        return answer.text


def _wait_for(others: threading.Barrier) -> None:
    """Wait until all are here, unless the service serves one after the other."""
    with suppress(threading.BrokenBarrierError):
        others.wait()


def _is_refusal(status: int) -> bool:
    """Whether nothing is stored: a redirect that is not followed leads to a login, or to another host."""
    return 300 <= status < 500


def _deletion(file: RemoteFile) -> Undo:
    return Undo("DELETE", file.url("delete"), "file_service")
