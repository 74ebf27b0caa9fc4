"""What an audit accepts: a baseline, the triage of other scanners and an allowlist; and the baseline that it writes."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from conformance.documents import UsageProblem, load
from conformance.rules.url_tokens import key_of
from conformance.traffic.audit.auditing import MAX_CREDENTIALS, Audit
from conformance.traffic.audit.judging import ONE_RUN
from conformance.traffic.audit.place_result import PlaceResult

if TYPE_CHECKING:
    from conformance.traffic.audit.baselines import Baseline
    from conformance.traffic.audit.findings import LocatedFinding
    from conformance.traffic.audit.triage import Triage

MAX_VALUES = 10_000
"""How many credentials at one place a baseline knows."""


@dataclass(frozen=True, slots=True)
class Accepting:
    """What the user wants to be accepted.

    Attributes:
        baseline: places that were there before; None for none.
        write_baseline: where the places that were found are written; None for nowhere.
        with_values: whether that file gets the values too, as keyed hashes.
        imported: files with the triage of other scanners, see `load_triage`.
        allow: places that are accepted with a reason and an end; None for none.
    """

    baseline: str | None = None
    write_baseline: str | None = None
    with_values: bool = False
    imported: Sequence[str] = ()
    allow: str | None = None


class Acceptance:
    """The same, read.

    Raises:
        UsageProblem: a file cannot be read or has errors, or nothing would get the values.
    """

    def __init__(self, wanted: Accepting) -> None:
        if wanted.with_values and not wanted.write_baseline:
            raise UsageProblem(["--baseline-values goes with --write-baseline, which names the file"])
        self._wanted = wanted
        self._lasting: list[PlaceResult] = []
        self._baseline: Baseline | None = None
        self._triages: list[Triage] = []
        if wanted.allow:
            from conformance.traffic.audit.baselines import AllowFile

            load(wanted.allow, AllowFile)
        if wanted.baseline:
            from conformance.traffic.audit.baselines import Baseline

            self._baseline = Baseline(wanted.baseline)
        self._with_values = wanted.with_values or bool(wanted.imported)
        self._salt = self._baseline.salt if self._baseline else b""
        if self._with_values and not self._salt:
            self._salt = secrets.token_bytes(16)
        if wanted.imported:
            from conformance.traffic.audit.triage import load_triage

            self._triages = [load_triage(one, key_of(self._salt)) for one in wanted.imported]

    def audit(self, skip: Callable[[str, str], bool]) -> Audit:
        """An empty audit that accepts this, and skips what may be skipped."""
        most = MAX_VALUES if self._with_values else MAX_CREDENTIALS
        return Audit(accept=self._accepts, salt=self._salt or ONE_RUN, told_apart=most, skip=skip)

    def settle(self, audit: Audit, today: date) -> Iterator[str]:
        """Apply the allowlist; what is to be said of entries that ended, or that nothing needs."""
        # What the allowlist accepts has an end, which a baseline would take away.
        self._lasting = [one for one in audit.found.values() if one.accepted is not None]
        if self._wanted.allow:
            from conformance.traffic.audit.baselines import apply_allowlist

            yield from apply_allowlist(self._wanted.allow, audit.found.values(), today)
        for triage in self._triages:
            yield from filter(None, [*triage.warnings, triage.unneeded()])

    def write(self, audit: Audit) -> Iterator[str]:
        """Write the baseline, if one is wanted; what is to be said of it.

        It gets all places; where triage is imported, what that or the old baseline accepts. `settle` comes before.
        """
        path = self._wanted.write_baseline
        if not path:
            return
        from conformance.traffic.audit.baselines import write_baseline

        found = self._lasting if self._triages else list(audit.found.values())
        count = write_baseline(path, found, self._salt if self._with_values else b"")
        yield f"{path}: {_places(count)} written"
        if self._with_values and (more := sum(one.has_more for one in found)):
            yield f"{path}: {_places(more)} with more than {MAX_VALUES:,} values; those beyond count as new"

    def _accepts(self, seen: LocatedFinding) -> str | None:
        if self._baseline and (why := self._baseline.accepts(seen)):
            return why
        return next(filter(None, [triage.accepts(seen) for triage in self._triages]), None)


def _places(count: int) -> str:
    return f"{count:,} {'place' if count == 1 else 'places'}"
