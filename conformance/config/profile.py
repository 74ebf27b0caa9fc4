"""Profiles: what a release demands, read from YAML. A profile names families, may extend another and override it."""

import hashlib
import json
import re
from collections.abc import Iterator
from contextlib import suppress
from functools import cache, cached_property
from pathlib import Path

from pydantic import BaseModel

from conformance.config.field_types import STEM
from conformance.config.profile_files import FamilyFile, ProfileFile, Statement
from conformance.config.target import role_model
from conformance.documents import Document, Problem, UsageProblem, check, did_you_mean, read
from conformance.documents.fresh_copies import FreshCopies
from conformance.documents.package_data import data_dir
from conformance.redaction import VAULT


class Requirement(FreshCopies, Statement):
    """One statement with a permanent id, and the family that it belongs to."""

    family: str

    def __hash__(self) -> int:
        return hash(self.id)

    @cached_property
    def digest(self) -> str:
        """SHA-256 in hex over everything that it says."""
        return _digest(self)


class Family(BaseModel, frozen=True, extra="forbid"):
    """Requirements on one subject."""

    family: str
    title: str
    requirements: tuple[Requirement, ...]


class Profile(FreshCopies, frozen=True, extra="forbid"):
    """What a release demands.

    Attributes:
        name: such as `winter26`.
        title: its name in reports.
        release: the Salesforce release that it speaks of.
        families: in the order of the files, those of the profile that it extends first.
        dialects: whether the deviations that a target's dialect is known for are waived.
    """

    name: str
    title: str
    release: str
    families: tuple[Family, ...]
    dialects: bool = True

    @cached_property
    def requirements(self) -> tuple[Requirement, ...]:
        """All requirements, in the order of the files."""
        return tuple(requirement for family in self.families for requirement in family.requirements)

    @cached_property
    def digest(self) -> str:
        """SHA-256 in hex over everything that the profile says, whatever its files look like."""
        return _digest(self)

    def requirement(self, identifier: str) -> Requirement:
        """The requirement with this id.

        Raises:
            KeyError: the profile has none.
        """
        found = self._by_id.get(identifier)
        if found is None:
            raise KeyError(f"{self.name} has no requirement {identifier}")
        return found

    @cached_property
    def _by_id(self) -> dict[str, Requirement]:
        return {requirement.id: requirement for requirement in reversed(self.requirements)}


def builtin_profiles() -> dict[str, Path]:
    """The profiles that come with the package, by name."""
    directory = data_dir("profiles")
    return {name: directory / f"{name}.yaml" for name in _names(directory, "profile")}


def load_profile(name_or_path: str, *, of_clients: bool = False) -> Profile:
    """Load a profile with its families and whatever it extends.

    Args:
        name_or_path: a built-in profile's name such as `winter26`, or the path of a YAML file.
        of_clients: whether what it demands of clients belongs to it too.

    Raises:
        UsageProblem: there is no such profile, or its files have errors; all of them.
    """
    if _is_path(name_or_path):
        return _loaded(name_or_path, of_clients)
    known = builtin_profiles()
    if name_or_path in known:
        return _builtin(known[name_or_path], of_clients)
    raise UsageProblem(
        [
            f"profile {name_or_path!r}: there is no such built-in profile; {did_you_mean(name_or_path, known)}; "
            f"a profile of your own is named by its path, such as ./{name_or_path or 'mine'}.yaml"
        ]
    )


@cache
def _builtin(path: Path, of_clients: bool) -> Profile:
    """A profile that comes with the package, whose files stay as they are."""
    return _loaded(path, of_clients)


def _loaded(path: str | Path, of_clients: bool) -> Profile:
    loader = _Loader(of_clients=of_clients)
    file, families = loader.profile(path, ())
    if loader.problems or file is None:
        raise UsageProblem(list(dict.fromkeys(loader.problems)))
    return Profile(
        name=file.profile,
        title=file.title,
        release=file.release,
        families=tuple(families),
        dialects=loader.dialects,
    )


# ------------------------------------------------------------------ details


class _Loader:
    """Follows a profile's files and collects what is wrong with any of them."""

    def __init__(self, *, of_clients: bool = False) -> None:
        self.of_clients = of_clients
        self.problems: list[str] = []
        self.dialects = True  # as the outermost profile says that says anything
        self.origins: dict[str, tuple[str, int, int]] = {}  # id: file, position and line of its first statement

    def profile(self, path: str | Path, above: tuple[Path, ...]) -> tuple[ProfileFile | None, list[Family]]:
        """A profile file and its families, overrides applied. `above` are the files that extend it, outermost first."""
        document = self._read(path)
        if document is None:
            return None, []
        data = document.data if isinstance(document.data, dict) else {}
        # Its families and its base are read even where it has errors itself: everything is reported at once.
        before = len(self.problems)
        families = self._base(document, path, data.get("extends"), above)
        families += self._demands_on_clients(document, path, data.get("clients"), families, above)
        names = data.get("families")
        for position, name in enumerate(names if isinstance(names, list) else ()):
            family = self._family(document, path, ("families", position), name)
            if family is not None and any(other.family == family.family for other in families):
                self.problems.append(
                    document.problem(("families", position), f"the family {name} is in the profile already; delete it")
                )
            elif family is not None:
                families.append(family)
        complete = len(self.problems) == before
        problems = list(_override_problems(data, families if complete else None))
        if not data.get("families") and not data.get("extends"):
            problems.append(
                (("families",), "is missing, and so is extends: the profile has no requirements; give one or both")
            )
        try:
            file = check(document, ProfileFile, known=problems)
        except UsageProblem as problem:
            self.problems.extend(problem.problems)
            return None, families
        if file.dialects is not None:
            self.dialects = file.dialects
        return file, _overridden(file, families)

    def _base(self, document: Document, path: str | Path, name: object, above: tuple[Path, ...]) -> list[Family]:
        if not isinstance(name, str) or not name:
            return []
        here = Path(path)
        known = builtin_profiles()
        beside = here.parent / (name if _is_path(name) else f"{name}.yaml")
        try:
            is_beside = beside.is_file() and beside.resolve() != here.resolve()
        except (OSError, ValueError):
            self.problems.append(document.problem(("extends",), "is not a file name; write one such as winter26"))
            return []
        base = beside if _is_path(name) or is_beside else known.get(name, beside)
        chain = (*above, here.resolve())
        if base.resolve() in chain:
            cycle = " → ".join(file.name for file in (*chain[chain.index(base.resolve()) :], base))
            self.problems.append(document.problem(("extends",), f"the profiles extend each other in a circle: {cycle}"))
            return []
        if not base.is_file():
            where = "a path is relative to this file" if _is_path(name) else did_you_mean(name, known)
            self.problems.append(document.problem(("extends",), f"there is no profile {name!r}; {where}"))
            return []
        return self.profile(base, chain)[1]

    def _demands_on_clients(
        self, document: Document, path: str | Path, name: object, known: list[Family], above: tuple[Path, ...]
    ) -> list[Family]:
        """The families of the profile that says what is demanded of clients, where they are wanted."""
        if not self.of_clients or not isinstance(name, str) or re.fullmatch(STEM, name) is None:
            return []
        beside = Path(path).parent / f"{name}.yaml"
        if not beside.is_file() or beside.resolve() in (*above, Path(path).resolve()):
            self.problems.append(document.problem(("clients",), f"there is no other profile {name} beside this file"))
            return []
        has = {family.family for family in known}
        return [one for one in self.profile(beside, (*above, Path(path).resolve()))[1] if one.family not in has]

    def _family(self, document: Document, path: str | Path, at: tuple[str | int, ...], name: object) -> Family | None:
        if not isinstance(name, str) or re.fullmatch(STEM, name) is None:
            return None  # the model says what is wrong with it
        beside = Path(path).parent / f"{name}.yaml"
        if not beside.is_file():
            known = _names(beside.parent, "family")
            text = f"there is no {beside.name} beside this file" + (f"; {did_you_mean(name, known)}" if known else "")
            if (data_dir("profiles") / beside.name).is_file():
                text += "; for the built-in families write extends: winter26"
            self.problems.append(document.problem(at, text))
            return None
        family = self._read(beside)
        if family is None:
            return None
        try:
            file = check(family, FamilyFile)
            family.refuse(self._family_problems(family, file, name))
        except UsageProblem as problem:
            self.problems.extend(problem.problems)
            return None
        requirements = tuple(Requirement(**dict(statement), family=file.family) for statement in file.requirements)
        return Family(family=file.family, title=file.title, requirements=requirements)

    def _family_problems(self, document: Document, file: FamilyFile, name: str) -> list[Problem]:
        problems: list[Problem] = list(_unknown_needs(file))
        if file.family != name:
            problems.append((("family",), f"must be {name}, as the file is called"))
        for position, statement in enumerate(file.requirements):
            at = ("requirements", position, "id")
            here = (document.name, position, document.line(at))
            first = self.origins.setdefault(statement.id, here)
            if first != here:
                taken = f"{statement.id} is taken by {first[0]}:{first[2]}"
                problems.append((at, f"{taken}; ids are permanent and never shared, so take a free one"))
        return problems

    def _read(self, path: str | Path) -> Document | None:
        try:
            return read(path)
        except UsageProblem as problem:
            self.problems.extend(problem.problems)
            return None


def _unknown_needs(file: FamilyFile) -> Iterator[Problem]:
    """The features that requirements need and their roles do not know."""
    for position, statement in enumerate(file.requirements):
        known = [feature.name for feature in role_model(statement.role).features] if statement.needs else []
        for place, name in enumerate(statement.needs):
            if name not in known:
                hint = did_you_mean(name, known) if known else "it has none at all"
                text = f"the role {statement.role} has no feature {VAULT.shown(name, 40)!r}; {hint}"
                yield ("requirements", position, "needs", place), text


def _override_problems(data: dict[str, object], families: list[Family] | None) -> Iterator[Problem]:
    """What is wrong with overrides as they were read. Ids are not looked up where a family could not be loaded."""
    overrides = data.get("overrides")
    known = {requirement.id: requirement for family in families or () for requirement in family.requirements}
    for identifier, override in overrides.items() if isinstance(overrides, dict) else ():
        at = ("overrides", identifier)
        fields = override if isinstance(override, dict) else {}
        if "basis" in fields:
            yield (*at, "basis"), "cannot be overridden, since it says what the source is; level and parameters can"
        if families is None:
            continue
        if identifier not in known:
            hint = did_you_mean(identifier, known) if known else "it has none at all"
            yield (*at, ""), f"the profile has no requirement {identifier}; {hint}"
            continue
        parameters, given = known[identifier].parameters, fields.get("parameters")
        for name, value in given.items() if isinstance(given, dict) else ():
            inside = (*at, "parameters", name)
            if name not in parameters:
                hint = did_you_mean(name, parameters) if parameters else "it has none"
                yield inside, f"{identifier} has no such parameter; {hint}"
            elif _kind(value) != _kind(parameters[name]):
                yield inside, f"must be {_kind(parameters[name])}, as in {identifier} itself"


def _overridden(file: ProfileFile, families: list[Family]) -> list[Family]:
    known = {requirement.id: requirement for family in families for requirement in family.requirements}
    for identifier in file.overrides.keys() & known.keys():
        override, requirement = file.overrides[identifier], known[identifier]
        level = override.level or requirement.level
        update = {"level": level, "parameters": requirement.parameters | override.parameters}
        known[identifier] = requirement.model_copy(update=update)
    return [
        family.model_copy(update={"requirements": tuple(known[statement.id] for statement in family.requirements)})
        for family in families
    ]


def _names(directory: Path, kind: str) -> list[str]:
    """The YAML files of a directory that begin with the field `kind`, shortest name first, without .yaml."""
    beginning = re.compile(rf"^{kind}:".encode(), re.MULTILINE)
    found = []
    for path in directory.glob("*.yaml"):
        with suppress(OSError), path.open("rb") as stream:
            if beginning.search(stream.read(4096)):
                found.append(path.stem)
    return sorted(found, key=lambda name: (len(name), name))


def _kind(value: object) -> str:
    kinds = ((bool, "true or false"), (str, "text"), (int | float, "a number"))
    return next((name for kind, name in kinds if isinstance(value, kind)), "something else")


def _is_path(name: str) -> bool:
    return "/" in name or "\\" in name or name.endswith((".yaml", ".yml"))


def _digest(model: BaseModel) -> str:
    canonical = json.dumps(model.model_dump(mode="json"), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()
