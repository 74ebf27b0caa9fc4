"""The answers of a file service, with what a suite can claim about them.

A claim that does not hold raises NonConformant.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Protocol

from conformance.config.roles import FileService
from conformance.http.exchange import Exchange, Response
from conformance.http.streamed_body import Content, Received
from conformance.http.whole_answer import answer_to
from conformance.judging.applicability import lacking
from conformance.rules import content_disposition, file_answer
from conformance.rules.outcome import Inconclusive
from conformance.rules.round_trip import WRAPPINGS, Damage, Side, damage
from conformance.suites.subject import Subject

GONE = (404, 410)

_NO_LENGTH = "416 comes without Content-Range, which says how long the file is"


class Store(Subject[FileService], Protocol):
    """A file service, as far as its answers have to know it."""

    @property
    def hides_what_is_missing(self) -> bool:
        """Whether a file that never was is answered 403, as where the caller may not list what there is."""


@dataclass(frozen=True, slots=True)
class Reply:
    """Any answer."""

    store: Store
    exchange: Exchange

    @property
    def response(self) -> Response:
        """The whole answer. Raises Inconclusive where none came."""
        return answer_to(self.exchange)

    @property
    def head(self) -> Response:
        """The head of the answer, whatever becomes of its body. Raises Inconclusive where none came."""
        return self.exchange.response if self.exchange.response is not None else self.response

    @property
    def status(self) -> int:
        """The status code, whatever becomes of the body. Raises Inconclusive where none came."""
        return self.head.status

    def succeeds(self, what: str) -> None:
        """The answer is 2xx. Raises Inconclusive where it is not: what follows would prove nothing."""
        self.store.case.control(file_answer.is_not_successful(self.response), what, self.exchange)

    def says_that_it_is_gone(self, why: str = "that is not there") -> None:
        """The answer is 404 or 410, whatever becomes of its body, or 403 where a file that never was has that.

        Args:
            why: why there is no file, as a clause after `a file`.
        """
        if self.exchange.request.method == "HEAD" and self.status in (405, 501):
            self.store.case.note(f"HEAD is answered {self.status} and so says nothing of any file; see BIN-13")
            return
        is_gone = self.status in GONE or (self.status == 403 and self.store.hides_what_is_missing)
        flaw = None if is_gone else f"{self.exchange.request.method} is answered {self.status}"
        self._judge(flaw, f"404 or 410 for a file {why}", "gone")

    def is_refused(self, statuses: Collection[int], why: str) -> None:
        """The answer has one of these status codes. Its control worked before."""
        self.store.case.needs_its_control()
        flaw = None if self.status in statuses else f"the answer has status {self.status}"
        self._judge(flaw, f"a refusal with {' or '.join(map(str, statuses))} for {why}", "refused")

    def keeps_out(self, who: str) -> None:
        """The answer is a refusal with any 4xx, or leads to a login. Its control worked before.

        Some services call credentials that they cannot read a bad request, and some hide with 404 that there is a file.
        """
        self.store.case.needs_its_control()
        flaw = None if 300 <= self.status < 500 else f"the answer has status {self.status}"
        self._judge(flaw, f"a refusal with 401, 403 or another 4xx for {who}", "keeps-out")

    def is_an_honest_error(self) -> None:
        """The answer is 4xx, in a form that nobody takes for the file."""
        self.store.case.needs_its_control()
        flaw = file_answer.is_not_an_honest_error(self.response)
        self._judge(flaw, "a 4xx with JSON or text, or without a body, for a missing file", "honest-error")

    def explains_itself(self) -> None:
        """The refusal says why, for people. What is not a refusal has nothing to explain, and is judged elsewhere."""
        if self.status >= 400:
            self._judge(file_answer.says_nothing(self.response), "JSON or text that says why", "explains-itself")

    def ignores_the_range(self) -> None:
        """It is no answer to a range: only GET has them (RFC 9110, section 14.2)."""
        flaw = f"HEAD with Range is answered {self.status}" if self.status in (206, 416) else None
        self._judge(flaw, "the answer to HEAD without Range", "whole-file")

    def says_what(self, download: Download) -> None:
        """The answer to HEAD says what the answer to GET says, and the length that it names is that of the file."""
        flaw = file_answer.differ(self.response, download.response, download.received.size)
        self._judge(flaw, "the same answer to HEAD as to GET", "head-like-get", download.exchange)

    def _judge(self, flaw: str | None, expected: str, judgement: str, *compared: Exchange | None) -> None:
        self.store.case.judge(flaw, expected, judgement, *compared, self.exchange)


@dataclass(frozen=True, slots=True)
class Download(Reply):
    """The answer to a GET, compared with what was expected."""

    expected: Content | None
    received: Received
    put: Exchange | None = None  # what stored the file, as far as this case did

    @property
    def damage(self) -> Damage | None:
        """What is different from what was expected; None where nothing is, or nothing was expected."""
        if self.expected is None:
            return None
        sent = Side(self.expected.size, self.expected.head)
        return damage(sent, Side(self.received.size, self.received.head), self.received.same_until)

    @property
    def flaw(self) -> str | None:
        """Why this is not the file that was expected; None if it is."""
        response = self.exchange.response
        if response is None or response.received is None:
            return file_answer.is_not_a_file(self.response)
        if self._is_much_more:
            return "much more came back than was sent"
        if self.exchange.problem:
            return f"no whole file came: {self.exchange.problem}"
        return str(self.damage) if self.damage else None

    @property
    def _is_much_more(self) -> bool:
        """Whether more came than is read of any version."""
        return self.exchange.problem.startswith("body larger")

    def is_the_file(self, expected: str = "the file that was put") -> None:
        """It is, byte for byte."""
        self._judge(self.flaw, expected, "same-file", self.put)

    def is_not(self, data: bytes) -> None:
        """It is not this file, nor an answer that holds it."""
        flaw = "it brings the bytes of another file" if data in self.received.head else None
        self._judge(flaw, "a refusal, or a file of its own", "another-file")

    def is_not_acceptable_or_the_file(self) -> None:
        """It is 406, or the file as it is, since Accept may be disregarded."""
        if self.response.status == 406:
            self._judge(None, "", "same-file")
            return
        self.is_the_file("406, or the file as it is")

    def is_raw(self) -> None:
        """The bytes come as they are."""
        flaw = file_answer.is_not_a_file(self.response)
        if flaw is None and self.damage is not None:
            if self.damage.kind not in WRAPPINGS:
                raise Inconclusive(f"another file came back: {self.damage.kind}")
            flaw = str(self.damage)
        self._judge(flaw, "raw bytes, with nothing around them", "raw", self.put)

    def has_the_type(self, media_type: str) -> None:
        """It is called what the upload called it."""
        flaw = file_answer.is_not_a_file(self.response) or file_answer.is_not_of_type(self.response, media_type)
        self._judge(flaw, f"{media_type}, as it was put", "media-type", self.put)

    def has_its_length(self, size: int) -> None:
        """The announced length is that of the file, and so many bytes come."""
        flaw = file_answer.has_a_wrong_length(self.head, self.exchange.problem, size, self.received.size)
        self._judge(flaw, f"a length of {size} and as many bytes", "length", self.put)

    def is_one_of(self, versions: Sequence[Content]) -> None:
        """It is one of the versions of the file, wholly."""
        heads = [version.head for version in versions]
        known = {version.sha256 for version in versions}
        came = None if self._is_much_more else file_answer.is_not_a_file(self.response)
        flaw = None if came or self.received.sha256 in known else file_answer.is_a_mixture(self.received, heads)
        self._judge(came or flaw, "the old file or the new one, wholly", "one-version")

    def is_the_part(self, start: int, end: int) -> None:
        """It is these bytes of the file, from `start` to before `end`, or the whole file."""
        if self.expected is None or self.response.status == 200:
            self._judge(self.flaw, "the bytes of the range, or the whole file", "part", self.put)
            return
        wanted = self.expected.head[start:end]
        flaw = file_answer.is_not_the_part(self.response, self.received.head, wanted, start, self.expected.size)
        self._judge(
            flaw, f"the bytes {start} to {end - 1} of {self.expected.size}, or the whole file", "part", self.put
        )

    def has_the_tag(self, etag: str) -> None:
        """If it is 304, its ETag is that of the file."""
        found = self.response.header("etag") or ""
        is_other = self.response.status == 304 and found.removeprefix("W/") != etag.removeprefix("W/")
        flaw = f"304 comes with the ETag {found}" if found else "304 comes without an ETag"
        self._judge(flaw if is_other else None, f"the ETag {etag}", "same-tag")

    def is_no_part(self, why: str) -> None:
        """It is the whole file."""
        flaw = "a part of the file came" if self.status == 206 else file_answer.is_not_a_file(self.head) or self.flaw
        self._judge(flaw, f"the whole file, since {why}", "whole-file", self.put)

    def is_behind_the_end(self, size: int) -> None:
        """It is 416 with the length of the file, or the whole file."""
        if self.status != 416:
            flaw = "a part of the file came, of which there is none" if self.status == 206 else self.flaw
            self._judge(flaw, "416, or the whole file", "behind-the-end", self.put)
            return
        said = (self.head.header("content-range") or "").strip().lower()
        flaw = None if said == f"bytes */{size}" else f"416 comes with Content-Range {said}" if said else _NO_LENGTH
        self._judge(flaw, f"Content-Range: bytes */{size}", "behind-the-end", self.put)

    def is_unchanged(self) -> None:
        """It is 304: the version is one that the caller has."""
        flaw = None if self.response.status == 304 else f"the answer has status {self.response.status}"
        self._judge(flaw, "304 for a version that is known", "unchanged")

    def has_the_charset(self, charset: str) -> None:
        """It is said to be in the charset that the upload named."""
        flaw = file_answer.is_not_a_file(self.response) or file_answer.is_not_of_charset(self.response, charset)
        self._judge(flaw, f"charset={charset}, as it was put", "charset", self.put)

    def is_no_page(self) -> None:
        """No browser runs it as a page: it is not called one, or browsers are told not to guess or to save it."""
        flaw = file_answer.is_not_a_file(self.response) or file_answer.may_be_run(self.response)
        self._judge(flaw, "what it was put as, or X-Content-Type-Options: nosniff", "no-page", self.put)

    def is_unchanged_or_the_file(self) -> None:
        """It is 304 without a body, or the file."""
        if self.response.status == 304:
            self._judge(None, "", "same-file")
            return
        self.is_the_file("304, or the file that was put")

    def is_named_well(self) -> None:
        """Its Content-Disposition can be read. Raises NotTested where there is none."""
        value = self.response.header("content-disposition")
        if value is None:
            why = "downloads have no Content-Disposition, so there is no name to look at"
            raise lacking(self.store.role, "content_disposition", why)
        self._judge(
            content_disposition.cannot_be_read(value),
            "a Content-Disposition that RFC 6266 allows",
            "content-disposition",
        )

    def forbids_sniffing(self) -> None:
        """It tells browsers to believe the media type."""
        found = (self.response.header("x-content-type-options") or "").strip().lower()
        flaw = None if found == "nosniff" else "X-Content-Type-Options is not nosniff"
        self._judge(flaw, "nosniff", "nosniff")
