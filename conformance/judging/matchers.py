"""Matchers: they judge an answer by a rule, keep the count, and write the failure message.

A test says what it expects; what is printed when that is not met is written here, in one way for all requirements.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from conformance.judging.account import TRIES, Account
from conformance.judging.verdict import JOINT
from conformance.redaction import VAULT
from conformance.rules.flaw import Flaw, FlawOfKind
from conformance.rules.outcome import FoundPart, Inconclusive, NonConformant, NotApplicable, Stopped, Throttled

if TYPE_CHECKING:
    from types import TracebackType

    from conformance.http.exchange import Exchange

RECENT = 4
"""How many exchanges a record keeps that no judgement has named."""

_SILENT = 2
"""After so many values in a row that got no answer, a loop over values ends: each further one may take as long."""

_NAME = 60
"""How many characters of a value make its name."""


@dataclass(slots=True)
class CaseRecord:
    """What one case has seen so far.

    Attributes:
        exchanges: the last exchanges, oldest first.
        tried: how many judgements were made.
        missed: how many of them went against the target.
        controlled: whether a control worked since the case (or its current example) began.
        notes: what was seen and is not judged, one line each: the report shows it whatever the outcome.
        claims: the values that do not apply although others do, each with the claim of the target's owner.
        account: the credentials of the role that is tried.
    """

    exchanges: deque[Exchange] = field(default_factory=lambda: deque(maxlen=RECENT))
    tried: int = 0
    missed: int = 0
    controlled: bool = False
    notes: list[str] = field(default_factory=list)
    claims: dict[str, str] = field(default_factory=dict)
    account: Account = field(default_factory=Account)
    _control: Exchange | None = None
    _open: list[Attempt[object]] = field(default_factory=list)

    def begin_example(self) -> None:
        """Forget the control of the example before: each example has its own."""
        self.exchanges.clear()
        self.controlled = False
        self._control = None

    def note(self, seen: str) -> None:
        """Have the report show what was seen, once."""
        if seen not in self.notes:
            self.notes.append(seen)

    def each[T](self, values: Iterable[T], called: Callable[[T], str] | None = None) -> Iterator[Attempt[T]]:
        """Try every value, whatever is found at one of them, and raise at the end what was found.

            for each in case.each(methods):
                with each as method:
                    server.ask(method).is_refused()

        Loops may stand inside each other. A loop ends early where the target is overloaded, gives no answer, or
        refuses the credentials.

        Args:
            values: what to try: fields, parameters, methods, grants.
            called: the name of a value in reports and waivers; a text, or the first member of a tuple, if left out.

        Raises:
            NonConformant: the target deviates at one value at least; its `parts` say at which.
            Stopped: it deviates at none, and at one at least there was nothing to judge.
        """
        attempts: list[Attempt[T]] = []
        names: Counter[str] = Counter()
        silent = 0
        iterator = iter(values)
        while True:
            try:
                value = next(iterator)
            except StopIteration:
                break
            except Stopped as stopped:
                if not attempts:
                    raise
                attempts.append(Attempt(self, attempts[-1].value, "what would follow", stopped, 1, stopped.exchanges))
                break
            name = (called or name_of)(value)
            names[name] += 1
            attempt = Attempt(self, value, name if names[name] == 1 else f"{name} ({names[name]})")
            attempts.append(attempt)
            yield attempt
            silent = silent + 1 if attempt.is_silent else 0
            if isinstance(attempt.error, Throttled) or silent >= _SILENT or self.account.refused >= TRIES:
                break
        _raise_what_was_found(attempts, self._open)

    def times(self, count: int) -> Iterator[Attempt[int]]:
        """Do the same several times, as `each` tries values: what came of one time says nothing of the others."""
        return self.each(range(1, count + 1), called=lambda number: f"time {number}")

    def judge_all(self, **claims: Callable[[], object]) -> None:
        """Judge several things about one answer, each of them, whatever is found at the first.

        Args:
            claims: what judges each, by the name that reports and waivers give it.

        Raises:
            NonConformant, Stopped: as `each` does.
        """
        for each in self.each(claims.items()):
            with each as (_, claim):
                claim()

    def judge(self, flaw: Flaw | None, expected: str, judgement: str, *exchanges: Exchange | None) -> None:
        """Count one judgement.

        Args:
            flaw: what is wrong, as a rule says it; None if nothing is.
            expected: what was expected instead, as a clause.
            judgement: its short, permanent name, such as `no-store`: proofs name it, and reports have it.
            exchanges: what shows a flaw: the exchange that is judged last, before it those that it is compared with.
                The last one that was made, if left out. The control stands beside one exchange alone.

        Raises:
            NonConformant: there is a flaw.
        """
        self.tried += 1
        if flaw is not None:
            self.missed += 1
            kind = f"{judgement}:{flaw.kind}" if isinstance(flaw, FlawOfKind) else judgement
            shown = tuple(exchange for exchange in exchanges or (self.last,) if exchange is not None)
            if len(shown) == 1 and self._control not in (None, *shown):
                shown = (self._control, *shown)
            raise NonConformant(f"{flaw}; expected: {expected}", kind, shown)

    def control(self, flaw: Flaw | None, what: str, exchange: Exchange | None = None, role: str = "") -> None:
        """Note whether a control worked.

        Args:
            flaw: why it did not; None if it did.
            what: what it was, as a phrase.
            exchange: the control; the last exchange that was made, if left out.
            role: where the target file has the credentials and the address that the control was made with.

        Raises:
            Inconclusive: it did not work, so whatever is refused after it proves nothing.
        """
        control = exchange or self.last
        if flaw is not None:
            raise Inconclusive(
                f"the control did not work ({what}): {flaw}, so what follows it would prove nothing",
                _way_out(control, role),
                exchanges=() if control is None else (control,),
            )
        self.controlled = True
        self._control = control

    def needs_its_control(self) -> None:
        """Refuse to judge a refusal whose control was never made: that is a defect of the suite.

        Raises:
            RuntimeError: no control worked in this example.
        """
        if not self.controlled:
            msg = "a refusal is judged without a control; make the allowed form of the request first"
            raise RuntimeError(msg)

    def shown_for(self, error: BaseException) -> tuple[Exchange, ...]:
        """The exchanges that show why a case, or one of its parts, ended with this error."""
        named = error.exchanges if isinstance(error, NonConformant | Stopped) else ()
        return named or tuple(self.exchanges)

    @property
    def last(self) -> Exchange | None:
        """The last exchange that was made; None where none was, in this example or for this value."""
        return self.exchanges[-1] if self.exchanges else None


@dataclass(slots=True)
class Attempt[T]:
    """One value of a loop: a `with` block that keeps what is found at it and lets the loop go on.

    Attributes:
        case: the case's record.
        value: the value, which `with` gives.
        name: its name.
        error: what was found; None if nothing was.
        values: how many values were tried in it: 1, or as many as the loops inside it have.
        shown: the exchanges that show what was found.
    """

    case: CaseRecord
    value: T
    name: str
    error: NonConformant | Stopped | None = None
    values: int = 0
    shown: tuple[Exchange, ...] = ()

    def __enter__(self) -> T:
        self.case.exchanges.clear()
        self.case._open.append(self)  # type: ignore[arg-type] # of any value
        return self.value

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> bool:
        self.case._open.pop()
        self.values = self.values or 1
        if not isinstance(error, NonConformant | Stopped):
            return False
        self.error = error
        self.shown = self.case.shown_for(error)
        return True

    @property
    def is_silent(self) -> bool:
        """Whether the target gave no answer."""
        return isinstance(self.error, Stopped) and bool(self.shown) and self.shown[-1].response is None

    def found(self) -> Iterator[FoundPart]:
        """What was found at this value, or at those of a loop inside it, under names that say both."""
        if self.error is None:
            return
        if not self.error.parts:
            yield FoundPart(self.name, self.error, self.shown)
        for part in self.error.parts:
            yield FoundPart(f"{self.name}{JOINT}{part.name}", part.error, part.exchanges)


def name_of(value: object) -> str:
    """The name of a value that is tried: its text, or that of the first member of a tuple."""
    if isinstance(value, tuple) and value:
        return name_of(value[0])
    text = VAULT.shown(str(value), _NAME)
    return VAULT.shown("".join(one if one.isprintable() else repr(one)[1:-1] for one in text), _NAME) or "''"


def _raise_what_was_found[T](attempts: list[Attempt[T]], around: list[Attempt[object]]) -> None:
    values = sum(attempt.values for attempt in attempts)
    if around:
        around[-1].values += values
    parts = [part for attempt in attempts for part in attempt.found()]
    unjudged = sum(len(attempt.error.parts) or attempt.values for attempt in attempts if attempt.error is not None)
    if unjudged < values:
        outer = "".join(f"{attempt.name}{JOINT}" for attempt in around)
        attempts[0].case.claims |= {
            f"{outer}{part.name}": part.error.claim or str(part.error)
            for part in parts
            if isinstance(part.error, NotApplicable)
        }
    deviations = [part.error for part in parts if isinstance(part.error, NonConformant)]
    if deviations:
        first = deviations[0]
        raise NonConformant(str(first), first.judgement, first.exchanges, parts, values)
    stops = [part.error for part in parts if isinstance(part.error, Stopped)]
    if not stops:
        return
    if unjudged == values and len({(str(stop), stop.advice) for stop in stops}) == 1:
        raise stops[0]  # one cause, which has nothing to do with the values
    gravest = max(stops, key=lambda stop: stop.outcome.gravity)
    if isinstance(gravest, NotApplicable) and unjudged < values:
        return  # the other values passed
    raise type(gravest)(str(gravest), gravest.advice, gravest.exchanges, parts, values, gravest.claim)


def _way_out(control: Exchange | None, role: str) -> str:
    status = control.response.status if control is not None and control.response is not None else 0
    if role and status in (401, 403):
        return f"credentials under {role} that are good now and may do this; seasonproof init --check tries them"
    return f"the right address under {role}" if role and status in (404, 405, 410) else ""
