"""The plugin among other plugins: their options stay theirs, and Schemathesis is there for those who use it."""

from __future__ import annotations

import pytest

from conformance.judging.verdict import ExitCode
from tests.unit.plugin_files import run

SUITE = ("--profile=winter26", "--require=SAB-01", "--depth=quick")
PROFILER = """
def pytest_addoption(parser):
    parser.getgroup("Profiling").addoption("--profile", action="store_true", help="generate profiling information")

def pytest_report_header(config):
    return f"profiles: {config.getvalue('profile')}"
"""
OURS_FIRST = ("-p", "no:seasonproof", "-p", "conformance.plugin", "-p", "profiler")
OURS_LAST = ("-p", "profiler")


@pytest.fixture(autouse=True)
def _a_project_of_its_own(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    """It has a test, and its plugins can be imported."""
    monkeypatch.setenv("PYTEST_ADDOPTS", "-p no:anyio -p no:schemathesis")
    monkeypatch.setenv("XDG_STATE_HOME", str(pytester.path / "state"))
    monkeypatch.setenv("COLUMNS", "120")
    pytester.makepyfile("def test_x(): pass")
    pytester.makepyfile(profiler=PROFILER)
    pytester.syspathinsert()


# ------------------------------------------------------------------------ options


@pytest.mark.parametrize("plugins", [OURS_FIRST, OURS_LAST], ids=["ours first", "ours last"])
class TestAPluginWithAFlagOfTheSameName:
    """pytest-profiling is one."""

    def test_a_run_with_neither_is_an_ordinary_one(self, pytester: pytest.Pytester, plugins: tuple[str, ...]) -> None:
        result = pytester.runpytest_inprocess(*plugins)
        result.assert_outcomes(passed=1)
        result.stdout.fnmatch_lines(["profiles: False"])

    def test_the_flag_is_theirs(self, pytester: pytest.Pytester, plugins: tuple[str, ...]) -> None:
        result = pytester.runpytest_inprocess(*plugins, "--profile")
        result.assert_outcomes(passed=1)
        result.stdout.fnmatch_lines(["profiles: True"])

    def test_the_name_of_a_profile_is_ours(self, pytester: pytest.Pytester, plugins: tuple[str, ...]) -> None:
        result = run(pytester, *plugins, *SUITE)
        assert result.ret == ExitCode.CONFORMANT, result.stdout.str() + result.stderr.str()
        result.stdout.fnmatch_lines(["profiles: False", "reference: conformant with winter26 *"])

    def test_a_name_in_a_word_of_its_own_is_explained(
        self, pytester: pytest.Pytester, plugins: tuple[str, ...]
    ) -> None:
        result = pytester.runpytest_inprocess(*plugins, "--profile", "winter26")
        assert result.ret == ExitCode.USAGE
        said = "--profile winter26: another plugin has a --profile without a value; write --profile=winter26"
        assert said in result.stderr.str()


def test_options_of_a_project_stay_its_own(pytester: pytest.Pytester) -> None:
    """Its conftest is read as if the plugin was not there."""
    pytester.makeconftest(
        """
        import pytest

        def pytest_addoption(parser):
            parser.addoption("--profile", default="dev")
            parser.addoption("--target")
            parser.addoption("--level", type=int)

        @pytest.fixture
        def given(request):
            return [request.config.getoption(name) for name in ("profile", "target", "level")]
        """
    )
    pytester.makepyfile("def test_x(given): assert given == ['staging', 'north', 7]")
    for options in (["--profile=staging"], ["--profile", "staging"]):
        result = pytester.runpytest_inprocess(*options, "--target=north", "--level=7")
        result.assert_outcomes(passed=1)


def test_the_suites_run_in_such_a_project_too(pytester: pytest.Pytester) -> None:
    """They do without the project's conftest, and so without its options."""
    pytester.makeconftest("def pytest_addoption(parser): parser.addoption('--profile', default='dev')")
    pytester.maketoml("[pytest]\naddopts = ['--depth=quick']")
    result = run(pytester, "--profile=winter26", "--require", "SAB-01", "--level", "must")
    assert result.ret == ExitCode.CONFORMANT
    result.stdout.fnmatch_lines(["*depth quick*", "reference: conformant with winter26 *"])


def test_an_option_that_another_plugin_has_is_refused_in_a_run_of_the_suites(pytester: pytest.Pytester) -> None:
    """Nobody can say whom it is for. In any other run it is theirs."""
    pytester.makepyfile(profiler="def pytest_addoption(parser): parser.addoption('--level', help='theirs')")
    assert run(pytester, "-p", "profiler", *SUITE).ret == ExitCode.CONFORMANT
    result = pytester.runpytest_inprocess("-p", "profiler", *SUITE, "--level=must")
    assert result.ret == ExitCode.USAGE
    said = "--level: another plugin has an option of this name too; leave that one out with -p no:NAME"
    assert said in result.stderr.str()
    pytester.runpytest_inprocess("-p", "profiler", "--level=must").assert_outcomes(passed=1)


def test_help_shows_the_options(pytester: pytest.Pytester) -> None:
    result = pytester.runpytest_inprocess("--help")
    result.stdout.fnmatch_lines(["conformance of any target with a release:", "*--profile=NAME|FILE*", "*--har=FILE*"])


# ------------------------------------------------------------------- Schemathesis

LOADED = "import sys\ndef test_x(): assert 'schemathesis' not in sys.modules"
API = """
import schemathesis

RESPONSES = {"responses": {"200": {"description": ""}}}
SCHEMA = schemathesis.openapi.from_dict(
    {"openapi": "3.0.0", "info": {"title": "t", "version": "1"}, "paths": {"/a": {"get": RESPONSES, "put": RESPONSES}}}
)

def test_x(): pass

@SCHEMA.parametrize()
def test_api(case): assert case.path == "/a"

class TestApi:
    @SCHEMA.parametrize()
    def test_api(self, case): assert case.path == "/a"
"""


@pytest.fixture
def _with_schemathesis(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTEST_ADDOPTS", "-p no:anyio")


EARLY = ("-p", "no:seasonproof", "-p", "conformance.plugin")
"""Loads our plugin before those that are installed, whose order is the file system's."""


@pytest.mark.usefixtures("_with_schemathesis")
def test_schemathesis_is_not_loaded_where_nobody_uses_it(pytester: pytest.Pytester) -> None:
    """Loading it takes longer than most projects' tests."""
    pytester.makepyfile(LOADED)
    pytester.runpytest_subprocess(*EARLY).assert_outcomes(passed=1)


@pytest.mark.usefixtures("_with_schemathesis")
@pytest.mark.parametrize("options", [(), EARLY, ("-p", "no:seasonproof")], ids=["as installed", "first", "without us"])
def test_tests_that_use_schemathesis_run_as_ever(pytester: pytest.Pytester, options: tuple[str, ...]) -> None:
    """As many as without our plugin."""
    pytester.makepyfile(API)
    pytester.runpytest_subprocess(*options).assert_outcomes(passed=5)


@pytest.mark.usefixtures("_with_schemathesis")
def test_whoever_leaves_schemathesis_out_goes_without(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(API)
    result = pytester.runpytest_subprocess(*EARLY, "-p", "no:schemathesis")
    assert result.parseoutcomes().get("passed", 0) < 5
