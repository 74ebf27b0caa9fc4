"""What a run would do to its targets, said before it is done: nothing is sent for it, and no secret is needed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from conformance.config.presets import preset
from conformance.config.target import role_names
from conformance.judging.applicability import what_prevents
from conformance.judging.verdict import outcome_of_deviation
from conformance.reporting.effort import effort
from conformance.reporting.terminal import WIDTH, Line, rows
from conformance.rules.outcome import Outcome

if TYPE_CHECKING:
    from conformance.config.profile import Requirement
    from conformance.config.roles import RoleModel
    from conformance.config.target import Target
    from conformance.judging.run import Run
    from conformance.rules.outcome import NotTested

_BOLD = {"bold": True}
_DOES = {"reads": "read", "creates": "create", "rotates": "rotate", "deletes": "delete"}


def plan(run: Run, selected: set[tuple[str, str]], verbosity: int = 0, width: int = WIDTH) -> list[Line]:
    """The plan of a run, role by role of each target alone.

    Args:
        run: the run.
        selected: the (target, requirement id) pairs that would be judged.
        verbosity: pytest's: 1 names each requirement with what its test does.
        width: how many characters a line of the screen has.
    """
    lines: list[Line] = []
    for name in run.target_names:
        outlook = _Outlook(run, name, [one for one in run.profile.requirements if (name, one.id) in selected])
        lines.append(Line(f"plan for {name} ({run.address(name)})", _BOLD, "="))
        for role in dict.fromkeys((*role_names(), *(one.role for one in run.profile.requirements))):
            lines += outlook.of(role, verbosity)
        lines += [Line(""), Line(run.bounds(name), indent=2), *outlook.warning()]
    lines.append(Line("nothing was sent", _BOLD))
    return [part for line in lines for part in line.fitted(min(width, WIDTH))]


class _Outlook:
    """What will become of the requirements on one target, as far as its file and the command line tell."""

    def __init__(self, run: Run, name: str, chosen: Sequence[Requirement]) -> None:
        self._run = run
        self._target: Target = run.target(name)
        self._chosen = chosen
        self._prevented: dict[str, NotTested] = {}
        self._denied: dict[str, str] = {}
        for one in chosen:
            role = self._target.role(one.role)
            denials = [denial for name in one.needs if (denial := role.denial_of(name)) is not None]
            prevented = what_prevents(self._target, one, one.needs, may_destroy=run.may_destroy(self._target.name))
            if prevented is not None:
                self._prevented[one.id] = prevented
            elif denials:
                self._denied[one.id] = denials[0][1]

    def of(self, role: str, verbosity: int) -> Iterator[Line]:
        """The part of the plan on one role; nothing where nothing is chosen on it."""
        chosen = [one for one in self._chosen if one.role == role]
        if not chosen:
            return
        tested, model = self._tested(chosen), self._target.role(role)
        provider = getattr(model, "provider", None)
        yield Line("")
        yield Line(f"{role}: {_many(len(tested))} will be tested{self._cost(tested, model)}", _BOLD, indent=2)
        if model.addresses:
            yield Line(f"  to {', '.join(model.addresses)}", indent=5)
        counts = Counter(effect for one in tested for effect in one.effects)
        if counts:
            yield Line(
                "  by tests of which " + ", ".join(f"{n} {_DOES[effect]}" for effect, n in counts.items()), indent=5
            )
        if verbosity > 0:
            yield from (Line(f"    {one.id}  {', '.join(one.effects):<16}  {one.title}", indent=28) for one in tested)
        if provider is not None:
            known = preset(provider)
            yield from (Line(f"  {known.title}: {note}", indent=4) for note in known.notes)
        yield from self._not_tested([one for one in chosen if one.id in self._prevented])
        if denied := [(one.id, self._denied[one.id]) for one in chosen if one.id in self._denied]:
            unless = "unless something is seen of what the file says is absent"
            yield Line(f"  not applicable: {_many(len(denied))}, {unless}", indent=4)
            yield from rows(denied, 4)

    def warning(self) -> Iterator[Line]:
        """That the budget may not do for what is chosen."""
        costs = effort((one.id for one in self._tested(self._chosen)), self._run.options.depth)
        allowed = self._target.limits.requests
        if self._target.source and costs.requests > allowed:
            text = f"limits.requests allows {allowed:,} of about {_round(costs.requests):,} requests"
            yield Line(f"{text}: what comes after them is not tested", {"yellow": True}, indent=2)

    def _tested(self, chosen: Sequence[Requirement]) -> list[Requirement]:
        return [one for one in chosen if one.id not in self._prevented and one.id not in self._denied]

    def _not_tested(self, stopped: Sequence[Requirement]) -> Iterator[Line]:
        if not stopped:
            return
        needed = [one.id for one in stopped if outcome_of_deviation(one) is Outcome.FAILED and not one.beside]
        count = len(needed) or "none"
        yield Line(f"  not tested: {_many(len(stopped))}, {count} of them needed for a verdict, for want of", indent=4)
        yield from rows(((one.id, self._prevented[one.id].advice) for one in stopped), 4)
        if 0 < len(needed) < len(stopped):
            yield Line(f"    needed for a verdict: {', '.join(needed)}", indent=6)

    def _cost(self, tested: Sequence[Requirement], model: RoleModel) -> str:
        costs = effort((one.id for one in tested), self._run.options.depth)
        about = [f"up to about {_many(_round(costs.requests), 'request')}"] if costs.requests else []
        if costs.runs:
            about.append(f"{_many(costs.runs, 'run')} of the client")
        if costs.creations:
            about.append(f"{_round(costs.creations):,} {model.creates}, {self._end_of(model)}")
        if costs.unknown:
            about.append(f"{_many(costs.unknown)} of unknown effort")
        return f", with {' and '.join(about)}" if about else ""

    def _end_of(self, model: RoleModel) -> str:
        """What becomes of what is created. Requests that revoke tokens are not among the estimated ones."""
        if model.name != "token_endpoint":
            return "which are removed again"
        if self._target.capabilities.disposable or model.denial_of("revocation") is not None:
            return "which end by themselves"
        return "revoked by a request each if the server does that"


def _many(count: int, what: str = "requirement") -> str:
    return f"1 {what}" if count == 1 else f"{count:,} {what}s"


def _round(count: int) -> int:
    """Two digits: more would say that it is known."""
    return count if count < 100 else round(count, 2 - len(str(count)))
