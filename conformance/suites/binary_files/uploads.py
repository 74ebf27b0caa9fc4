"""The answers to uploads. Whether a file was stored, its download tells."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from conformance.http.streamed_body import KEPT, Content
from conformance.rules import file_answer
from conformance.rules.outcome import Inconclusive
from conformance.rules.round_trip import Damage, smallest
from conformance.suites.binary_files.answers import Download, Reply, Store

if TYPE_CHECKING:
    from conformance.suites.binary_files.framing import Framing


class File(Protocol):
    """A file of the service."""

    def put(self, data: bytes) -> Upload:
        """Store bytes in it."""

    def get(self, expected: Content | bytes | None = None) -> Download:
        """Get it, and compare it with what is expected."""


class Files(Store, Protocol):
    """A file service, as far as the answers to uploads have to know it.

    Attributes:
        shown_damages: the kinds of damage of which this case has shown the smallest file.
    """

    shown_damages: set[str]

    def file_of(self, identifier: str) -> File:
        """The file that has an id."""


@dataclass(frozen=True, slots=True)
class Upload(Reply):
    """The answer to a PUT."""

    store: Files
    file: File
    content: Content

    @property
    def flaw(self) -> str | None:
        """Why the file was not taken; None if it was."""
        return file_answer.is_not_successful(self.response)

    @property
    def is_taken(self) -> bool:
        """Whether the answer says that the file is stored."""
        return self.flaw is None

    def is_answered(self, statuses: Collection[int], what: str) -> None:
        """The file was taken, with one of these status codes. Raises Inconclusive where it was not."""
        self.succeeds("the upload")
        flaw = None if self.status in statuses else f"the answer has status {self.status}"
        self._judge(flaw, f"{' or '.join(map(str, statuses))} for {what}", "tells-new-from-old")

    def is_stored(self, why: str) -> None:
        """The answer is no refusal, and why it may be none."""
        self._judge(self.flaw, f"that the file is stored: {why}", "stored")

    def is_not_taken(self, what: str) -> None:
        """The answer is no success; the connection may have been closed without one."""
        self.store.case.needs_its_control()
        status = self.exchange.status
        flaw = f"the answer has status {status}" if 200 <= status < 300 else None
        self._judge(flaw, f"a refusal of {what}", "not-taken")

    def is_understood_or_not_taken(self, framing: Framing, old: bytes) -> None:
        """What the body means is stored, where it means a file; everything else leaves the old one."""
        if framing.means is not None and 200 <= self.exchange.status < 300:
            self.comes_back()
            return
        self.is_not_taken(str(framing))
        self.file_is(old)

    @property
    def is_refused_as_unfit(self) -> bool:
        """Whether the file is refused because it is not what its name says (RFC 9110, section 9.3.4)."""
        return self.status in (400, 409, 415, 422)

    def comes_back_if_taken(self) -> None:
        """The file comes back, unless it was refused: which files a service takes is another question."""
        if self.is_taken:
            self.comes_back()
        else:
            self.store.case.note(f"refused with {self.status}")

    def comes_back(self) -> None:
        """The file was taken, and GET brings it back byte for byte; if not, the smallest file that shows it is told."""
        if (refused := self.flaw) is not None:
            self._judge(f"the upload is refused: {refused}", "that it is stored", "stored")
        download = self.file.get(self.content)
        flaw = download.flaw
        if flaw and download.damage and not download.exchange.problem:
            flaw = f"{flaw}; {self._smallest(download.damage)}"
        self.store.case.judge(flaw, "the file that was put", "same-file", self.exchange, download.exchange)

    def is_stored_or_refused(self, old: bytes | None) -> None:
        """A refusal (4xx, or 501) leaves the old file, or none; an acceptance stores the new one."""
        if 400 <= self.status < 500 or self.status == 501:
            self.store.case.note(f"refused with {self.status}")
            self.file_is(old)
            return
        self.comes_back()

    def is_kept_apart_or_refused(self) -> None:
        """A refusal keeps nothing under this name; an acceptance stores the file."""
        if self.is_taken:
            self.comes_back()
        else:
            self.store.case.note(f"refused with {self.status}")
            self.file.get().is_not(b"".join(self.content))

    def file_is(self, old: bytes | None) -> None:
        """The file is as it was before; None for not there."""
        if old is None:
            self.file.get().says_that_it_is_gone("that was to be refused")
        else:
            self.file.get(old).is_the_file("the file as it was before")

    def _smallest(self, seen: Damage) -> str:
        if self.content.size > 4 * KEPT or seen.kind in self.store.shown_damages:
            return f"the file has {self.content.size} bytes"
        self.store.shown_damages.add(seen.kind)
        data = b"".join(self.content)

        def shows(candidate: bytes) -> bool:
            upload = self.file.put(candidate)
            if upload.exchange.response is None or not upload.is_taken:
                return False
            found = self.file.get(candidate)
            return found.exchange.problem == "" and found.damage is not None and found.damage.kind == seen.kind

        least = smallest(data, shows)
        quoted = least[:24].hex(" ") + (" …" if len(least) > 24 else "")
        return f"the smallest file that shows it has {len(least)} bytes" + (f": {quoted}" if least else "")


@dataclass(frozen=True, slots=True)
class Created(Reply):
    """The answer to a POST that stores a file."""

    store: Files
    data: bytes

    @property
    def id(self) -> str | None:
        """The id of the file, as the answer's body gives it; None where there is none."""
        create = self.store.role.create
        return file_answer.id_in(self.exchange.response, create.id if create else "/id")

    def comes_back(self) -> None:
        """The body of the answer gives an id under which GET brings the file back."""
        if (refused := file_answer.is_not_successful(self.response)) is not None:
            raise Inconclusive(f"the POST is refused: {refused}")
        self._judge(None if self.id else "the answer's body holds no id", "the id of the new file in the body", "id")
        self.store.file_of(self.id or "").get(self.data).is_the_file("the file that was posted")
