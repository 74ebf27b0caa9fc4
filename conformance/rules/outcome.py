"""How a judgement ends: an outcome, and what is raised where a target deviates or nothing can be judged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from conformance.http.exchange import Exchange


class Outcome(StrEnum):
    """What a requirement came to. The order is the order of severity: of several cases the gravest counts.

    `not applicable` comes first: a requirement of which one case passed and another one does not apply has passed.
    """

    NOT_APPLICABLE = "not applicable"
    PASSED = "passed"
    WAIVED = "waived"
    NOT_TESTED = "not tested"
    DIFFERS = "differs"
    WARNED = "warned"
    THROTTLED = "throttled"
    INCONCLUSIVE = "inconclusive"
    FAILED = "failed"
    HARNESS_ERROR = "harness error"

    @property
    def gravity(self) -> int:
        """The place in the order of severity."""
        return _GRAVITY[self]

    @property
    def is_deviation(self) -> bool:
        """Whether the target did something else than the requirement says."""
        return self in (Outcome.FAILED, Outcome.WARNED, Outcome.DIFFERS)


_GRAVITY = {outcome: place for place, outcome in enumerate(Outcome)}


class NonConformant(AssertionError):
    """The target did something else than the requirement says. Raised by matchers only.

    Attributes:
        judgement: the identifier of the judgement that went against the target, such as `no-store`.
        exchanges: what shows it: the exchange that deviates last, before it those that make it a deviation.
        parts: what was found where a case tries several values, none for a case that tries one.
        values: how many values such a case tried.
    """

    def __init__(
        self,
        message: str,
        judgement: str = "",
        exchanges: Sequence[Exchange] = (),
        parts: Sequence[FoundPart] = (),
        values: int = 0,
    ) -> None:
        super().__init__(message)
        self.judgement = judgement
        self.exchanges = tuple(exchanges)
        self.parts = tuple(parts)
        self.values = values

    def saying(self, message: str) -> NonConformant:
        """The same deviation, told in other words."""
        return NonConformant(message, self.judgement, self.exchanges, self.parts, self.values)


class Stopped(BaseException):
    """A case ended without a judgement of the target.

    It derives from `BaseException`, as pytest's own outcomes do, so that Hypothesis neither shrinks it nor tries again.

    Attributes:
        outcome: what the case came to.
        advice: the way out, such as the line to add to the target file.
        exchanges: what shows why, where that is known.
        parts: as in `NonConformant`.
        values: as in `NonConformant`.
        claim: what the target's owner claims, where that ended the case, such as `token_endpoint.absent: audiences`.
    """

    outcome: Outcome

    def __init__(
        self,
        message: str,
        advice: str = "",
        exchanges: Sequence[Exchange] = (),
        parts: Sequence[FoundPart] = (),
        values: int = 0,
        claim: str = "",
    ) -> None:
        super().__init__(message)
        self.advice = advice
        self.exchanges = tuple(exchanges)
        self.parts = tuple(parts)
        self.values = values
        self.claim = claim


class NotTested(Stopped):
    """A role, a capability or a permission is missing."""

    outcome = Outcome.NOT_TESTED


class NotApplicable(Stopped):
    """The target's owner says that it does not have what the requirement is about, and nothing was seen of it."""

    outcome = Outcome.NOT_APPLICABLE


class FalseClaim(Stopped):
    """The target has what its owner says it does not have. Whatever the requirement's level, the run fails."""

    outcome = Outcome.FAILED


class Inconclusive(Stopped):
    """The control did not work or no answer came, so what was seen proves nothing."""

    outcome = Outcome.INCONCLUSIVE


class Throttled(Stopped):
    """The target answered 429 or was overloaded to the end."""

    outcome = Outcome.THROTTLED


@dataclass(frozen=True, slots=True)
class FoundPart:
    """What was found at one of several values that a case tries, as it was raised.

    Attributes:
        name: the value, such as the name of a field.
        error: what was raised at it.
        exchanges: what shows it.
    """

    name: str
    error: NonConformant | Stopped
    exchanges: tuple[Exchange, ...] = ()
