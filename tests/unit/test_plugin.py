"""The pytest plugin as its users meet it: in a project of their own, from the command line."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonpath_rfc9535  # noqa: F401 - the same: its Rust part can be imported only once
import pytest
import yaml

import conformance.plugin.session  # noqa: F401 - so that no run in this process imports it again
from conformance.config.profile import load_profile
from conformance.documents.package_data import data_dir
from conformance.judging.verdict import ExitCode
from conformance.reference.app import describe, reference_app
from conformance.reference.server import Server
from tests.unit.raw_server import Connection, serving

if TYPE_CHECKING:
    from _pytest.pytester import RunResult

ALL = len(load_profile("winter26").requirements)

PROFILE = "--profile=winter26"
WAIVER = "  - {id: SAB-07, target: TARGET, reason: the gateway is replaced in spring, owner: platform, until: UNTIL}\n"


@pytest.fixture(autouse=True)
def _a_project_of_its_own(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of the machine takes part, and the state that runs keep is kept here."""
    # The first one warns as it is imported, the second one costs half a second.
    monkeypatch.setenv("PYTEST_ADDOPTS", "-p no:anyio -p no:schemathesis")
    monkeypatch.setenv("XDG_STATE_HOME", str(pytester.path / "state"))
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.delenv("SEASONPROOF_TARGET", raising=False)


@pytest.fixture(scope="module")
def reference() -> Iterator[str]:
    """Where a correct target is served."""
    with Server() as server:
        yield server.serve(reference_app())


def write_target(pytester: pytest.Pytester, name: str, base_url: str, *left_out: str, **limits: Any) -> Path:
    """A target file for a reference target, without some of its lines."""
    data: dict[str, Any] = describe(base_url, name)
    for line in left_out:
        (data if line in data else data["single_access"]).pop(line)
    data["limits"].update(limits)
    path = pytester.path / f"{name}.yaml"
    path.write_text(yaml.safe_dump(data))
    return path


def write_profile(pytester: pytest.Pytester, changes: dict[str, dict[str, object]]) -> Path:
    """A copy of the profile `winter26` in which some requirements are changed."""
    families = yaml.safe_load((data_dir("profiles") / "winter26.yaml").read_text())["families"]
    for name in ("winter26.yaml", *(f"{family}.yaml" for family in families)):
        data = yaml.safe_load((data_dir("profiles") / name).read_text())
        for requirement in data.get("requirements", ()):
            requirement.update(changes.get(requirement["id"], {}))
        (pytester.path / name).write_text(yaml.safe_dump(data))
    return pytester.path / "winter26.yaml"


def write_waivers(pytester: pytest.Pytester, target: str, until: str = "2999-12-31") -> Path:
    path = pytester.path / "waivers.yaml"
    path.write_text("waivers:\n" + WAIVER.replace("TARGET", target).replace("UNTIL", until))
    return path


def words(result: RunResult) -> str:
    """All that a run printed, with every run of white space as one space."""
    return " ".join((result.stdout.str() + result.stderr.str()).split())


# ------------------------------------------------------------ without --profile


def test_without_a_profile_the_plugin_says_and_does_nothing(pytester: pytest.Pytester) -> None:
    """An unrelated project loads none of its modules, and prints what it prints without the plugin."""
    pytester.makepyfile(
        """
        import sys

        import hypothesis


        def test_nothing_is_loaded():
            loaded = {name for name in sys.modules if name.startswith("conformance")}
            options = {"conformance.plugin.options", "conformance.plugin.late_schemathesis"}
            assert loaded <= {"conformance", "conformance.plugin", *options}


        def test_the_examples_of_the_project_are_its_own():
            assert hypothesis.settings.get_current_profile_name() in ("default", "ci")
        """
    )

    def printed(*options: str) -> list[str]:
        result = pytester.runpytest_subprocess("-v", *options)
        result.assert_outcomes(passed=2)
        lines = [line for line in result.stdout.lines if not line.startswith("plugins: ")]
        return [re.sub(r" in \d+\.\d+s", "", line) for line in lines]

    assert printed() == printed("-p", "no:seasonproof")


def test_without_a_profile_there_is_no_marker_and_no_fixture(pytester: pytest.Pytester) -> None:
    """Names as common as `target` and `run` stay free."""
    pytester.makepyfile("def test_x(target): pass")
    assert "requirement(id)" not in pytester.runpytest_inprocess("--markers").stdout.str()
    pytester.runpytest_inprocess().stdout.fnmatch_lines(["*fixture 'target' not found"])


@pytest.mark.parametrize(
    "option",
    [
        "--target=acme.yaml",
        "--variant=all",
        "--level=must",
        "--require=SAB-01",
        "--family=token-handling",
        "--role=single_access",
        "--depth=quick",
        "--plan",
        "--allow-destructive",
        "--waivers=w.yaml",
        "--har=x.har",
    ],
)
def test_an_option_without_a_profile_is_refused_in_one_line(pytester: pytest.Pytester, option: str) -> None:
    """Whoever asks for a conformance run does not get an ordinary one."""
    result = pytester.runpytest_inprocess(option)
    assert result.ret == ExitCode.USAGE
    name = option.partition("=")[0]
    assert result.stderr.str().split("\n", 1)[0] == f"ERROR: {name} needs --profile, such as --profile=winter26"


# ---------------------------------------------------------------- usage problems


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (
            ["--profile=winter62"],
            "profile 'winter62': there is no such built-in profile; did you mean winter26? Known:",
        ),
        (["--profile=./mine.yaml"], "./mine.yaml: no such file"),
        ([PROFILE, "--require=SAB-99"], "--require: winter26 has no requirement 'SAB-99'; near it are SAB-"),
        ([PROFILE, "--variant=header"], "there is no variant 'header'; near it are header-wins-over-the-query"),
        ([PROFILE, "--require=SAB-15", "--level=must"], "--require=SAB-15 --level=must: these leave nothing of"),
        ([PROFILE, "--family=token-handlings"], "--family: winter26 has no family 'token-handlings'; near it is token"),
        ([PROFILE, "--role=token-endpoint"], "winter26 has nothing on the role 'token-endpoint'; near it is token_"),
        ([PROFILE, "--target=acme.yaml"], "acme.yaml: no such file"),
    ],
)
def test_what_cannot_be_run_is_said_in_one_line(pytester: pytest.Pytester, options: list[str], said: str) -> None:
    """The line names the value and the way out."""
    result = pytester.runpytest_inprocess(*options)
    assert result.ret == ExitCode.USAGE
    assert said in result.stderr.str()
    assert len(result.stderr.str().strip().splitlines()) == 1


def test_mistakes_of_all_targets_come_at_once(pytester: pytest.Pytester, reference: str) -> None:
    """A name that is taken is one of them."""
    acme = write_target(pytester, "acme", reference)
    (pytester.path / "empty.yaml").write_text("name: empty\n")
    result = pytester.runpytest_inprocess(PROFILE, f"--target={acme}", f"--target={acme}", "--target=empty.yaml")

    assert result.ret == ExitCode.USAGE
    said = words(result)
    assert "acme.yaml: name: another target of this run is called acme too; give it another name" in said
    assert "empty.yaml:1: declares no role" in said


def test_a_waiver_that_has_ended_stops_the_run(pytester: pytest.Pytester) -> None:
    """Nothing is asked of the target."""
    waivers = write_waivers(pytester, "reference", until="2020-01-31")
    result = pytester.runpytest_inprocess(PROFILE, f"--waivers={waivers}")
    assert result.ret == ExitCode.USAGE
    assert "waivers.yaml:2: waivers[0].until: the waiver ended on 2020-01-31; fix SAB-07 on reference" in words(result)


# ------------------------------------------------------- in somebody else's project


@pytest.fixture
def project_with_habits(pytester: pytest.Pytester) -> None:
    """A project whose configuration would stop any test but its own."""
    pytester.makeini(
        """
        [pytest]
        testpaths = checks
        python_files = check_*.py
        python_classes = Check
        python_functions = verify_*
        addopts = --strict-markers --strict-config --import-mode=importlib -ra --tb=long
        filterwarnings = error
        xfail_strict = true
        markers = slow: takes long
        usefixtures = something_of_the_project
        """
    )
    pytester.makeconftest(
        """
        import pytest

        @pytest.fixture(autouse=True)
        def broken():
            raise RuntimeError("a fixture of the project")

        @pytest.fixture
        def target():
            raise RuntimeError("another fixture of the project")
        """
    )
    pytester.mkdir("checks").joinpath("check_own.py").write_text("def verify_x(): assert False\n")


@pytest.mark.usefixtures("project_with_habits")
def test_the_suites_run_in_a_project_with_habits_of_its_own(pytester: pytest.Pytester) -> None:
    """Neither the names of its tests, its options, its warnings nor its conftest reach the suites."""
    result = pytester.runpytest_subprocess(PROFILE, "--require=SAB-01", "--require=sab-28", "-v", "--depth=quick")

    assert result.ret == ExitCode.CONFORMANT
    result.stdout.fnmatch_lines(
        [
            "seasonproof: Salesforce Winter '26 (winter26), depth quick, run *",
            "targets: reference (embedded, on loopback)",
            "token_handling/test_refused_tokens.py::test_a_request_without_*_is_refused[[]reference-get[]] PASSED*",
            "token_handling/test_refused_tokens.py::test_a_request_without_*_is_refused[[]reference-post[]] PASSED*",
            "token_handling/test_tokens_in_urls.py::test_a_token_in_the_query_*_is_refused[[]reference[]] PASSED*",
            "=* Salesforce Winter '26 · reference =*",
            "family * passed * failed",
            "Token handling * 2 * ·",
            "SAB-01  passed  A token in the query of a GET is refused",
            "SAB-28  passed  A request without credentials is refused",
            f"reference: conformant with winter26 (2 of {ALL} requirements, a selection: 2 passed)",
        ]
    )
    assert "of the project" not in words(result)
    assert "check_own" not in words(result)


def test_paths_run_the_tests_of_the_project_instead(pytester: pytest.Pytester) -> None:
    """Whoever names a file wants that file, with its conftest."""
    pytester.makeconftest("import pytest\n\n@pytest.fixture\ndef own(): return 1\n")
    own = pytester.makepyfile("def test_own(own): assert own == 1")
    result = pytester.runpytest_subprocess(PROFILE, own)
    result.assert_outcomes(passed=1)
    assert "conformant" not in words(result)


# -------------------------------------------------------------------- selection


def test_a_level_is_a_lower_bound(pytester: pytest.Pytester) -> None:
    """--collect-only asks nothing, judges nothing and shows what would run."""
    result = pytester.runpytest_subprocess(PROFILE, "--collect-only", "-q", "--level=should")
    assert result.ret == 0
    ids = [line for line in result.stdout.lines if "::" in line]
    assert all(one.endswith("]") and "[reference" in one for one in ids)
    assert not any("carries_a_bearer_challenge" in one for one in ids)  # SAB-13 is a may
    assert any("not_cacheable" in one for one in ids)  # SAB-15 is a should
    assert "conformant" not in words(result)


def test_a_plan_says_what_would_be_done_and_sends_nothing(pytester: pytest.Pytester) -> None:
    """It says for each target what is tested and with how many requests, and what bounds them."""

    def answer(connection: Connection) -> None:
        connection.read_head()

    profile = write_profile(pytester, {"SAB-04": {"role": "polling_client", "effects": ["creates"]}})
    with serving(answer) as server:
        north = write_target(pytester, "north", server.url, requests=77, requests_per_second=5, total_seconds=3)
        south = write_target(pytester, "south", server.url)
        options = ("--plan", "-v", f"--target={north}", f"--target={south}", "--require=SAB-04", "--require=SAB-01")
        result = pytester.runpytest_subprocess(f"--profile={profile}", *options, "--depth=deep")

    assert result.ret == 0
    assert server.requests == []
    result.stdout.fnmatch_lines(
        [
            "=* plan for north (*north.yaml) =*",
            "single_access: 1 requirement will be tested, with about * requests",
            "  to http://127.0.0.1:*",
            "  by tests of which 1 read",
            "    SAB-01  reads * A token in the query of a GET is refused",
            "at most 77 requests, and as many to clean up, 5 a second, 3 s each; *",
            "limits.requests allows 77 of about * requests: what comes after them is not tested",
            "=* plan for south (*south.yaml) =*",
            "nothing was sent",
        ]
    )


# ------------------------------------------------------------- nothing is skipped in silence


OWN = """
family: own
title: Our own
requirements:
  - id: OWN-01
    title: A frontdoor URL is polite
    level: must
    basis: documented
    role: single_access
    effects: [reads]
    sources: [{title: Handbook, url: https://example.com/handbook}]
    rationale: Politeness costs nothing.
    remedy: Say please.
"""


@pytest.mark.parametrize("options", [(), ("-n2",)], ids=["one process", "two processes"])
def test_a_requirement_that_no_test_names_is_not_tested(pytester: pytest.Pytester, options: tuple[str, ...]) -> None:
    """It is in every report, and a must keeps the run from a verdict."""
    (pytester.path / "own.yaml").write_text(OWN)
    (pytester.path / "ours.yaml").write_text(
        "{profile: ours, title: Ours, release: Winter '26, extends: winter26, families: [own]}"
    )
    chosen = ("--require=OWN-01", "--require=SAB-04", "--junitxml=junit.xml", *options)
    result = pytester.runpytest_subprocess("--profile=ours.yaml", *chosen)

    assert result.ret == ExitCode.INCOMPLETE
    assert "1 requirement keeps reference from a verdict: OWN-01 a test that names it, as docs/add-a" in words(result)
    outcomes = {
        p.get("value")
        for case in ET.parse(pytester.path / "junit.xml").iter("testcase")
        for p in case.iter("property")
        if p.get("name") == "outcome"
    }
    assert outcomes == {"passed", "not tested"}


def test_a_test_that_names_an_unknown_requirement_is_an_error(pytester: pytest.Pytester) -> None:
    """The suites would judge something that nobody wrote down."""
    suites = pytester.mkdir("suites") / "token_handling"
    suites.mkdir()
    (suites / "test_typing_mistake.py").write_text(
        "from conformance.suites import requirement\n\n\n@requirement('SAB-O1')\ndef test_it(single_access): ...\n"
    )
    pytester.makepyfile(
        other_suites="""
        from pathlib import Path

        import conformance.plugin.collection

        conformance.plugin.collection.SUITES = Path(__file__).parent / "suites"
        """
    )
    result = pytester.runpytest_subprocess(PROFILE, "-p", "other_suites")

    assert result.ret == ExitCode.USAGE
    said = (
        "ERROR: token_handling/test_typing_mistake.py::test_it names the requirement 'SAB-O1', which no profile has; "
        "near it are SAB-"
    )
    assert said in words(result)
    assert "incomplete" not in words(result)


def test_a_marker_of_this_name_in_another_project_is_its_own(pytester: pytest.Pytester) -> None:
    """Its tests run as ever, beside the suites or without them."""
    pytester.makepyfile("import pytest\n\n\n@pytest.mark.requirement('REQ-1')\ndef test_it(): ...\n")
    result = pytester.runpytest_subprocess(PROFILE, "test_a_marker_of_this_name_in_another_project_is_its_own.py")

    result.assert_outcomes(passed=1)
    assert result.ret == 0


@pytest.mark.parametrize("options", [(), ("-n2",)], ids=["one process", "two processes"])
def test_a_selection_that_leaves_nothing_is_an_error(pytester: pytest.Pytester, options: tuple[str, ...]) -> None:
    """That of pytest's own options too."""
    result = pytester.runpytest_subprocess(PROFILE, "-k", "no_test_is_called_so", "--require=SAB", *options)

    assert result.ret == ExitCode.USAGE
    assert re.search(r"nothing was tested: the options of pytest leave none of \d+ requirements", words(result))


# --------------------------------------------------------------------- outcomes


def test_what_a_target_does_not_offer_is_not_tested_and_the_line_to_add_is_shown(
    pytester: pytest.Pytester, reference: str
) -> None:
    """Two targets have two verdicts, and neither is green while a must is open."""
    missing = ("foreign_token", "token_without_web", "revocation_url", "capabilities")
    north = write_target(pytester, "north", reference, *missing)
    south = write_target(pytester, "south", reference)
    options = [f"--require=SAB-{number}" for number in ("04", "12", "16", "18", "19", "20")]
    result = pytester.runpytest_subprocess(
        PROFILE, f"--target={north}", f"--target={south}", "-v", "--junitxml=junit.xml", *options
    )

    assert result.ret == ExitCode.INCOMPLETE
    result.stdout.fnmatch_lines(
        [
            "*gives_a_frontdoor_url[[]north[]] PASSED*",
            "*::test_a_token_without_the_web_scope_is_refused[[]north[]] NOT TESTED*",
            "*gives_a_frontdoor_url[[]south[]] PASSED*",
            f"north: incomplete with winter26 (6 of {ALL} requirements, a selection: 1 passed, 5 not tested)",
            f"south: conformant with winter26 (6 of {ALL} requirements, a selection: 6 passed)",
        ]
    )
    said = words(result)
    for line in (
        "single_access.token_without_web: ${API_ONLY_TOKEN}",
        "single_access.foreign_token: ${OTHER_ORG_TOKEN}",
        "single_access.expired_token: ${EXPIRED_TOKEN}, or capabilities.clock: https://…",
        "single_access.revocation_url: https://…",
    ):
        assert f"to test it {line}" in said or line in said
    cases = {
        case.get("name"): {p.get("name"): p.get("value") for p in case.iter("property")}
        for case in ET.parse(pytester.path / "junit.xml").iter("testcase")
    }
    assert len(cases) == 12
    assert cases["test_a_token_without_the_web_scope_is_refused[north]"] == {
        "requirement": "SAB-12",
        "target": "north",
        "outcome": "not tested",
        "message": "the target file names no scopes",
    }


def test_a_permission_that_is_missing_is_named_and_a_role_that_is_not_declared_is_left_out(
    pytester: pytest.Pytester, reference: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The target comes from the environment. What cannot be undone has to be allowed on the command line."""
    changes: dict[str, dict[str, object]] = {"SAB-04": {"role": "polling_client"}, "SAB-05": {"effects": ["deletes"]}}
    profile = write_profile(pytester, changes)
    monkeypatch.setenv("SEASONPROOF_TARGET", str(write_target(pytester, "acme", reference)))
    result = pytester.runpytest_subprocess(f"--profile={profile}", "--require=SAB-04", "--require=SAB-05", "-q")

    assert result.ret == ExitCode.INCOMPLETE
    said = words(result)
    assert "SAB-04" not in said
    assert "1 requirement keeps acme from a verdict: SAB-05 run with --allow-destructive" in said
    assert f"acme: incomplete with winter26 (1 of {ALL - 1} requirements, a selection: 1 not tested) open: SAB" in said
    assert "family" not in said  # -q leaves out the table


def test_what_cannot_be_undone_is_done_to_disposable_targets_only(pytester: pytest.Pytester, reference: str) -> None:
    """A role that is not declared leaves the verdict open for nobody."""
    changes: dict[str, dict[str, object]] = {"SAB-04": {"effects": ["deletes"]}, "SAB-05": {"role": "polling_client"}}
    profile = write_profile(pytester, changes)
    throwaway = write_target(pytester, "throwaway", reference)
    precious = write_target(pytester, "precious", reference, "capabilities")
    chosen = ("--require=SAB-04", "--require=SAB-05", "--allow-destructive")
    result = pytester.runpytest_subprocess(
        f"--profile={profile}", f"--target={throwaway}", f"--target={precious}", *chosen
    )

    assert result.ret == ExitCode.INCOMPLETE
    said = words(result)
    assert "1 requirement keeps precious from a verdict: SAB-04 capabilities: {disposable: true}" in said
    assert f"throwaway: conformant with winter26 (1 of {ALL - 1} requirements, a selection: 1 passed)" in said
    assert f"precious: incomplete with winter26 (1 of {ALL - 1} requirements, a selection: 1 not tested)" in said


def test_a_failure_is_explained_and_ends_the_run_where_that_was_asked_for(pytester: pytest.Pytester) -> None:
    """After -x the rest is shown as not run, --lf runs what failed, and -qq leaves the verdict alone."""
    fault = "--variant=header-wins-over-the-query"
    chosen = [f"--require=SAB-{number}" for number in ("01", "02", "03", "04", "07")]
    stopped = pytester.runpytest_subprocess(PROFILE, fault, *chosen, "-x")
    again = pytester.runpytest_subprocess(PROFILE, fault, *chosen, "--lf", "-qq")

    assert stopped.ret == ExitCode.NOT_CONFORMANT
    stopped.stdout.fnmatch_lines(
        [
            "SAB-02  failed  A token in the query is refused even beside a valid Authorization header",
            "  why         the answer has status 200 and hands out a frontdoor URL; expected: a refusal *",
            "  sent        curl -i 'http://127.0.0.1:*/services/oauth2/singleaccess[?]access_token=token#*' *",
            "  came back   200 application/json in * ms:*",
            "  tries       * of *",
            "  source      must, documented: *",
            "  remedy      *",
            "SAB-03  not tested  The spelling of the query does not let a token through",
            "SAB-07  not tested  A POST with the token in its URL is refused",
            "  why         the run stopped before it",
            f"*: not conformant with winter26 (5 of {ALL} requirements, a selection: 2 passed, 2 not tested, 1 failed)",
        ]
    )
    assert "Traceback" not in words(stopped)

    assert again.ret == ExitCode.NOT_CONFORMANT
    assert [" ".join(line.split()) for line in again.stdout.lines if line] == [
        "F [100%]",
        f"header-wins-over-the-query: not conformant with winter26 (1 of {ALL} requirements, a selection: 1 failed)",
    ]


@pytest.mark.usefixtures("project_with_habits")
def test_several_processes_come_to_the_same_verdict(pytester: pytest.Pytester) -> None:
    """With -n the cases come back to one process; -x ends there as it does in one process."""
    variants = ("--variant=lower-case-bearer", "--variant=blocks-every-get")
    chosen = [f"--require=SAB-{number}" for number in ("04", "13", "23")]
    result = pytester.runpytest_subprocess(PROFILE, *variants, *chosen, "-n2", "-x", "--har=evidence.har")

    assert result.ret == ExitCode.NOT_CONFORMANT
    said = words(result)
    assert "SAB-04 failed A GET with the token in the Authorization header gives a frontdoor URL" in said
    assert f"lower-case-bearer: conformant with winter26 (3 of {ALL} requirements, a selection: 3 passed)" in said
    assert f"blocks-every-get: not conformant with winter26 (3 of {ALL} requirements, a selection:" in said
    assert (pytester.path / "evidence.har").read_text().count('"startedDateTime"') > 3


@pytest.mark.parametrize("processes", [(), ("-n2",)], ids=["one process", "two processes"])
def test_a_har_file_has_every_exchange_of_what_did_not_pass(
    pytester: pytest.Pytester, processes: tuple[str, ...]
) -> None:
    """The tries of a property and the clean-up too; and the run says how many requests it sent."""
    har = ("--har=evidence.har", "--variant=query-token-accepted", "--depth=quick")
    failed = pytester.runpytest_subprocess(PROFILE, *har, "--require=SAB-01", *processes)
    [sent] = re.findall(r"(\d+) requests sent to query-token-accepted", failed.stdout.str())
    entries = json.loads((pytester.path / "evidence.har").read_text())["log"]["entries"]
    assert len(entries) == int(sent) > 4

    passed = pytester.runpytest_subprocess(PROFILE, *har, "--require=SAB-04", *processes)
    assert " requests sent to query-token-accepted" in passed.stdout.str()
    assert json.loads((pytester.path / "evidence.har").read_text())["log"]["entries"] == []


def test_a_warning_fails_a_strict_run_unless_it_is_waived(pytester: pytest.Pytester) -> None:
    """A waived deviation is shown as waived, with whoever answers for it."""
    waived, open_ = "post-query-token-accepted", "body-wins-over-the-query"
    options = ("--require=SAB-07", "--require=SAB-24", "--strict", f"--waivers={write_waivers(pytester, waived)}", "-v")
    result = pytester.runpytest_subprocess(PROFILE, f"--variant={waived}", f"--variant={open_}", *options)

    assert result.ret == ExitCode.NOT_CONFORMANT
    result.stdout.fnmatch_lines(
        [
            f"*::test_a_post_with_the_token_in_its_url_is_refused[[]{waived}[]] WAIVED*",
            "SAB-07  waived  *",
            "  waived      until 2999-12-31 by platform: the gateway is replaced in spring",
            "SAB-24  warned  A token in the query of a POST is refused although the body carries one too",
            f"{waived}: conformant with winter26 (2 of {ALL} requirements, a selection: 1 passed, 1 waived)",
            f"{open_}: not conformant with winter26 (2 of {ALL} requirements, a selection: 1 passed, 1 warned)",
        ]
    )


def test_a_waiver_that_waives_nothing_is_a_mistake(pytester: pytest.Pytester) -> None:
    """The target conforms; the file has to be mended."""
    waivers = write_waivers(pytester, "reference")
    result = pytester.runpytest_subprocess(PROFILE, "--require=SAB-07", f"--waivers={waivers}")

    assert result.ret == ExitCode.USAGE
    said = words(result)
    assert "waivers.yaml:2: SAB-07 on reference: the requirement passed, so the waiver is not needed; delete it" in said
    assert "reference: conformant" in said


def test_a_defect_of_the_harness_is_never_blamed_on_the_target(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It shows with its traceback, as incomplete, and the cases after it run."""
    pytester.makepyfile(
        broken="""
        from conformance.suites.token_handling.answers import Answer

        def is_not_cacheable(self):
            raise RuntimeError("the suite is confused")

        Answer.is_not_cacheable = is_not_cacheable
        """
    )
    monkeypatch.setenv("PYTHONPATH", str(pytester.path))
    result = pytester.runpytest_subprocess(PROFILE, "-p", "broken", "--require=SAB-15", "--require=SAB-17")

    assert result.ret == ExitCode.INCOMPLETE
    result.stdout.fnmatch_lines(
        [
            "E * RuntimeError: the suite is confused",
            "SAB-15  harness error  An answer with a frontdoor URL is not cacheable",
            "  why         the harness itself broke; see the traceback above and report it",
            f"reference: incomplete with winter26 (2 of {ALL} requirements, a selection: 1 passed, 1 harness error)",
        ]
    )
    assert not re.search(r"!\w{30}", result.stdout.str())  # no token of an org
