"""What happens in pytest while a profile is given: set-up, judging, collecting, the verdict and the exit code."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Generator
from dataclasses import replace
from pathlib import Path
from typing import Any

import hypothesis
import pytest

from conformance.config.fleet import Chosen, first_problem
from conformance.documents import UsageProblem
from conformance.http.exchange import Evidence
from conformance.judging.run import Run
from conformance.judging.run_options import RunOptions
from conformance.judging.selection import Selection
from conformance.judging.verdict import Case, ExitCode
from conformance.judging.waiving import unused
from conformance.plugin import fixtures
from conformance.plugin.cases import case_of
from conformance.plugin.client_options import client_of, refuse_nobody, traffic_of
from conformance.plugin.collection import Collection, requirement_of, target_and_case_of
from conformance.plugin.keys import CASE, RUN, SENT
from conformance.plugin.leftovers import Leftovers
from conformance.plugin.options import chosen
from conformance.plugin.output_files import allure_writer, unwritable_outputs, write_at_the_end
from conformance.plugin.progress import CATEGORIES, Progress
from conformance.plugin.resuming import exit_code_with_kept, keep_finished, kept
from conformance.plugin.retrying import Retrying
from conformance.plugin.scheduling import Scheduling, hands_out_targets, processes
from conformance.plugin.secrecy import failure_text, is_judgement, publish_words_of, redact_log_records
from conformance.plugin.signals import Signals
from conformance.plugin.statement_keeping import StatementKeeper
from conformance.plugin.turns import LEFT_OUT, SharedFolder, Turns, shared_folder
from conformance.redaction import VAULT
from conformance.reference.embedded import EmbeddedTargets
from conformance.reporting.junit import PROPERTIES, SHOWN_AS
from conformance.reporting.outputs import OutputStream
from conformance.reporting.plan import plan
from conformance.reporting.terminal import LETTERS, Line, left_behind, summary
from conformance.rules.outcome import Outcome


def start(config: pytest.Config) -> None:
    """Take part in the run. Raises pytest.UsageError with every problem of profile, targets and waivers."""
    option = chosen(config)
    options = RunOptions(
        profile=option.profile,
        targets=option.target,
        fleet=Chosen(option.select, option.shard),
        left_out=getattr(config, "workerinput", {}).get(LEFT_OUT, ()),
        client=client_of(option),
        traffic=traffic_of(option),
        variants=option.variant,
        selection=Selection(option.require, option.family, option.role, option.level),
        depth=option.depth or "standard",
        allow_destructive=option.allow_destructive,
        # pytest's own --strict is taken too: a user who asks for strictness wants warnings to fail.
        strict="strict=true" in (config.option.override_ini or []),
        waivers=option.waivers,
        baseline=option.baseline,
        updates_baseline=option.update_baseline,
        sends_nothing=option.plan or config.option.collectonly,
    )
    try:
        run = Run(
            options,
            EmbeddedTargets,
            shares=processes(config),
            hands_out_targets=hands_out_targets(config),
            shared=shared_folder(config),
        )
    except UsageProblem as problem:
        raise pytest.UsageError(str(problem)) from None
    if not hasattr(config, "workerinput"):
        keep_finished(run, config)
    if problems := list(unwritable_outputs(config)):
        raise pytest.UsageError(str(UsageProblem(problems)))
    if option.plan and processes(config) > 1:
        msg = "--plan asks the target nothing, so it needs no processes: leave out -n"
        raise pytest.UsageError(msg)
    if not options.sends_nothing:
        refuse_nobody(run, processes(config))
    config.stash[RUN] = run
    config.addinivalue_line("markers", "requirement(id): the requirement that a test judges")
    config.addinivalue_line("markers", "needs(*features): what a case does not apply without, beside its requirement's")
    config.addinivalue_line("markers", "moves_the_clock: the test moves the target's clock")
    hypothesis.settings.register_profile(
        "seasonproof",
        max_examples=run.examples,
        deadline=None,
        database=None,  # nothing is left behind; the same examples come again because they are derandomized
        derandomize=not config.getoption("hypothesis_seed", None),
        report_multiple_bugs=False,
        print_blob=False,
        # The phase that explains would send some fifty failing requests more, and nobody is shown what it finds.
        phases=[hypothesis.Phase.explicit, hypothesis.Phase.generate, hypothesis.Phase.shrink],
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    hypothesis.settings.load_profile("seasonproof")
    redact_log_records()
    publish_words_of(run.profile)
    signals, retrying = Signals(), Retrying(run, Turns(run.shared))
    families = (fixtures, fixtures.drivers(), Collection(run, config))
    stating = StatementKeeper(run, config)
    progress: list[Progress] = []
    if not hasattr(config, "workerinput"):
        stating.refuse_what_cannot_be_written()
        config.pluginmanager.register(stating)
        progress = [Progress(run, config, stating)]
    session = Session(run, config, stating)
    # The last one is the first to hear that the session has ended: what is left is known to the others.
    for plugin in (
        *families,
        signals,
        SharedFolder(run),
        retrying,
        Scheduling(run),
        session,
        *progress,
        Leftovers(run, signals),
    ):
        config.pluginmanager.register(plugin)


class Session:
    """The hooks of a run."""

    def __init__(self, run: Run, config: pytest.Config, stating: StatementKeeper) -> None:
        self.run = run
        self.config = config
        self.stating = stating
        self.options = chosen(config)
        self.is_worker = hasattr(config, "workerinput")
        self.others_failed = False
        self.failures = 0
        self.nothing_is_left = False
        self.leaks: list[str] = []
        self.stream: OutputStream | None = None
        self.exchanges: list[Evidence] = []  # of the cases that did not plainly pass
        self.allure = allure_writer(config, run)

    # ------------------------------------------------------------- beginning

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionstart(self) -> None:
        """See whether a journal can be kept, and the targets be reached; redact whatever pytest itself prints."""
        asks_nothing = self.options.plan or self.config.option.collectonly or self.is_worker
        if not asks_nothing and (problems := [*self.run.unjournaled(), *self.run.unreachable()]):
            raise pytest.UsageError(str(UsageProblem(problems)))
        reporter = self.config.pluginmanager.get_plugin("terminalreporter")
        if reporter is not None:
            writer = reporter._tw  # pytest offers no public way to its terminal stream
            writer._file = self.stream = OutputStream(writer._file)
        if self.allure is not None:
            self.allure.start(controller=not self.is_worker)

    def pytest_report_header(self) -> list[str]:
        """What is tested, against what, how deeply."""
        run = self.run
        lines = [
            f"seasonproof: {run.profile.title} ({run.profile.name}), depth {run.options.depth}, run {run.identifier}"
        ]
        names = run.target_names
        shown = [f"{name} ({run.address(name)})" for name in names[:3]]
        lines.append(f"targets: {', '.join(shown)}" + (f" and {len(names) - 3} more" if len(names) > 3 else ""))
        lines += self.stating.said
        lines += [f"left out: {problem}" for problem in run.unconcerned]
        lines += [f"broken: {problem}" for said in run.broken.values() for problem in said]
        lines += [f"broken: {'; '.join(said)}" for said in run.dead.values()]
        return [*lines, *(f"warning: {warning}" for warning in run.warnings)]

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool | None:
        """With --plan: print it and run nothing."""
        if not self.options.plan:
            return None
        self._print(plan(self.run, _requirements_of(session.items), self.config.get_verbosity(), self._width()))
        self._print(self._unusable_files())
        return True

    # --------------------------------------------------------------- judging

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Turn what a test raised into an outcome; let nothing secret into the report."""
        identifier, excinfo = requirement_of(item), call.excinfo
        failure = failure_text(item, excinfo) if identifier is not None and excinfo is not None else None
        if excinfo is not None and failure is not None:
            item.repr_failure = lambda excinfo, style=None: failure  # type: ignore[method-assign] # of this item
            if is_judgement(excinfo):  # its traceback would take a quarter of a run's time, and nobody sees it
                excinfo.traceback = excinfo.traceback[:0]
        report = yield
        if isinstance(report.longrepr, tuple):
            report.longrepr = (*report.longrepr[:2], VAULT.shown(report.longrepr[2]))
        elif report.longrepr is not None:  # pytest asks the item about the call alone, not about set-up and teardown
            report.longrepr = failure or VAULT.shown(str(report.longrepr))
        report.sections = [(title, VAULT.shown(text)) for title, text in report.sections]
        if identifier is not None and (call.when == "call" or (call.when == "setup" and call.excinfo is not None)):
            found = case_of(self.run, item, call, report, identifier, shows_passes=self.allure is not None)
            case = item.stash[CASE] = self.run.outcome_with_waiver(found)
            self._show_as(report, case)
            item.user_properties += [(name, value) for name in PROPERTIES if (value := str(getattr(case, name)))]
            if self.allure is not None:
                requirement = self.run.profile.requirement(case.requirement)
                self.allure.judged(requirement, case, self.run.waiver(case.target, case.requirement))
        if SENT in item.stash and CASE in item.stash:
            is_kept = item.stash[CASE].outcome is not Outcome.PASSED
            sent = item.stash[SENT].take(with_exchanges=is_kept)
            report.seasonproof_sent = [sent]  # type: ignore[attr-defined] # travels with the report too
        return report

    def _show_as(self, report: pytest.TestReport, case: Case) -> None:
        shown = SHOWN_AS[case.outcome]
        if self.run.options.strict and case.outcome is Outcome.WARNED:
            shown = "failed"
        report.outcome = shown  # type: ignore[assignment] # pytest's own three words
        # It travels with the report between processes. Allure alone shows what a pass has sent.
        kept = replace(case, exchanges=()) if case.outcome is Outcome.PASSED else case
        report.seasonproof = kept.as_json()  # type: ignore[attr-defined]
        text = f"{case.requirement}: {case.outcome}: {case.message}"
        if shown == "skipped":
            report.longrepr = (case.requirement, 0, text)
        elif case.outcome is not Outcome.HARNESS_ERROR:
            report.longrepr = text if shown == "failed" else None

    @pytest.hookimpl(tryfirst=True)
    def pytest_warning_recorded(self, warning_message: warnings.WarningMessage) -> None:
        """Redact a warning where it arises: another process, which prints it, does not know the secret."""
        text = str(warning_message.message)
        if (redacted := VAULT.shown(text)) != text:
            warning_message.message = UserWarning(redacted)

    @pytest.hookimpl(tryfirst=True)
    def pytest_report_teststatus(
        self, report: pytest.TestReport
    ) -> tuple[str, str, tuple[str, dict[str, bool]]] | None:
        """The letter and the word of an outcome."""
        found = getattr(report, "seasonproof", None)
        if found is None:
            return None
        outcome = Outcome(found["outcome"])
        letter, markup = LETTERS[outcome]
        return CATEGORIES.get(outcome, str(outcome)), letter, (outcome.upper(), markup)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Collect the cases, from this process or from the workers."""
        found = getattr(report, "seasonproof", None)
        self.failures += report.failed
        for sent in getattr(report, "seasonproof_sent", ()):
            self.stating.requests[sent["target"]] += sent["requests"]
            self.exchanges += map(Evidence.from_json, sent["exchanges"])
        if found is not None:
            case = Case.from_json(found)
            self.run.cases.append(case)
            self.stating.judged(case)
        elif report.failed:
            self.others_failed = True

    # ---------------------------------------------------------------- ending

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Note what is going to be judged, and how tests are called."""
        VAULT.publish("\n".join(f"{item.nodeid} {item.nodeid.replace('/', '.')}" for item in session.items))
        self.run.selected |= _requirements_of(session.items)

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """Take over what a worker was going to judge and what it found in its outputs."""
        output = getattr(node, "workeroutput", {}).get("seasonproof", {})
        self.run.selected |= {tuple(pair) for pair in output.get("selected", [])}
        self.leaks.extend(output.get("leaks", []))
        self.run.left.extend(output.get("left", []))

    @pytest.hookimpl(wrapper=True, trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> Generator[None, None, None]:
        """The verdict decides the exit code, unless pytest itself ended the run."""
        if not self.is_worker and not self.options.plan and not self.config.option.collectonly:
            session.exitstatus = self.stating.finish(self._exit_status(session.exitstatus))
            for line in write_at_the_end(self.options.har, self.exchanges, self.allure, self.stating):
                self._print([Line(line, {"red": True})])
                session.exitstatus = ExitCode.USAGE
        try:
            yield
        except OSError as error:  # such as the file of --junitxml on a disk that is full by now
            self._print([Line(f"an output cannot be written: {error.strerror or error}", {"red": True})])
            session.exitstatus = ExitCode.USAGE
        self.leaks.extend(self._leaks())
        if self.is_worker:
            output = self.config.workeroutput  # type: ignore[attr-defined] # pytest-xdist's way back
            output["seasonproof"] = {
                "selected": sorted(self.run.selected),
                "leaks": self.leaks,
                "left": self.run.left,
            }
        elif self.leaks:
            session.exitstatus = pytest.ExitCode.INTERNAL_ERROR
            self._print([Line(f"secret leak: {leak}", {"red": True, "bold": True}) for leak in self.leaks])
        if self.stream is not None and self.stream.problem:
            session.exitstatus = ExitCode.USAGE
            sys.stderr.write(f"seasonproof: the output cannot be written: {self.stream.problem}\n")

    def pytest_terminal_summary(self, exitstatus: int) -> None:
        """The table, all that is not a plain pass, and the verdict."""
        self._print(left_behind(self.run.left))
        self._print([Line(said) for said in kept(self.run)])
        ran_nothing = self.options.plan or self.config.option.collectonly
        was_refused = exitstatus == pytest.ExitCode.USAGE_ERROR and not self.run.cases
        if self.nothing_is_left:
            text = f"nothing was tested: the options of pytest leave none of {len(self.run.wanted)} requirements"
            self._print([Line(text, {"red": True})])
        elif self.run.selected and not ran_nothing and not was_refused:
            self._print(summary(self.stating.whole, self.config.get_verbosity(), self._width()))
            self._print([Line(note) for note in self.stating.notes])
            self._print(self._unusable_files())

    def _unusable_files(self) -> list[Line]:
        """The files of a fleet that can't be used, which keeps them from a verdict."""
        said = {path: first_problem(path, problems) for path, problems in self.run.broken.items()}
        return [Line(f"{path}: incomplete: {problem}", {"yellow": True}) for path, problem in said.items()]

    def pytest_unconfigure(self) -> None:
        """Stop what was started."""
        self.run.close()
        if self.allure is not None:
            self.allure.stop()

    # --------------------------------------------------------------- details

    def _exit_status(self, status: int) -> int:
        ended_by_pytest = status not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED)
        # pytest-xdist calls it an interruption where -x ends a run.
        by_maxfail = status == pytest.ExitCode.INTERRUPTED and 0 < (self.config.option.maxfail or 0) <= self.failures
        if self.run.has_nothing_left and status in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED):
            return exit_code_with_kept(self.run, [])
        if status == pytest.ExitCode.NO_TESTS_COLLECTED:
            self.nothing_is_left = True
            return ExitCode.USAGE
        if (ended_by_pytest and not by_maxfail) or not self.run.selected:
            return status
        if self.others_failed:
            return pytest.ExitCode.TESTS_FAILED
        verdicts = [self.run.verdict(name) for name in self._targets_with_a_verdict()]
        code = exit_code_with_kept(self.run, verdicts)
        # A file of waivers that says too much is a mistake in a file, whatever the target is like.
        return ExitCode.USAGE if code is ExitCode.CONFORMANT and self._unused_waivers() else code

    def _targets_with_a_verdict(self) -> list[str]:
        selected = {target for target, _ in self.run.selected}
        return [name for name in self.run.target_names if name in selected]

    def _unused_waivers(self) -> list[str]:
        verdicts = [v for name in self._targets_with_a_verdict() for v in self.run.verdicts(name)]
        return unused(self.run.waivers, verdicts)

    def _leaks(self) -> list[str]:
        """The secrets that stand in a file which this run wrote, by label: none, or the redaction is broken."""
        option = self.config.option
        directory = getattr(option, "allure_report_dir", None)
        files = [path for path in Path(directory).rglob("*") if path.is_file()] if directory else []
        files += [
            Path(name) for name in (option.xmlpath, self.options.har, option.log_file) if name and not self.is_worker
        ]
        files += [] if self.is_worker else self.stating.files
        return [
            f"{label} is in {path.name}"
            for path in files
            if path.is_file()  # and no pipe or device, which has no end
            for label in VAULT.leaks_in(path.read_bytes())
        ]

    def _width(self) -> int:
        """How many characters a line of the terminal has."""
        reporter = self.config.pluginmanager.get_plugin("terminalreporter")
        return int(reporter._tw.fullwidth) if reporter is not None else 80  # pytest offers no public way to it

    def _print(self, lines: list[Line]) -> None:
        reporter = self.config.pluginmanager.get_plugin("terminalreporter")
        if reporter is None:
            return
        for line in lines:
            if line.separator:
                reporter.write_sep(line.separator, line.text, **line.markup)
            else:
                reporter.write_line(line.text, **line.markup)


def _requirements_of(items: list[pytest.Item]) -> set[tuple[str, str]]:
    found = ((target_and_case_of(item)[0], requirement_of(item)) for item in items)
    return {(target, identifier) for target, identifier in found if target and identifier is not None}
