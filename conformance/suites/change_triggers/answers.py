"""The answers of a business system, with what a suite can claim about them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from conformance.documents import exact_json
from conformance.http.exchange import Exchange, Response
from conformance.http.whole_answer import answer_to
from conformance.judging.matchers import CaseRecord
from conformance.rules import challenge, overload
from conformance.rules.flaw import Flaw, FlawOfKind
from conformance.rules.outcome import Inconclusive

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conformance.rules.change_feed import Item

_NOTHING = (b"", b"null")
_ERRORS = ("error", "errors", "fault")


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer to one request. A claim that does not hold raises NonConformant."""

    case: CaseRecord
    exchange: Exchange

    @property
    def response(self) -> Response:
        """The whole answer. Raises Inconclusive where none came."""
        return answer_to(self.exchange)

    @property
    def status(self) -> int:
        """The status code."""
        return self.response.status

    @property
    def succeeded(self) -> bool:
        """Whether the status says so."""
        return 200 <= self.status < 300

    @property
    def content(self) -> Any:
        """The JSON of the answer, every number exact; None where it has none."""
        try:
            return exact_json.read(self.response.body)
        except ValueError:
            return None

    def works(self, what: str) -> Reply:
        """Use this answer as a control.

        Raises:
            Inconclusive: it is no success, so nothing that follows would prove anything.
        """
        flaw = None if self.succeeded else f"it is answered {self.status}"
        self.case.control(flaw, what, self.exchange, "business_system")
        return self

    def is_accepted(self, what: str) -> None:
        """The system does what it was asked for."""
        flaw = None if self.succeeded else f"{what} is answered {self.status}"
        self._judge(flaw, "status 2xx", "accepted")

    def is_json(self, what: str) -> None:
        """The answer can be read."""
        self._judge(self.unreadable(what), "JSON, and all of it", "json")

    def unreadable(self, what: str) -> Flaw | None:
        """None unless the answer has a body that is no JSON, such as a page or half a list."""
        is_read = self.content is not None or self.response.body.strip() in _NOTHING
        return None if is_read else f"{what} is answered {self.status} with what is not JSON"

    def names_no_error(self, what: str) -> None:
        """A success is none by its status alone."""
        content = self.content if isinstance(self.content, dict) else {}
        found = next((name for name in _ERRORS if content.get(name)), None)
        flaw = f"{what} is answered {self.status}, with {found} in it" if found else None
        self._judge(flaw, "no error in a success", "no-error")

    def is_refused(self, what: str, statuses: Sequence[int] = (), *, is_empty: bool = False) -> None:
        """The system refuses. Its control worked before.

        Args:
            what: what has to be refused, as a clause without a verb.
            statuses: the allowed status codes, where a source names them.
            is_empty: whether the answer lists nothing where there is something.
        """
        self.case.needs_its_control()
        fits = self.status in statuses if statuses else 400 <= self.status < 500
        named = f"status {' or '.join(map(str, statuses))}" if statuses else "a refusal with a 4xx"
        kind = "server-error" if self.status >= 500 else "accepted" if self.succeeded else "status"
        told = f"{what} is answered {self.status}"
        flaw = (
            FlawOfKind("empty", f"{told} and lists nothing") if is_empty and self.succeeded else FlawOfKind(kind, told)
        )
        self._judge(None if fits else flaw, named, "refused")

    def challenges(self) -> None:
        """A 401 names a scheme to authenticate with."""
        flaw = challenge.has_no_challenge(self.response)
        self._judge(flaw, "a challenge that names a scheme of authentication", "challenge")

    def says_why(self) -> None:
        """The refusal says in its body what was wrong."""
        self.case.needs_its_control()
        if not 400 <= self.status < 500:
            raise Inconclusive(f"the invalid record is answered {self.status}, so there is no refusal to read")
        said = self.response.text.strip()
        flaw = None if len(said) > 2 and said not in ("null", '""') else "the refusal has no body"
        self._judge(flaw, "a reason in the body of the refusal", "says-why")

    def says_when_to_come_again(self) -> None:
        """The refusal of an overloaded system names a time."""
        flaw = overload.names_no_time(self.response.header("retry-after"))
        self._judge(flaw, "Retry-After with seconds or a date", "retry-after")

    def _judge(self, flaw: Flaw | None, expected: str, judgement: str) -> None:
        self.case.judge(flaw, expected, judgement, self.exchange)


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a poll.

    Attributes:
        items: its records.
        exchange: how it was got.
        mark: the mark that it gives; None where it gives none.
    """

    items: tuple[Item, ...]
    exchange: Exchange
    mark: str | None
