"""Whether a requirement applies to a target: by what its file declares, by what it denies, and by what is seen.

A target's owner may say that something optional is absent. Its requirements are then *not applicable*, which is a claim
and no pass; where the thing is seen to be there after all, the claim is false and the run fails.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from conformance.config.target import role_line
from conformance.rules.outcome import FalseClaim, NotApplicable, NotTested, Stopped

if TYPE_CHECKING:
    from conformance.config.profile import Requirement
    from conformance.config.roles import RoleModel
    from conformance.config.roles.feature import Feature
    from conformance.config.target import Target

_DESTRUCTIVE = frozenset({"rotates", "deletes"})

type Probe[D] = Callable[[D], str | None]
"""Looks for something that is declared as absent. Returns what was seen of it, as a clause; None if nothing was."""

type Seen = dict[tuple[str, str], str | None]
"""What the probes of a run saw, by the target's name and the claim, so that each one looks once."""


def lacking(role: RoleModel, name: str, why: str = "") -> Stopped:
    """What ends a case for want of a feature: not applicable where the target file denies it, else not tested.

    Args:
        role: what the target file says about the role.
        name: the feature.
        why: how it is seen to be missing, where that is no matter of the target file.
    """
    feature, denial = role.feature(name), role.denial_of(name)
    if denial is not None:
        return _not_applicable(*denial)
    return NotTested(why, role.way_out(feature)) if why else not_tested(role, [feature])


def not_tested(role: RoleModel, features: Sequence[Feature]) -> NotTested:
    """What ends a case whose features the target file neither names nor denies; each one with its way out."""
    what = " and no ".join(feature.what for feature in features)
    return NotTested(f"the target file names no {what}", "\n".join(role.way_out(feature) for feature in features))


def missing(target: Target, role: RoleModel, needs: Iterable[str]) -> list[Feature]:
    """The features among those which a target file neither names nor denies."""
    features = [role.feature(name) for name in needs]
    return [
        feature
        for feature in features
        if feature.given is not None
        and not (feature.given(role, target) or feature.found(role))
        and role.denial_of(feature.name) is None
    ]


def what_prevents(
    target: Target, requirement: Requirement, needs: Sequence[str], *, may_destroy: bool
) -> NotTested | None:
    """Why a requirement cannot be tested on a target, as far as the target file and the command line tell.

    Args:
        target: the target.
        requirement: what is to be tested.
        needs: its features, and those of the case.
        may_destroy: whether what cannot be undone is allowed.
    """
    if requirement.role not in target.roles:
        return NotTested(f"the target does not declare the role {requirement.role}", role_line(requirement.role))
    role = target.role(requirement.role)
    is_denied = any(role.denial_of(name) is not None for name in needs)
    if not is_denied and (lacks := missing(target, role, needs)):
        return not_tested(role, lacks)
    if _DESTRUCTIVE & set(requirement.effects):
        if not may_destroy:
            return NotTested("it changes what cannot be undone", "run with --allow-destructive")
        if not target.capabilities.disposable:
            return NotTested("it changes what cannot be undone", "capabilities: {disposable: true}")
    return None


def settle[D](
    target: Target, role: RoleModel, needs: Iterable[str], driver: D, probes: Mapping[str, Probe[D]], seen: Seen
) -> None:
    """End a case which is about something that the target file denies.

    Args:
        target: the target.
        role: its role.
        needs: the features without which the case does not apply.
        driver: what the probes look with.
        probes: by feature, what looks for it.
        seen: what other cases of the run saw.

    Raises:
        FalseClaim: something that is denied was seen.
        NotApplicable: something is denied, and nothing was seen of it.
    """
    denials = [denial for name in needs if (denial := role.denial_of(name)) is not None]
    for denied, claim in denials:
        key = target.name, claim
        if key not in seen:
            seen[key] = probes[denied.name](driver) if denied.name in probes else None
        if sight := seen[key]:
            line = role.line_of(denied)
            advice = "delete it" + (f"; it is declared by {line}" if line else "")
            raise FalseClaim(f"{claim} says that there is no {denied.what}, but {sight}", advice, claim=claim)
    for denied, claim in denials:
        raise _not_applicable(denied, claim)


def _not_applicable(denied: Feature, claim: str) -> NotApplicable:
    reason = denied.optional
    because = f"\n{reason.because} ({reason.source})\n{reason.url}" if reason is not None else ""
    return NotApplicable(f"there is no {denied.what}, as {claim} says{because}", claim=claim)
