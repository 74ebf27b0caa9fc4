"""A requirement in full, for whoever has never read its source."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from textwrap import fill

from conformance.config.profile import Requirement, builtin_profiles, load_profile
from conformance.config.roles import Client
from conformance.config.target import role_model
from conformance.documents import UsageProblem, nearest
from conformance.judging.verdict import outcome_of_deviation
from conformance.reference.clients.variants import client_variants
from conformance.reference.variants import variants


@dataclass(frozen=True, slots=True)
class Proof:
    """What shows that the check of a requirement catches what it should, and nothing else.

    Attributes:
        faults: each fault that it catches, by name, with what is wrong.
        spared: how many servers or clients are unusual and correct, and pass.
        of_clients: whether they are clients.
    """

    faults: tuple[tuple[str, str], ...]
    spared: str
    of_clients: bool


def proof_of(requirement: Requirement) -> Proof:
    """What proves the check of a requirement."""
    of_servers, of_clients = variants().values(), client_variants().values()
    faults = tuple((v.name, v.says) for v in of_servers if requirement.id in v.kills)
    faults += tuple((v.name, v.says) for v in of_clients if requirement.id in v.kills)
    if requirement.role in Client.played:
        odd = sum(1 for v in of_clients if not v.kills and v.program.role == requirement.role)
        return Proof(faults, f"{odd} clients", of_clients=True)
    return Proof(faults, f"{sum(1 for v in of_servers if not v.kills)} servers", of_clients=False)


def explanation(profile_name: str, identifier: str) -> str:
    """The sentence of a requirement, its source, why it is there, how to fix a deviation, and what proves the check.

    Raises:
        UsageProblem: the profile has no such requirement; the nearest are named.
    """
    profile = load_profile(profile_name)
    known = {requirement.id: requirement for requirement in profile.requirements}
    found = known.get(identifier.upper()) or _elsewhere(identifier.upper())
    if found is None:
        near = nearest(identifier.upper(), known)
        raise UsageProblem([f"{profile.name} has no requirement {identifier!r}; near it are {near}"])
    proof = proof_of(found)
    sources = [f"{s.title}{', ' + s.section if s.section else ''}\n{s.url}" for s in found.sources]
    sections = {
        "level and basis": f"{found.level}, {found.basis}: a deviation is shown as {outcome_of_deviation(found)!s}.",
        "role": f"{found.role} (what it does to a target: {', '.join(found.effects)})",
        "needs": "\n".join(_needs(found)),
        "why": found.rationale,
        "remedy": found.remedy,
        "sources": "\n".join(sources),
        "parameters": "\n".join(f"{name}: {value}" for name, value in found.parameters.items()),
        "caught faults": "\n".join(f"{name}: {says}" for name, says in proof.faults),
        "spared": f"{proof.spared} that are unusual and correct.",
    }
    parts = [f"{found.id}  {found.title}"]
    for title, text in sections.items():
        if text:
            body = "\n".join(fill(line, 100, initial_indent="  ", subsequent_indent="  ") for line in text.splitlines())
            parts.append(f"{title}\n{body}")
    return "\n\n".join(parts)


def _needs(requirement: Requirement) -> Iterator[str]:
    """The lines of a target file by which it is tested or said not to apply, with what makes that optional."""
    role = role_model(requirement.role)
    for feature in map(role.feature, requirement.needs):
        yield role.way_out(feature)
        if feature.optional is not None:
            yield f"{feature.optional.because} ({feature.optional.source})."
            yield feature.optional.url


def _elsewhere(identifier: str) -> Requirement | None:
    """The requirement of another built-in profile, such as the one for observed traffic."""
    all_of_them = (requirement for name in builtin_profiles() for requirement in load_profile(name).requirements)
    return next((requirement for requirement in all_of_them if requirement.id == identifier), None)
