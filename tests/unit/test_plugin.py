"""The pytest plugin as its users meet it: in a project of their own, from the command line."""

from __future__ import annotations

import re

import jsonpath_rfc9535  # noqa: F401 - the same: its Rust part can be imported only once
import pytest

import conformance.plugin.session  # noqa: F401 - so that no run in this process imports it again
from conformance.judging.verdict import ExitCode
from tests.unit.plugin_files import ALL, PROFILE, run, words, write_profile, write_target, write_waivers
from tests.unit.raw_server import Connection, serving

pytestmark = pytest.mark.usefixtures("own_project")


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
        ([PROFILE, "--variant=header"], "there is no variant 'header'; near it are header-wins-over-the-"),
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


def test_mistakes_of_all_targets_come_at_once(pytester: pytest.Pytester, served: str) -> None:
    """A name that is taken is one of them."""
    acme = write_target(pytester, "acme", served)
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


@pytest.mark.usefixtures("project_with_habits")
def test_the_suites_run_in_a_project_with_habits_of_its_own(pytester: pytest.Pytester) -> None:
    """Neither the names of its tests, its options, its warnings nor its conftest reach the suites."""
    result = run(pytester, PROFILE, "--require=SAB-01", "--require=sab-28", "-v", "--depth=quick")

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
    result = run(pytester, PROFILE, str(own))
    result.assert_outcomes(passed=1)
    assert "conformant" not in words(result)


# -------------------------------------------------------------------- selection


def test_a_level_is_a_lower_bound(pytester: pytest.Pytester) -> None:
    """--collect-only asks nothing, judges nothing and shows what would run."""
    result = run(pytester, PROFILE, "--collect-only", "-q", "--level=should")
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
        result = run(pytester, f"--profile={profile}", *options, "--depth=deep")

    assert result.ret == 0
    assert server.requests == []
    result.stdout.fnmatch_lines(
        [
            "=* plan for north (*north.yaml) =*",
            "single_access: 1 requirement will be tested, with up to about * requests",
            "  to http://127.0.0.1:*",
            "  by tests of which 1 read",
            "    SAB-01  reads * A token in the query of a GET is refused",
            "at most 77 requests, and as many to clean up, 5 a second, 3 s each; *",
            "limits.requests allows 77 of about * requests: what comes after them is not tested",
            "=* plan for south (*south.yaml) =*",
            "nothing was sent",
        ]
    )
