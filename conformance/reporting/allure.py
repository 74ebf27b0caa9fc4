"""What Allure is told: each judged case as a result with its requirement, its sources and its redacted exchanges.

allure-pytest does the bookkeeping and writes the files. Here its file writer is replaced by one that rewrites the
results of our cases in our own words and lets nothing pass that still holds a known secret: results, attachments and
captured output of other tests of the same run included.
"""

from __future__ import annotations

import hashlib
import json
import platform
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import allure_commons
from allure_commons.logger import AllureFileLogger
from allure_commons.model2 import Attachment, Label, Link, Parameter, Status, StatusDetails, TestResult
from allure_commons.types import LabelType, LinkType, Severity

from conformance.http.exchange import Evidence
from conformance.judging.verdict import Case, RunVerdict
from conformance.redaction import VAULT
from conformance.reporting import http_exchange
from conformance.reporting.allure_description import description, source_name
from conformance.reporting.allure_steps import exchanges_of, steps_of
from conformance.rules.outcome import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from allure_commons.model2 import Globals, TestResultContainer

    from conformance.config.profile import Profile
    from conformance.config.profile_files import Level
    from conformance.config.waivers import Waiver
    from conformance.judging.statement import Statement
    from conformance.judging.statement_contents import StatedProfile
    from conformance.judging.verdict import Judgeable

STATUS: Mapping[Outcome, str] = {
    Outcome.PASSED: Status.PASSED,
    # A deviation from a should or a may is no failure, and green would hide it. `unknown` is the one status of Allure
    # that has a colour, a filter and a place in the categories of its own and counts neither as success nor as failure,
    # neither in the success rate nor in a quality gate. The label `outcome` says which of the two it is.
    Outcome.WARNED: Status.UNKNOWN,
    Outcome.DIFFERS: Status.UNKNOWN,
    Outcome.FAILED: Status.FAILED,
    Outcome.INCONCLUSIVE: Status.BROKEN,
    Outcome.THROTTLED: Status.BROKEN,
    Outcome.HARNESS_ERROR: Status.BROKEN,
    Outcome.NOT_TESTED: Status.SKIPPED,
    Outcome.NOT_APPLICABLE: Status.SKIPPED,
    # What is marked as known too: Allure then shows it among the resolutions, and counts it in no success rate.
    Outcome.WAIVED: Status.FAILED,
}
"""How Allure, which knows five statuses, shows each outcome; reports/allurerc.yaml has a category for each."""

SEVERITY: Mapping[Level, Severity] = {"must": Severity.CRITICAL, "should": Severity.NORMAL, "may": Severity.MINOR}

VERDICT = "seasonproof-perf.json"
"""The file with a metric for each target, `conformant`: 1 or 0. Allure's quality gate demands 1; see allurerc.yaml."""

_KEY = "seasonproof-case"  # marks a result as ours on its way to the file; never written
_KEPT_LABELS = frozenset({LabelType.THREAD, LabelType.FRAMEWORK, LabelType.LANGUAGE, "package"})


class AllureWriter:
    """Writes the judged cases of a run as Allure results.

    Args:
        directory: the folder that `--alluredir` named.
        profile: the profile of the run.
        environment: what the report shows about the run as a whole, such as suite, profile, targets (names with commas
            between them) and depth.
        strict: whether a warning counts as a failure, as it then does in the report too.
    """

    def __init__(
        self, directory: Path, profile: Profile | StatedProfile, *, environment: Mapping[str, str], strict: bool = False
    ) -> None:
        self._directory = directory
        self._profile = profile
        self._environment = {**environment, "python": platform.python_version()}
        self._status = {**STATUS, Outcome.WARNED: Status.FAILED} if strict else STATUS
        self._several_targets = "," in environment.get("targets", "")
        self._families = {family.family: family.title for family in profile.families}
        self._files: list[Any] = []  # allure-pytest's AllureFileLogger, which has no types
        self._judged: dict[str, tuple[Judgeable, Case, Waiver | None]] = {}
        self._ours: set[str] = set()
        self._containers: list[TestResultContainer] = []
        self._controller = False
        self._is_redacted = False  # what is being attached

    def start(self, *, controller: bool = True) -> None:
        """Take the place of allure-pytest's file writer.

        Args:
            controller: whether this is the process that speaks for the run; a worker of pytest-xdist is not.

        Raises:
            RuntimeError: allure-pytest has not registered its file writer yet.
        """
        plugins = allure_commons.plugin_manager
        self._controller = controller
        self._files = [plugin for plugin in plugins.get_plugins() if isinstance(plugin, AllureFileLogger)]
        if not self._files:
            msg = "allure-pytest has no file writer to replace; start after its pytest_configure, with --alluredir"
            raise RuntimeError(msg)
        for files in self._files:
            plugins.unregister(files)
        plugins.register(self)
        self._write_environment()
        if controller:
            (self._directory / VERDICT).unlink(missing_ok=True)

    def stop(self) -> None:
        """Give the place back, so that allure-pytest can clean up after itself. May be called twice."""
        plugins = allure_commons.plugin_manager
        if not plugins.is_registered(self):
            return
        self._write_containers()
        plugins.unregister(self)
        for files in self._files:
            plugins.register(files)
        # Again, because each worker that cleans the folder before it starts takes the file with it.
        self._write_environment()

    def finish(self, statement: Statement) -> None:
        """Write what Allure's quality gate needs to say the same as the run. A run that ended early has no verdict.

        Raises:
            OSError: the file cannot be written.
        """
        footer = statement.footer
        if footer is None:
            return
        at = int(footer.ended.timestamp() * 1000)
        found = {result.target: result.verdict is RunVerdict.CONFORMANT for result in footer.results}
        found |= dict.fromkeys(footer.broken, False)
        samples = [
            {"id": f"{at}-{number}", "key": "conformant", "value": int(is_conformant), "start": at, "stop": at}
            for number, is_conformant in enumerate(found.values())
        ]
        (self._directory / VERDICT).write_text(json.dumps(samples), "ascii")

    def judged(self, requirement: Judgeable, case: Case, waiver: Waiver | None = None) -> None:
        """Take note of a case while its test is still Allure's current one, and attach its exchanges.

        Args:
            requirement: the one that was judged.
            case: what it came to; message and exchanges are redacted already.
            waiver: what waives it; None where nothing does.
        """
        key = str(len(self._judged))
        self._judged[key] = requirement, case, waiver
        hook = allure_commons.plugin_manager.hook
        hook.add_label(label_type=_KEY, labels=(key,))
        self._is_redacted = True  # a moment ago, field by field; to look once more costs a third of this report
        for exchange in case.evidence:
            evidence = Evidence.from_json(exchange)
            hook.attach_data(
                body=json.dumps(http_exchange.attachment(evidence), ensure_ascii=False),
                name=http_exchange.attachment_name(evidence),
                attachment_type=http_exchange.MEDIA_TYPE,
                extension=http_exchange.EXTENSION,
            )
        self._is_redacted = False

    def write(self, requirement: Judgeable, case: Case, waiver: Waiver | None = None) -> None:
        """Write a case without a test of pytest, at once and without `start`. The arguments are those of `judged`."""
        if not self._files:
            self._controller = True
            self._files = [AllureFileLogger(str(self._directory))]  # type: ignore[no-untyped-call] # has no types
            self._write_environment()
        now = int(time.time() * 1000)
        result = TestResult(uuid=str(uuid4()), start=now - int(case.seconds * 1000), stop=now, stage="finished")
        result.fullName = f"{requirement.family}.{requirement.id}"
        for exchange in case.evidence:
            evidence = Evidence.from_json(exchange)
            name, source = http_exchange.attachment_name(evidence), f"{uuid4()}-attachment.{http_exchange.EXTENSION}"
            self.report_attached_data(json.dumps(http_exchange.attachment(evidence), ensure_ascii=False), source)
            result.attachments.append(Attachment(name, source, http_exchange.MEDIA_TYPE))
        self._rewrite(result, requirement, case, waiver)
        for files in self._files:
            files.report_result(_redacted(result, ours=True))

    # ------------------------------------------------- what a file writer does

    @allure_commons.hookimpl
    def report_result(self, result: TestResult) -> None:
        """Write a result; one of ours in our own words."""
        keys = [label.value for label in result.labels if label.name == _KEY]
        if keys:
            self._ours.add(result.uuid)
            self._rewrite(result, *self._judged[keys[-1]])  # a case that is tried again is judged twice
        redacted = _redacted(result, ours=bool(keys))
        for files in self._files:
            files.report_result(redacted)

    @allure_commons.hookimpl
    def report_container(self, container: TestResultContainer) -> None:
        """Hold a container, the set-up of some tests, until it is known whose tests they are."""
        self._containers.append(container)

    @allure_commons.hookimpl
    def report_attached_data(self, body: str | bytes, file_name: str) -> None:
        """Write an attachment; one of ours is redacted already."""
        if not self._is_redacted:
            ours = file_name.endswith(f".{http_exchange.EXTENSION}")
            body = VAULT.redact(body, firm=ours) if isinstance(body, str) else VAULT.redact_bytes(body)
        for files in self._files:
            files.report_attached_data(body, file_name)

    @allure_commons.hookimpl
    def report_attached_file(self, source: str, file_name: str) -> None:
        """Write an attachment that is a file elsewhere."""
        self.report_attached_data(Path(source).read_bytes(), file_name)

    @allure_commons.hookimpl
    def report_globals(self, globals_item: Globals) -> None:
        """Write what concerns the run as a whole."""
        redacted = _redacted(globals_item)
        for files in self._files:
            files.report_globals(redacted)

    # ---------------------------------------------------------------- details

    def _rewrite(self, result: TestResult, requirement: Judgeable, case: Case, waiver: Waiver | None) -> None:
        # Only a fixture's end can break what has passed already, and it is never the target's.
        broken_after = case.outcome is Outcome.PASSED and result.status in (Status.FAILED, Status.BROKEN)
        outcome = Outcome.HARNESS_ERROR if broken_after else case.outcome
        result.name = self._name(requirement, case)
        result.status = self._status[outcome]
        if outcome is not Outcome.HARNESS_ERROR:
            result.statusDetails = StatusDetails(message=case.message) if case.message else None
        if outcome is Outcome.WAIVED:
            result.statusDetails = StatusDetails(message=case.message or None, known=True)
        attached = exchanges_of(result.attachments)
        result.steps = [*result.steps, *steps_of(case, attached, result.status)]
        result.attachments = [one for one in result.attachments if one not in attached]
        result.description = description(requirement, case, outcome, waiver)
        result.descriptionHtml = None
        result.titlePath = [self._profile.title, self._families[requirement.family]]
        # A history that outlives the renaming of a test, and the requirement's place in the profile.
        result.testCaseId = _digest(requirement.id, case.case)
        result.historyId = _digest(requirement.id, case.case, case.target)
        named = {"target": case.target, "case": case.case}
        result.parameters = [Parameter(name=name, value=value) for name, value in named.items() if value]
        result.links = [Link(LinkType.LINK, source.url, source_name(source)) for source in requirement.sources]
        result.labels = [label for label in result.labels if label.name in _KEPT_LABELS]
        result.labels += [Label(name, value) for name, value in self._labels(requirement, case, outcome)]

    def _name(self, requirement: Judgeable, case: Case) -> str:
        named = f"{requirement.id} {requirement.title}" + (f" [{case.case}]" if case.case else "")
        return f"{named} · {case.target}" if self._several_targets else named

    def _labels(self, requirement: Judgeable, case: Case, outcome: Outcome) -> Iterator[tuple[str, str]]:
        family = self._families[requirement.family]
        yield "requirement", requirement.id
        yield "outcome", outcome.value
        yield "level", requirement.level
        yield "basis", requirement.basis
        yield "role", requirement.role
        yield "target", case.target
        yield LabelType.SEVERITY, SEVERITY[requirement.level].value
        yield LabelType.EPIC, self._profile.title
        yield LabelType.FEATURE, family
        yield LabelType.STORY, f"{requirement.id} {requirement.title}"
        yield LabelType.PARENT_SUITE, self._profile.title
        yield LabelType.SUITE, family
        # Allure filters by tags.
        for tag in (requirement.level, requirement.basis, case.target):
            yield LabelType.TAG, tag

    def _write_containers(self) -> None:
        # Our fixtures are machinery: what they have to say stands in the case's message.
        for container in self._containers:
            container.children = [child for child in container.children if child not in self._ours]
            if container.children:
                redacted = _redacted(container)
                for files in self._files:
                    files.report_container(redacted)
        self._containers.clear()

    def _write_environment(self) -> None:
        if self._controller:
            # The escapes of JSON are those of Java properties.
            lines = [
                f"{name}={json.dumps(VAULT.redact(value, firm=True))[1:-1]}\n"
                for name, value in self._environment.items()
            ]
            self._directory.mkdir(parents=True, exist_ok=True)
            (self._directory / "environment.properties").write_text("".join(lines), "ascii")


def write_results(folder: Path, statement: Statement) -> None:
    """Write the Allure results of a statement into a folder; results of earlier runs there are replaced.

    Raises:
        OSError: they cannot be written.
    """
    olds = [
        *folder.glob("*-result.json"),
        *folder.glob(f"*-attachment.{http_exchange.EXTENSION}"),
        *folder.glob(VERDICT),
    ]
    for old in olds:
        old.unlink()
    header = statement.header
    environment = {
        "suite": header.suite,
        "profile": f"{header.profile.name} ({header.profile.digest[:12]})",
        "targets": ", ".join(statement.target_names),
        "depth": header.depth,
        "seed": header.seed,
        "run": header.run,
    }
    writer = AllureWriter(folder, header.profile, environment=environment, strict=header.strict)
    for name in statement.target_names:
        for verdict in statement.of(name):
            for case in verdict.cases:
                writer.write(verdict.requirement, case, verdict.waiver)
    writer.finish(statement)


def _digest(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32]


_FIXED = frozenset(
    {"status", "stage", "uuid", "historyId", "testCaseId", "fullName", "source", "type", "children", "start", "stop"}
)
"""Fields of Allure's model that hold fixed words and identifiers: a secret that is such a word hides none."""


def _redacted(item: Any, *, ours: bool = False) -> Any:
    """The same item of Allure's model, redacted in place: every text at any depth, fields of fixed words apart.

    Args:
        item: the item, or a part of it.
        ours: whether it is in our own words, in which what a target said is redacted already.
    """
    if isinstance(item, str):
        # Half a surrogate pair, which a generated example may hold, cannot be written to a file.
        return VAULT.redact(item.encode("utf-8", "backslashreplace").decode(), firm=ours)
    if isinstance(item, list):
        return [_redacted(part, ours=ours) for part in item]
    if hasattr(item, "__attrs_attrs__"):
        fixed = _FIXED | {"name"} if isinstance(item, Label | Parameter) else _FIXED
        # allure-pytest writes an error itself.
        in_our_words = ours and not isinstance(item, StatusDetails)
        for name, value in vars(item).items():
            if name not in fixed:
                setattr(item, name, _redacted(value, ours=in_our_words))
    return item
