"""What becomes of each requirement of a run, as users of the plugin see it."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET

import jsonpath_rfc9535  # noqa: F401 - the same: its Rust part can be imported only once
import pytest

import conformance.plugin.session  # noqa: F401 - so that no run in this process imports it again
from conformance.judging.verdict import ExitCode
from tests.unit.plugin_files import ALL, PROFILE, run, words, write_profile, write_target, write_waivers

pytestmark = pytest.mark.usefixtures("own_project")


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
    result = run(pytester, "--profile=ours.yaml", *chosen)

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
    result = run(pytester, PROFILE, "-p", "other_suites")

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
    result = run(pytester, PROFILE, "test_a_marker_of_this_name_in_another_project_is_its_own.py")

    result.assert_outcomes(passed=1)
    assert result.ret == 0


@pytest.mark.parametrize("options", [(), ("-n2",)], ids=["one process", "two processes"])
def test_a_selection_that_leaves_nothing_is_an_error(pytester: pytest.Pytester, options: tuple[str, ...]) -> None:
    """That of pytest's own options too."""
    result = run(pytester, PROFILE, "-k", "no_test_is_called_so", "--require=SAB", *options)

    assert result.ret == ExitCode.USAGE
    assert re.search(r"nothing was tested: the options of pytest leave none of \d+ requirements", words(result))


# --------------------------------------------------------------------- outcomes


def test_what_a_target_does_not_offer_is_not_tested_and_the_line_to_add_is_shown(
    pytester: pytest.Pytester, served: str
) -> None:
    """Two targets have two verdicts, and neither is green while a must is open."""
    missing = ("foreign_token", "token_without_web", "revocation_url", "capabilities")
    north = write_target(pytester, "north", served, *missing)
    south = write_target(pytester, "south", served)
    options = [f"--require=SAB-{number}" for number in ("04", "12", "16", "18", "19", "20")]
    result = run(pytester, PROFILE, f"--target={north}", f"--target={south}", "-v", "--junitxml=junit.xml", *options)

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
    pytester: pytest.Pytester, served: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The target comes from the environment. What cannot be undone has to be allowed on the command line."""
    changes: dict[str, dict[str, object]] = {"SAB-04": {"role": "polling_client"}, "SAB-05": {"effects": ["deletes"]}}
    profile = write_profile(pytester, changes)
    monkeypatch.setenv("SEASONPROOF_TARGET", str(write_target(pytester, "acme", served)))
    result = run(pytester, f"--profile={profile}", "--require=SAB-04", "--require=SAB-05", "-q")

    assert result.ret == ExitCode.INCOMPLETE
    said = words(result)
    assert "SAB-04" not in said
    assert "1 requirement keeps acme from a verdict: SAB-05 run with --allow-destructive" in said
    assert f"acme: incomplete with winter26 (1 of {ALL - 1} requirements, a selection: 1 not tested) open: SAB" in said
    assert "family" not in said  # -q leaves out the table


def test_what_cannot_be_undone_is_done_to_disposable_targets_only(pytester: pytest.Pytester, served: str) -> None:
    """A role that is not declared leaves the verdict open for nobody."""
    changes: dict[str, dict[str, object]] = {"SAB-04": {"effects": ["deletes"]}, "SAB-05": {"role": "polling_client"}}
    profile = write_profile(pytester, changes)
    throwaway = write_target(pytester, "throwaway", served)
    precious = write_target(pytester, "precious", served, "capabilities")
    chosen = ("--require=SAB-04", "--require=SAB-05", "--allow-destructive")
    result = run(pytester, f"--profile={profile}", f"--target={throwaway}", f"--target={precious}", *chosen)

    assert result.ret == ExitCode.INCOMPLETE
    said = words(result)
    assert "1 requirement keeps precious from a verdict: SAB-04 capabilities: {disposable: true}" in said
    assert f"throwaway: conformant with winter26 (1 of {ALL - 1} requirements, a selection: 1 passed)" in said
    assert f"precious: incomplete with winter26 (1 of {ALL - 1} requirements, a selection: 1 not tested)" in said


def test_a_failure_is_explained_and_ends_the_run_where_that_was_asked_for(pytester: pytest.Pytester) -> None:
    """After -x the rest is shown as not run, --lf runs what failed, and -qq leaves the verdict alone."""
    fault = "--variant=header-wins-over-the-query"
    chosen = [f"--require=SAB-{number}" for number in ("01", "02", "03", "04", "07")]
    stopped = run(pytester, PROFILE, fault, *chosen, "-x")
    again = run(pytester, PROFILE, fault, *chosen, "--lf", "-qq")

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
    result = run(pytester, PROFILE, *variants, *chosen, "-n2", "-x", "--har=evidence.har")

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
    failed = run(pytester, PROFILE, *har, "--require=SAB-01", *processes)
    [sent] = re.findall(r"(\d+) requests sent to query-token-accepted", failed.stdout.str())
    entries = json.loads((pytester.path / "evidence.har").read_text())["log"]["entries"]
    assert len(entries) == int(sent) > 4

    passed = run(pytester, PROFILE, *har, "--require=SAB-04", *processes)
    assert " requests sent to query-token-accepted" in passed.stdout.str()
    assert json.loads((pytester.path / "evidence.har").read_text())["log"]["entries"] == []


def test_a_warning_fails_a_strict_run_unless_it_is_waived(pytester: pytest.Pytester) -> None:
    """A waived deviation is shown as waived, with whoever answers for it."""
    waived, open_ = "post-query-token-accepted", "body-wins-over-the-query"
    options = ("--require=SAB-07", "--require=SAB-24", "--strict", f"--waivers={write_waivers(pytester, waived)}", "-v")
    result = run(pytester, PROFILE, f"--variant={waived}", f"--variant={open_}", *options)

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
    result = run(pytester, PROFILE, "--require=SAB-07", f"--waivers={waivers}")

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
    result = run(pytester, PROFILE, "-p", "broken", "--require=SAB-15", "--require=SAB-17")

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
