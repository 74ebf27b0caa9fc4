"""Stage, rotate, delete: each noted before it happens, and undone in the end."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from conformance.http.exchange import Exchange, Headers, Request
from conformance.http.whole_answer import answer_to
from conformance.judging.applicability import lacking
from conformance.judging.journal import Undo
from conformance.judging.matchers import CaseRecord
from conformance.rules import staged_credentials as rules
from conformance.rules.outcome import Inconclusive, NotTested, Stopped, Throttled
from conformance.rules.staged_credentials import EXPIRED, Pair, Staged
from conformance.suites.rotation_lifecycle.answers import Answer
from conformance.suites.rotation_lifecycle.calls import JSON, Memory
from conformance.suites.rotation_lifecycle.names import Place
from conformance.suites.rotation_lifecycle.pairs import Pairs
from conformance.suites.rotation_lifecycle.staging import deliver, empty

if TYPE_CHECKING:
    from conformance.config.roles import StagedCredentials
    from conformance.http.client import Client
    from conformance.http.credentials import Tokens
    from conformance.judging.journal import Entry, Journal

ROTATE = b'{"command": "rotate"}'
STAGED_CREDENTIALS = "staged_credentials"
"""The role, and the kind of entries in the journal."""

_LIFETIME = timedelta(days=30)

BODIES = (b"{}", b"")
"""What stages a pair, by the clients that were seen and by the documentation."""


class Cycle(Pairs):
    """Pairs, and what changes them.

    Args:
        role: what the target file says about the credentials.
        client: the recording client.
        case: the case's record.
        memory: what is known about the target.
        tokens: those that callers may use again.
        journal: where a pair is noted before it is staged.
    """

    def __init__(
        self,
        role: StagedCredentials,
        client: Client,
        case: CaseRecord,
        memory: Memory,
        tokens: Tokens,
        journal: Journal,
    ) -> None:
        super().__init__(role, client, case, memory, tokens)
        self._journal = journal
        self._entries: list[Entry] = []
        self._is_vacant = False
        self._has_deleted = False
        self._may_have_rotated = False

    # ------------------------------------------------------------------ stage

    def has_staged(self, pair: Pair) -> bool:
        """Whether a pair was staged by this run."""
        return pair in self._memory.staged.values()

    def stage(self) -> Staged:
        """A newly staged pair. Raises Inconclusive where none can be staged."""
        return self.shown_in(self.staging())

    def staging(self) -> Answer:
        """The answer to staging a pair in whichever form works. Raises Inconclusive where none does."""
        problem = ""
        for body in BODIES:
            answer = self.post(body)
            if answer.exchange.response is not None and answer.succeeded:
                return answer.works("staging a pair")
            problem = answer.exchange.problem or rules.is_not_successful(answer.response) or ""
        main = self.read_main_pair()
        if any(one.shows(main) for one in self.listed()):
            problem += "; the staged place shows the main pair, which is never deleted"
        raise Inconclusive(f"no pair could be staged: {problem}")

    def shown_in(self, answer: Answer) -> Staged:
        """The staged pair that an answer shows. Raises Inconclusive where it shows none with id, key and secret."""
        for one in answer.staged:
            if one.has_pair and one.id:
                return one
        raise Inconclusive("the answer shows no staged pair with id, key and secret")

    def post(self, body: bytes) -> Answer:
        """POST to the staged credentials."""
        url, headers = self.place.staged_url, (JSON,) if body else ()
        [answer] = self.staging_by(lambda: [self.call("POST", url, body, headers)])
        return answer

    def stage_at_once(self, count: int) -> list[Staged]:
        """The pairs that were staged by several requests in parallel. Raises Inconclusive where there is none."""
        url, token = self.place.staged_url, self.token_of(self.role.token)
        for body in BODIES:
            call = partial(self.call, "POST", url, body, (JSON,), as_=token)
            answers = self.staging_by(partial(self._in_parallel, count, call))
            if found := [self.shown_in(answer) for answer in answers if answer.succeeded]:
                return found
        raise Inconclusive("no pair could be staged by requests in parallel")

    def staging_by(self, calls: Callable[[], Sequence[Answer]]) -> Sequence[Answer]:
        """The answers to calls that may stage a pair, in a place which is free. The journal knows of it before.

        Raises:
            NotTested: nothing may be staged on this target.
            Inconclusive: somebody else's pair stands there.
        """
        self.must_be_disposable()
        self._vacate()
        entry = self.note_a_pair(self.place, Undo("DELETE", self.place.staged_url, STAGED_CREDENTIALS))
        self._entries.append(entry)
        self._memory.let_in_since.clear()
        try:
            answers = calls()
        except Throttled:
            self._journal.refused(entry)
            raise
        self._journal.heard(entry, *(answer.exchange.status for answer in answers))
        for one in (one for answer in answers if not answer.exchange.problem for one in answer.staged):
            if one.id and one.has_pair:
                self._memory.staged[one.id] = one.pair
        shown = [one.id for answer in answers if not answer.exchange.problem for one in answer.staged if one.id]
        if len(shown) == 1:
            undo = Undo("DELETE", self.place.one(shown[0]), STAGED_CREDENTIALS)
            self._journal.found(entry, f"{entry.what}, {shown[0]}", undo=undo, kind=STAGED_CREDENTIALS)
        return answers

    def must_be_disposable(self) -> None:
        """Raise NotTested where nothing may be staged on this target."""
        if not self._client.target.capabilities.disposable:
            raise lacking(self.role, "staging")

    def note_a_pair(self, place: Place, undo: Undo | None = None) -> Entry:
        """Write into the journal that a pair may be staged."""
        what = f"a staged pair of the consumer {place.consumer}"
        requirement, target = self._client.requirement, self._client.target
        kind = STAGED_CREDENTIALS if undo is not None else ""
        ends = "after 30 days"
        return self._journal.will_create(requirement, target, what, undo=undo, ends=ends, kind=kind, lasts=_LIFETIME)

    def _vacate(self) -> None:
        if self._is_vacant:
            return
        taken = [one for one in self.listed() if one.state != EXPIRED]
        if taken and not all(one.shows(self._main or self.read_main_pair()) for one in taken):
            raise Inconclusive(
                "the staged place is taken by a pair that this test has not staged; nobody's own rotation is disturbed",
                "a consumer without staged credentials",
            )
        self._is_vacant = True

    def listed(self) -> list[Staged]:
        """What stands in the staged place. Raises Inconclusive where that cannot be read."""
        answer = self.get(self.place.staged_url)
        if flaw := rules.is_not_successful(answer.response):
            raise Inconclusive(f"the staged credentials cannot be listed: {flaw}")
        return answer.staged

    # ----------------------------------------------------------------- rotate

    def rotate(self, staged: Staged) -> None:
        """Rotate. Raises Inconclusive where that does not work."""
        self.patch(staged).works("the rotation")

    def patch(self, staged: Staged, body: bytes = ROTATE, headers: Headers = ()) -> Answer:
        """PATCH a staged credential."""
        main = self.expect_rotation(staged)
        answer = self.call("PATCH", self.place.one(staged.id), body, (JSON, *headers))
        if answer.exchange.response is not None and 400 <= answer.response.status < 500:
            self._main = main  # or it is the staged pair, which was delivered beside it
        return answer

    def rotate_at_once(self, staged: Staged, count: int) -> None:
        """Rotate by several requests in parallel. Raises Inconclusive where none works."""
        self.expect_rotation(staged)
        url, token = self.place.one(staged.id), self.token_of(self.role.token)
        answers = self._in_parallel(count, partial(self.call, "PATCH", url, ROTATE, (JSON,), as_=token))
        if not any(answer.succeeded for answer in answers):
            raise Inconclusive("none of the rotations in parallel worked")

    def expect_rotation(self, staged: Staged) -> Pair | None:
        """Deliver a staged pair to the file that the target names: from now on it may be the main one.

        Returns:
            The main pair before the rotation, as far as it is known.

        Raises:
            NotTested: the target names no file, or it cannot be written.
        """
        self._may_have_rotated = True
        self._memory.let_in_since.clear()
        main = self._main
        if self._client.target.source:
            main = main or self.read_main_pair()
            self._deliver(main, staged.pair)
        self._main = None
        return main

    # ----------------------------------------------------------------- delete

    def delete(self, staged: Staged, headers: Headers = ()) -> Answer:
        """DELETE a staged credential."""
        answer = self.call("DELETE", self.place.one(staged.id), b"", headers)
        self._has_deleted |= answer.exchange.response is not None and answer.succeeded
        return answer

    def stage_and_delete(self, count: int) -> list[Pair]:
        """So many pairs, each staged and deleted before the next one."""
        pairs = []
        for _ in range(count):
            staged = self.stage()
            self.delete(staged).works("the deletion")
            pairs.append(staged.pair)
        return pairs

    # ------------------------------------------------------------------- time

    @property
    def has_a_clock(self) -> bool:
        """Whether the target's time can be moved."""
        return self._client.target.capabilities.clock is not None

    def advance_clock(self, days: int) -> None:
        """Let days pass. Raises NotTested where the target has no test clock."""
        clock = self._client.target.capabilities.clock
        if clock is None:
            raise lacking(self.role, "clock")
        body = json.dumps({"advance_seconds": days * 86_400}).encode()
        status = answer_to(self._client.send(Request("POST", clock, (JSON,), body), retry=True)).status
        if status >= 300:
            raise Inconclusive(f"the test clock answered {status}")
        self._tokens.clear()
        self._memory.let_in_since.clear()
        self._memory.day += days

    # --------------------------------------------------------------- clean-up

    def close(self) -> None:
        """Leave the staged place empty, and the main pair where the target wants it.

        What cannot be done stays in the journal, and nothing is said against the requirement.
        """
        with suppress(Stopped):
            if self._may_have_rotated or self._entries:
                self.tidy()

    def begin_afresh(self) -> Pair:
        """Undo what this test has done so far, for an example of its own.

        Returns:
            The main pair, which works.

        Raises:
            Stopped: it cannot be undone, or the main pair does not work.
        """
        self.case.begin_example()
        main = self.tidy() if self._entries else None
        if main is None:
            return self.main_pair()
        self.case.control(None, "the main pair")
        return main

    def tidy(self) -> Pair | None:
        """Empty the staged place, and see that the main pair works.

        Returns:
            The main pair, where it was let in just now.

        Raises:
            Stopped: the place cannot be emptied.
        """
        main = self._empty()
        if not self._may_have_rotated:
            self._is_settled()
        works = self.authenticates(main)
        if not works and self._has_deleted and main in self._memory.let_in_since:
            self._memory.ended_by_deletion = main
        if not works and self._may_deliver:
            # A target that has lost its main pair gets a new one, so that its users and the next test are let in.
            self.rotate(self.stage())
            main = self._empty()
        if self._may_have_rotated and self._client.target.source:
            self._deliver(main)
        self._is_settled()
        return main if works else None

    # ---------------------------------------------------------------- details

    def _empty(self) -> Pair:
        self._main = empty(self._of_the_administrator, self.place, self._memory.staged)
        return self._main

    @property
    def _may_deliver(self) -> bool:
        return self.role.deliver_to is not None or not self._client.target.source

    def _is_settled(self) -> None:
        while self._entries:
            self._journal.undone(self._entries.pop())

    def _of_the_administrator(self, method: str, url: str) -> Exchange:
        self._has_deleted |= method == "DELETE"
        return self.call(method, url, retry=True).exchange

    def _deliver(self, main: Pair, coming: Pair | None = None) -> None:
        if self.role.deliver_to is None:
            raise lacking(self.role, "delivery", "the app gets a new main pair, and nothing says where it goes")
        try:
            deliver(self.role.deliver_to, self.place, main, coming)
        except OSError as error:
            line = "staged_credentials.deliver_to: file:main-pair.json, in a folder that can be written to"
            raise NotTested(f"{self.role.deliver_to} cannot be written: {error.strerror}", line) from None

    def _in_parallel(self, count: int, call: Callable[[], Answer]) -> list[Answer]:
        with ThreadPoolExecutor(count) as pool:
            return [future.result() for future in [pool.submit(call) for _ in range(count)]]
