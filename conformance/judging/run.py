"""One run: the profile, the targets, and what was chosen on the command line. Knows nothing of pytest."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from uuid import uuid4

from conformance.config.baseline import load_baseline
from conformance.config.fleet import load_fleet
from conformance.config.presets import Preset, dialects, preset
from conformance.config.profile import Profile, Requirement, load_profile
from conformance.config.target import Target
from conformance.config.waivers import Waiver, load_waivers
from conformance.documents import UsageProblem
from conformance.http.preflight import unreachable
from conformance.judging.account import Account
from conformance.judging.applicability import Seen
from conformance.judging.embedding import Embed, Embedded
from conformance.judging.journal import Journal, default_directory, unusable
from conformance.judging.run_options import EXAMPLES, RunOptions
from conformance.judging.selection import choose
from conformance.judging.verdict import Case, RunVerdict, Verdict, judge, sum_up
from conformance.judging.waiving import waived, waived_by_dialect, waiver_by_dialect
from conformance.redaction import VAULT

_PATIENCE = 5  # cases without an answer after which a target is left alone


@dataclass(frozen=True, slots=True)
class Kept:
    """A target that is not judged again.

    Attributes:
        file: its statement.
        verdict: what that says of it.
    """

    file: Path
    verdict: RunVerdict


@dataclass
class Run:
    """A run of one profile against one or more targets.

    Args:
        options: what was chosen on the command line.
        embed: makes the targets that the run brings along, where no target is named or variants are.
        shares: how many processes share each target.
        hands_out_targets: whether each process has whole targets, as long as there are enough of them.

    Raises:
        UsageProblem: a file or a name is wrong; every problem at once.
    """

    options: RunOptions
    embed: Embed
    shares: int = 1
    hands_out_targets: bool = False
    identifier: str = field(default_factory=lambda: uuid4().hex[:8])
    cases: list[Case] = field(default_factory=list)
    selected: set[tuple[str, str]] = field(default_factory=set)  # (target, requirement id)
    seen: Seen = field(default_factory=dict)
    shared: Path | None = None  # a folder of all processes of the run, where there are several
    left: list[str] = field(default_factory=list)  # what is left on the targets, one line each
    broken: Mapping[str, Sequence[str]] = field(default_factory=dict)  # what is wrong with files of a fleet
    unconcerned: Sequence[str] = ()  # why targets of a fleet are left out
    dead: Mapping[str, Sequence[str]] = field(default_factory=dict)  # what is wrong with addresses, by target
    kept: Mapping[str, Kept] = field(default_factory=dict)  # what --resume leaves alone

    def __post_init__(self) -> None:
        profile = load_profile(self.options.profile)
        self._digests: dict[str, str] = {}
        self._others: Sequence[str] = ()  # targets of the fleet that waivers may name too
        self._is_a_fleet = False
        self._declared = self._load_targets()
        has_clients = any(target.client is not None for target in self._declared.values())
        self.profile: Profile = load_profile(self.options.profile, of_clients=True) if has_clients else profile
        needs_embedded = bool(self.options.variants) or not self._declared
        self._embedded = self.embed(self.options.variants) if needs_embedded else None
        self._silences: dict[str, int] = {}
        self._silent_by: dict[str, str] = {}
        self._accounts: dict[tuple[str, str], Account] = {}
        self.wanted: frozenset[str] = choose(self.profile, self.options.selection)
        self._refuse_empty_selections()
        self.waivers: tuple[Waiver, ...] = ()
        if self.options.waivers:
            known = list(dict.fromkeys((*self.target_names, *self._others)))
            self.waivers = load_waivers(self.options.waivers, self.profile, known, date.today())
        self.baseline: tuple[Waiver, ...] = ()
        if self.options.baseline and not self.options.updates_baseline:
            self.baseline = load_baseline(self.options.baseline, self.profile, self.target_names)
        self._leave(self.options.left_out)

    @property
    def target_names(self) -> list[str]:
        """The names of all targets, in the order of the command line."""
        return [*self._declared, *(self._embedded.names if self._embedded else ())]

    @property
    def examples(self) -> int:
        """How many examples a property is tried with."""
        return EXAMPLES[self.options.depth]

    @property
    def suite(self) -> str:
        """Name and version of this suite."""
        return f"seasonproof {version('seasonproof')}"

    @property
    def warnings(self) -> list[str]:
        """What is unwise in the target files."""
        return [warning for target in self._declared.values() for warning in target.warnings]

    @property
    def judges_clients_alone(self) -> bool:
        """Whether every target calls, and none is called."""
        return bool(self._declared) and not any(target.is_called for target in self._declared.values())

    @property
    def driven_by_a_person(self) -> list[str]:
        """The names of the clients that a person drives."""
        return [name for name, target in self._declared.items() if target.client is not None and target.client.manual]

    def address(self, name: str) -> str:
        """Where a target is, in one phrase."""
        if name not in self._declared:
            return self._brought.says(name)
        target = self._declared[name]
        if target.client is None:
            return target.source
        if target.client.capture:
            return VAULT.shown(f"{target.client.capture}, as {' and '.join(target.client.roles)}")
        return VAULT.shown(f"{target.client.told}, as {' and '.join(target.client.roles)}")

    def digest(self, name: str) -> str:
        """SHA-256 over a target's file without its secrets; empty for an embedded target."""
        return self._digests.get(name, "")

    def owner(self, name: str) -> str:
        """Whose target it is; empty where its file does not say so."""
        return VAULT.shown(self._declared[name].owner or "") if name in self._declared else ""

    def labels(self, name: str) -> dict[str, str]:
        """What else a fleet tells its targets apart by."""
        labels = self._declared[name].labels if name in self._declared else {}
        return {VAULT.shown(label): VAULT.shown(value) for label, value in labels.items()}

    @property
    def has_nothing_left(self) -> bool:
        """Whether --resume leaves no target to judge."""
        return bool(self.kept) and not self._declared

    def wanted_of(self) -> dict[str, tuple[Requirement, ...]]:
        """The requirements that are going to be judged on each target that a file declares."""
        return {
            name: tuple(
                one for one in self.profile.requirements if one.id in self.wanted and self.concerns(one.id, name)
            )
            for name in self._declared
        }

    def keep(self, found: Mapping[str, Kept]) -> None:
        """Leave targets alone that have a verdict already."""
        self.kept = found
        self._leave(found)

    def bounds(self, name: str) -> str:
        """What the requests to a target are bounded by, in one sentence."""
        if name not in self._declared:
            return "the target is embedded: nothing leaves this machine"
        client = self._declared[name].client
        if client is not None and client.capture:
            return "a file is read, and nothing is sent or started"
        if client is not None and client.manual:
            return "a person drives the client with made-up credentials, and only this machine answers it"
        if not self._declared[name].is_called:
            return "the client is started with made-up credentials, and only this machine answers it"
        limits, rate = self._declared[name].limits, self._declared[name].requests_per_second
        return (
            f"at most {limits.requests} requests, and as many to clean up, {rate:g} a second, "
            f"{limits.total_seconds:g} s each; "
            "creations are journaled before they are made and undone after each test"
        )

    @property
    def has_whole_targets(self) -> bool:
        """Whether each target is judged by one of several processes."""
        return self.hands_out_targets and len(self._declared) >= self.shares > 1

    def is_shared(self, name: str) -> bool:
        """Whether other processes of this run see the same target. An embedded one is each process's own."""
        is_divided = self.shares > 1 and not self.has_whole_targets
        return name in self._declared and is_divided and self._declared[name].is_called

    def may_destroy(self, name: str) -> bool:
        """Whether what cannot be undone was allowed. Nobody has to be asked about an embedded target."""
        return self.options.allow_destructive or name not in self._declared

    def roles(self, name: str) -> frozenset[str]:
        """The roles which a target declares."""
        return self._declared[name].roles if name in self._declared else self._brought.roles

    def target(self, name: str) -> Target:
        """A target by name. An embedded one is started at its first use."""
        return self._declared[name] if name in self._declared else self._brought.target(name)

    def concerns(self, identifier: str, name: str) -> bool:
        """Whether a chosen requirement is judged on a target: it has its role, or, as a variant, changes that role."""
        requirement = self.requirement(identifier)
        if requirement is None:
            return False
        if name in self._declared:
            return requirement.role in self._declared[name].roles
        return self._brought.concerns(requirement.role, name)

    def requirement(self, identifier: str) -> Requirement | None:
        """A requirement of the profile that was chosen to run."""
        return self.profile.requirement(identifier) if identifier in self.wanted else None

    def verdicts(self, name: str) -> list[Verdict]:
        """The verdict of each selected requirement on a target, in the profile's order."""
        by_requirement: dict[str, list[Case]] = {}
        for case in self.cases:
            if case.target == name:
                by_requirement.setdefault(case.requirement, []).append(self.outcome_with_waiver(case))
        return [
            sum_up(requirement, name, by_requirement.get(requirement.id, []), self.waiver(name, requirement.id))
            for requirement in self.profile.requirements
            if (name, requirement.id) in self.selected
        ]

    def verdict(self, name: str) -> RunVerdict:
        """The verdict of the run on a target."""
        return judge(self.verdicts(name), self.roles(name), strict=self.options.strict)

    def outcome_with_waiver(self, case: Case) -> Case:
        """The case as it is shown while the run goes on: a deviation that is accepted is shown as waived."""
        if (spoken := self._dialect(case.target)) is not None:
            case = waived_by_dialect(case, spoken)
        for waiver in (*self.waivers, *self.baseline):
            if (waiver.target, waiver.id) == (case.target, case.requirement):
                case = waived(case, waiver)
        return case

    def waiver(self, target: str, requirement: str) -> Waiver | None:
        """What accepts deviations of a target from a requirement: what somebody wrote, else its dialect."""
        written, spoken = self._written_waiver(target, requirement), self._dialect(target)
        return written or (waiver_by_dialect(spoken, requirement, target) if spoken else None)

    def _written_waiver(self, target: str, requirement: str) -> Waiver | None:
        return next(
            (one for one in (*self.waivers, *self.baseline) if (one.target, one.id) == (target, requirement)), None
        )

    def _dialect(self, target: str) -> Preset | None:
        spoken = self.target(target).dialect if self.profile.dialects else None
        return preset(spoken) if spoken is not None and spoken in dialects() else None

    def unreachable(self) -> list[str]:
        """What is wrong with the addresses, the certificates and the proxies of the declared targets.

        Of a fleet, those are noted that can't be reached, and left alone: nothing is wrong with the run.
        """
        from conformance.http.client import Client

        found: dict[str, list[str]] = {}
        for name, target in self._declared.items():
            try:
                Client(target)
            except UsageProblem as problem:
                found[name] = problem.problems
            else:
                found[name] = unreachable(target)
        problems = [problem for problems in found.values() for problem in problems]
        if not self._is_a_fleet and (len(found) == 1 or all(found.values())):
            return problems
        self.dead = {name: said for name, said in found.items() if said}
        self._silences |= dict.fromkeys(self.dead, _PATIENCE)  # the others get their verdict
        return []

    def account(self, name: str, role: str) -> Account:
        """The credentials of a role of a target, and whether they may be shown."""
        if (name, role) not in self._accounts:
            ledger = None
            if self.shared is not None and self.is_shared(name):
                ledger = self.shared / f"{sha256(name.encode()).hexdigest()[:16]}-{role}"
            self._accounts[name, role] = Account(role, ledger)
        return self._accounts[name, role]

    def unjournaled(self) -> list[str]:
        """Why no journal can be kept of what the run creates. Of embedded targets none is needed."""
        return unusable(default_directory(), is_needed=any(one.is_called for one in self._declared.values()))

    def lost(self, name: str) -> bool:
        """Whether a target gave no answer to several cases in a row, so that it is left alone."""
        return self._silences.get(name, 0) >= _PATIENCE

    def why_lost(self, name: str) -> str:
        """Why a target is left alone."""
        if said := self.dead.get(name):
            return "; ".join(said)
        return (
            f"the target gave no answer to several cases in a row{self._silent_by.get(name, '')}, so it was left alone"
        )

    def heard(self, name: str, *, answered: bool, problem: str = "") -> None:
        """Note whether a case ended with an answer of the target, and what came in its place."""
        self._silent_by[name] = f" ({problem})" if problem else ""
        self._silences[name] = 0 if answered else self._silences.get(name, 0) + 1

    @property
    def has_a_journal(self) -> bool:
        """Whether anything asked for the journal, so that something may be in it."""
        return "journal" in vars(self)  # where a cached property keeps its value

    @cached_property
    def journal(self) -> Journal:
        """Where creations are noted before they happen."""
        return Journal.open(default_directory(), self.identifier)

    def close(self) -> None:
        """Stop what was started."""
        if self._embedded is not None:
            self._embedded.close()

    # --------------------------------------------------------------- details

    @property
    def _brought(self) -> Embedded:
        if self._embedded is None:
            raise KeyError("the run has no embedded target")
        return self._embedded

    def _leave(self, names: Collection[str]) -> None:
        """Judge all targets but these. Processes that share a target divide its budget."""
        self._declared = {name: target for name, target in self._declared.items() if name not in names}
        self.waivers = tuple(waiver for waiver in self.waivers if waiver.target not in names)
        self.baseline = tuple(waiver for waiver in self.baseline if waiver.target not in names)
        for name in filter(self.is_shared, self._declared):
            target = self._declared[name]
            limits = target.limits.shared_by(self.shares)
            self._declared[name] = target.model_copy(update={"limits": limits})

    def _load_targets(self) -> dict[str, Target]:
        given = None if self.options.client or self.options.traffic else os.environ.get("SEASONPROOF_TARGET")
        places = self.options.targets or list(filter(None, [given]))
        loaded: dict[str, Target] = {}
        if self.options.client is not None:
            client = self.options.client.target()
            loaded[client.name] = client
            self._digests[client.name] = client.digest
        if self.options.traffic is not None:
            for name, (client, digest) in self.options.traffic.targets().items():
                loaded[name], self._digests[name] = client, digest
        fleet = load_fleet(places, self.options.fleet, needs_secrets=not self.options.sends_nothing)
        self.broken, self._others, self._is_a_fleet = fleet.broken, fleet.names, fleet.is_one
        for name, target in fleet.targets.items():
            if name in loaded:
                raise UsageProblem(
                    [f"{target.source}: name: --client is called {name} too; give this target another name"]
                )
            self._digests[name] = target.digest
            loaded[name] = target
        if places and not loaded:
            raise UsageProblem([f"--shard={self.options.fleet.shard}: no target is left for this part"])
        return loaded

    def _refuse_empty_selections(self) -> None:
        """A target of which nothing is chosen would be called neither conformant nor anything else.

        Of several targets, those are left out.
        """
        roles = sorted({self.profile.requirement(identifier).role for identifier in self.wanted})
        chosen = f"what is chosen is on {' and '.join(roles)}"
        problems = [
            f"{target.source or '--client'}: {chosen}, and the file declares {' and '.join(sorted(target.roles))}; "
            "leave this target out, or choose something else"
            for target in self._declared.values()
            if not target.roles & set(roles)
        ]
        if 0 < len(problems) < len(self._declared):
            self._declared = {name: one for name, one in self._declared.items() if one.roles & set(roles)}
            self.unconcerned, problems = problems, []
        brought = self._embedded.names if self._embedded else ()
        if brought and not any(self.concerns(i, name) for i in self.wanted for name in brought):
            what = "is not the role that it changes" if self.options.variants else "the reference does not play"
            problems.append(f"{', '.join(brought)}: {chosen}, which {what}")
        if problems:
            raise UsageProblem(problems)
