"""What the answers of all families know of whom they are from: the role and the case, and not the driver."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from conformance.judging.matchers import CaseRecord


class Subject[R](Protocol):
    """What is judged. Each family adds what else its answers have to know.

    Attributes:
        role: what the target file says about it.
        case: the record of the case.
    """

    role: R
    case: CaseRecord
