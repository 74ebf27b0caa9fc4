"""What the answers of all families know of whom they are from: the role and the case, and not the driver."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from conformance.redaction import Secret

if TYPE_CHECKING:
    from conformance.config.roles import TokenSource
    from conformance.judging.matchers import CaseRecord


class Subject[R](Protocol):
    """What is judged. Each family adds what else its answers have to know.

    Attributes:
        role: what the target file says about it.
        case: the record of the case.
    """

    role: R
    case: CaseRecord


def note_of_another_org(case: CaseRecord, token: TokenSource | None) -> None:
    """Say that a token of another org may have ended, where it is given and not fetched: it is refused either way."""
    if isinstance(token, Secret):
        case.note("whether foreign_token is still good in its own org was not looked at; one that ended is refused too")
