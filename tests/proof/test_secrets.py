"""Secrets never leave: canaries in the target file and in a talkative server's answers appear in no output of a run."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
import yaml
from starlette.applications import Starlette
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from conformance.commands.compare import diff, over_time, side_by_side
from conformance.commands.merge import merge
from conformance.commands.report import FORMATS, report
from conformance.judging.statement_file import read_statement
from conformance.judging.verdict import ExitCode
from conformance.reference.app import describe
from conformance.reference.org import Org
from conformance.reference.server import Server
from conformance.reference.single_access import TOKEN_PARAMETER, SingleAccess
from conformance.reference.token_endpoint import TokenEndpoint
from conformance.reporting import sections
from conformance.reporting.allure import write_results
from conformance.rules.outcome import Outcome
from tests.suite import Result, run_suite

IN_THE_FILE = "00Dliteral!AQ4AQ.CanaryLiteralInTheTargetFile_000000001"
IN_THE_ENVIRONMENT = "00Denviron!AQ4AQ.CanaryFromTheEnvironment_00000000002"
IN_ANOTHER_FILE = "00Dsecrets!AQ4AQ.CanaryFromAFileOfItsOwn_000000000003"
IN_A_FORM = "CanaryClientSecretInATokenRequest/+000000000004=="
CANARIES = [IN_THE_FILE, IN_THE_ENVIRONMENT, IN_ANOTHER_FILE, IN_A_FORM]

EVERYTHING = (
    "-vv",
    "-rA",
    "--showlocals",
    "--tb=long",
    "--log-cli-level=DEBUG",
    "--log-level=DEBUG",
    "--log-file=run.log",
    "--log-file-level=DEBUG",
    "-o",
    "junit_logging=all",
    "--junitxml=junit.xml",
    "--har=evidence.har",
    "--alluredir=allure",
    "--hypothesis-show-statistics",
    "--hypothesis-verbosity=verbose",
    "--depth=quick",
)
REQUIREMENTS = [f"--require=SAB-{n}" for n in ("01", "04", "09", "10", "11", "12", "14", "18", "19", "20", "22", "25")]
BROKEN_REQUIREMENTS = [f"--require=SAB-{n}" for n in ("01", "04", "12", "18")]
"""A property, a case that breaks in its clean-up alone, and refusals of two further tokens."""

# Breaks the suite in the middle of a case, with the credentials of the moment wherever a careless author may put them.
BROKEN = """
import base64, logging, sys, warnings
from urllib.parse import quote
from conformance.suites.token_handling.answers import Answer
from conformance.suites.token_handling.driver import SingleAccessEndpoint

def credentials(exchange):
    raw = exchange.response.body.decode() + str(exchange.request.headers) + exchange.request.url
    return raw + quote(raw, safe="") + base64.b64encode(raw.encode()).decode()

def is_refused(self, statuses=()):
    found = credentials(self.exchange)
    locally = [found, {found: self.exchange.request.headers}]
    print(found)
    print(found, file=sys.stderr)
    logging.getLogger("careless").debug("sent %s", found)
    warnings.warn(found)
    raise RuntimeError(found, locally)

def close(self):
    raise RuntimeError(*(token.reveal() for token in self._minted))

Answer.is_refused = is_refused
SingleAccessEndpoint.close = close
"""

# Breaks a case while it is set up, with a value so long that pytest shows its two ends: the first ends in a token.
BROKEN_IN_SET_UP = """
import os
from conformance.suites.token_handling.driver import SingleAccessEndpoint

def begin(self, *given, **named):
    cut = "." * 90 + os.environ["CANARY"] + "." * 400
    raise RuntimeError("no set-up")

SingleAccessEndpoint.__init__ = begin
"""

minted: list[str] = []
"""Every token, one-time code and session that the server gave out."""


class Observed(Org):
    """An org that remembers all it mints."""

    __slots__ = ()

    def _value(self) -> str:
        value = super()._value()
        minted.append(value)
        return value


class Talkative(SingleAccess):
    """Accepts a token in the query, and repeats all it was told, in every answer, in many encodings."""

    def is_blocked(self, request: Request) -> bool:
        return False

    def token_of(self, request: Request, form: FormData) -> str | None:
        return request.query_params.get(TOKEN_PARAMETER) or super().token_of(request, form)

    async def exchange(self, request: Request) -> Response:
        answer = await super().exchange(request)
        told = request.headers.get("authorization", str(request.url)).partition(" ")[2] or str(request.url)
        encoded = base64.b64encode(told.encode()).decode()
        if answer.status_code >= 400:
            secret = self.org.open_session()
            body = {"error": "no", "told": told, "quoted": quote(told, safe=""), "b64": encoded, "session_id": secret}
            answer = JSONResponse(body, answer.status_code)
        else:
            answer.headers["Link"] = f"</x?sid={quote(self.org.open_session())}>; rel=next"
        answer.headers["X-Told"] = encoded
        answer.headers["X-Next"] = f"/x?otp={quote(self.org.open_session())}"
        answer.set_cookie("BrowserId", self.org.open_session())
        return answer

    def enter(self, landing: str) -> Response:
        answer = RedirectResponse(f"{landing}?sid={quote(self.org.open_session(), safe='')}", 302)
        answer.set_cookie("sid", self.org.open_session())
        return answer


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A target file with canaries of every kind, beside the folders of the runs."""
    folder = tmp_path_factory.mktemp("target")
    org = Observed()
    for canary in (IN_THE_FILE, IN_THE_ENVIRONMENT, IN_ANOTHER_FILE):
        org.tokens[canary] = org.issue_token(frozenset({"web"}))
    with Server() as server:
        base_url = server.serve(Starlette(routes=[*Talkative(org).routes(), *TokenEndpoint(org).routes()]))
        data = describe(base_url, "canary")
        role = data["single_access"]
        assert isinstance(role, dict)
        role["token"]["form"]["assertion"] = IN_A_FORM
        role |= {"expired_token": "${CANARY}", "foreign_token": "file:token.txt", "token_without_web": IN_THE_FILE}
        (folder / "token.txt").write_text(f"{IN_ANOTHER_FILE}\n")
        (folder / "canary.yaml").write_text(yaml.safe_dump(data))
        yield folder / "canary.yaml"


def outputs(folder: Path, result: Result) -> dict[str, bytes]:
    """All that a run wrote anywhere, by name. Its home, its state and its working directory are one folder."""
    files = {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    return {"terminal": result.output.encode(), **{name: data for name, data in files.items() if ".pyc" not in name}}


def forms(secret: str) -> Iterator[bytes]:
    """A secret as it stands, percent-encoded, and in Base64 wherever in the encoded text it begins."""
    raw = secret.encode()
    yield raw
    yield quote(secret, safe="").encode()
    yield quote(secret, safe="").lower().encode()
    for offset in range(3):
        # The first and the last letters hang on what stands around the secret.
        yield base64.b64encode(b"\0" * offset + raw)[4:-4]


def leaks(folder: Path, result: Result) -> list[str]:
    """Which secrets stand in which output."""
    written = outputs(folder, result)
    secrets = {*CANARIES, *minted}
    assert len(secrets) > 40
    return [
        f"{secret} in {name}"
        for secret in sorted(secrets)
        for form in set(forms(secret))
        for name, data in written.items()
        if form in data
    ]


def reports_made_later(run: Path, folder: Path) -> None:
    """All that is made of statements when their run is over, by a process that knows none of its secrets."""
    statement = run / "reports" / "out" / "statement.json"
    for form in set(FORMATS) - {"allure", "html"}:
        report([statement], form, folder / f"later.{form}", lambda line: None)
    report([statement], "html", folder, lambda line: None)
    write_results(folder / "later", read_statement(statement))
    for form in sections.FORMATS:
        diff(statement, statement, form, folder / f"diff.{form}", lambda line: None)
        side_by_side([statement], form, folder / f"matrix.{form}", lambda line: None)
        over_time(statement.parent, form, folder / f"history.{form}", lambda line: None)
    (folder / "merged").mkdir()
    merge([statement], folder / "merged", None, False, lambda line: None)


@pytest.mark.parametrize("processes", [["-n2"], []], ids=["in two processes", "in one process"])
def test_no_output_of_a_run_holds_a_secret(target: Path, tmp_path: Path, processes: list[str]) -> None:
    """Failing examples, exchanges with redirects and cookies, logs, reports, evidence and the journal."""
    result = run_suite(
        tmp_path, f"--target={target}", *REQUIREMENTS, *EVERYTHING, *processes, environ={"CANARY": IN_THE_ENVIRONMENT}
    )

    assert result.status == ExitCode.NOT_CONFORMANT
    assert set(result.outcomes["canary"].values()) >= {Outcome.FAILED, Outcome.PASSED}
    assert Outcome.HARNESS_ERROR not in result.outcomes["canary"].values()
    written = outputs(tmp_path, result)
    assert {"terminal", "junit.xml", "evidence.har", "run.log"} <= written.keys()
    assert {
        "reports/out/statement.json",
        "reports/out/statement.html",
        "allure/seasonproof-perf.json",
    } <= written.keys()
    (tmp_path / "made").mkdir()
    reports_made_later(tmp_path, tmp_path / "made")
    made = [path for path in (tmp_path / "made").rglob("*") if path.is_file() and path.stat().st_size]
    assert len(made) >= 15 + len(REQUIREMENTS)
    assert sum(name.startswith("allure/") for name in written) > len(REQUIREMENTS)
    assert leaks(tmp_path, result) == []
    assert "secret leak" not in result.output
    assert b"token#" in written["terminal"]


@pytest.mark.parametrize("processes", [["-n2"], []], ids=["in two processes", "in one process"])
def test_a_defect_of_the_harness_leaks_no_secret(target: Path, tmp_path: Path, processes: list[str]) -> None:
    """Not in a traceback, its locals, a printed line, a log record, a warning, nor the error of a clean-up."""
    (tmp_path / "broken.py").write_text(BROKEN)
    environ = {"CANARY": IN_THE_ENVIRONMENT, "PYTHONPATH": str(tmp_path)}
    result = run_suite(
        tmp_path, f"--target={target}", "-p", "broken", *BROKEN_REQUIREMENTS, *EVERYTHING, *processes, environ=environ
    )

    assert Outcome.HARNESS_ERROR in result.outcomes["canary"].values()
    for place in ("RuntimeError", "Captured stdout call", "Captured stderr call", "UserWarning", "careless"):
        assert place in result.output
    assert leaks(tmp_path, result) == []


def test_a_defect_in_set_up_leaks_no_half_of_a_secret(target: Path, tmp_path: Path) -> None:
    """Values are cut after they are redacted, in each phase of a test."""
    (tmp_path / "broken.py").write_text(BROKEN_IN_SET_UP)
    environ = {"CANARY": IN_THE_ENVIRONMENT, "PYTHONPATH": str(tmp_path)}
    options = (f"--target={target}", "-p", "broken", "--require=SAB-01", "--showlocals", "--tb=long")
    result = run_suite(tmp_path, *options, environ=environ)

    assert Outcome.HARNESS_ERROR in result.outcomes["canary"].values()
    assert "cut        = " in result.output
    assert [name for name, data in outputs(tmp_path, result).items() if IN_THE_ENVIRONMENT[:10].encode() in data] == []


def test_a_leak_fails_the_run(target: Path, tmp_path: Path) -> None:
    """Where redaction itself is broken, the outputs are searched at the end all the same; the label says which."""
    (tmp_path / "blind.py").write_text(
        "from conformance.redaction import Vault\nVault.redact = lambda self, text, *, firm=False: text\n"
    )
    environ = {"CANARY": IN_THE_ENVIRONMENT, "PYTHONPATH": str(tmp_path)}
    options = ("-p", "blind", f"--target={target}", "--require=SAB-01", "--har=evidence.har", "-qq")
    result = run_suite(tmp_path, *options, environ=environ)

    assert result.status == pytest.ExitCode.INTERNAL_ERROR
    assert "secret leak: token#" in result.output
    assert "is in evidence.har" in result.output


def test_a_mistake_in_a_target_file_shows_no_secret(target: Path, tmp_path: Path) -> None:
    """Errors say where and what, and never the value."""
    broken = tmp_path / "broken.yaml"
    data = yaml.safe_load(target.read_text())
    data["single_access"] |= {"tokn": IN_THE_FILE, "token": [IN_THE_ENVIRONMENT], "expired_token": f"a {IN_A_FORM}"}
    broken.write_text(yaml.safe_dump(data))
    result = run_suite(tmp_path, f"--target={broken}", "-vv", "--tb=long", "--showlocals")

    assert result.status == ExitCode.USAGE
    assert "broken.yaml:" in result.output
    said = result.output
    assert [canary for canary in CANARIES if canary in said] == []
