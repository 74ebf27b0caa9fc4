"""What an audit found in one place."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from conformance.rules.url_tokens import Finding
    from conformance.traffic.audit.findings import Position


@dataclass(slots=True)
class PlaceResult:
    """What was found at one place: one rule, one parameter of one path template on one host, in one file.

    Attributes:
        finding: the first finding.
        first: where that is.
        count: how often it was seen; in the versions of a file, each credential once.
        credentials: fingerprints, as many as are told apart.
        has_more: whether there are credentials beyond these.
        accepted: the reason why it is accepted; None where it is not.
    """

    finding: Finding
    first: Position
    count: int = 0
    credentials: set[str] = field(default_factory=set)
    has_more: bool = False
    accepted: str | None = None

    @property
    def place(self) -> tuple[str, str, str, str]:
        """What a baseline knows it by: rule, host, path template, parameter."""
        one = self.finding
        return one.rule, one.host, one.path_template, one.parameter
