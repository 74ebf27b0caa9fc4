"""Allure results as one HTML file, made by Allure 3 with the configuration in reports/."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from conformance.documents import UsageProblem
from conformance.documents.package_data import data_dir
from conformance.redaction import VAULT
from conformance.reporting.outputs import unwritable_folder

ALLURE = "allure@3.18.0"

HISTORY = "history.jsonl"
"""The file in the folder of a report that remembers earlier ones."""

_RUNS = 20  # that it remembers

# Allure's page asks a service for usage statistics about whoever opens it. A report on somebody's systems tells nobody,
# so what asks is taken out, and the page is forbidden every address: all it needs is in the file.
_ANALYTICS = re.compile(r"<script async src=\"https://[^\"]*\"></script>\s*(?:<script>[^<]*\bgtag\([^<]*</script>)?")
_CLOSED = (
    "default-src 'none'; script-src 'unsafe-inline' 'unsafe-eval' data: blob:; style-src 'unsafe-inline' data: blob:; "
    "img-src data: blob:; media-src data: blob:; font-src data:; connect-src data: blob:; frame-src data: blob:; "
    "worker-src data: blob:"
)
# Allure's page waits for the data in the file only if this variable exists when its program starts; otherwise it looks
# for files beside it, for ever. The page sets it after its program, which a slow machine may start earlier.
_WAIT_FOR_DATA = "window.allureReportData = window.allureReportData || {};"

_NEEDED = frozenset(
    {"path", "home", "userprofile", "appdata", "localappdata", "systemroot", "comspec", "pathext", "temp", "tmp"}
    | {"tmpdir", "lang", "lc_all", "xdg_cache_home", "xdg_config_home", "node_extra_ca_certs", "ssl_cert_file"}
    | {"http_proxy", "https_proxy", "all_proxy", "no_proxy"}
)
_OF_NPM = re.compile(r"npm_config_(?!.*(?:auth|token|password|secret|key))", re.IGNORECASE)

_SECONDS = 600  # the first call downloads Allure
_LINES_SHOWN = 12


def build_report(results: Path, out: Path) -> Path:
    """Make an HTML report of Allure results: one file with everything in it, so that it can be mailed.

    Args:
        results: the folder that `--alluredir` named.
        out: the folder for the report; it is made where it is missing.

    Returns:
        The path of the HTML file.

    Raises:
        UsageProblem: there are no results, Node.js is missing, or Allure failed.
    """
    _check_results(results)
    npx = _npx()
    if reason := unwritable_folder(out):
        raise UsageProblem([f"{out}: the report cannot be written there: {reason}"])
    with tempfile.TemporaryDirectory(prefix="seasonproof-") as folder:
        config = Path(folder) / "allurerc.yaml"
        config.write_text(_config(out), "utf-8")
        # The results are named by the working directory, because Allure takes its argument for a pattern.
        command = [npx, "--yes", ALLURE, "generate", ".", "--cwd", str(results.resolve())]
        command += ["--config", str(config), "--output", str(out.resolve())]
        _run(command)
    index = out / "index.html"
    if not index.is_file():
        raise UsageProblem([f"{ALLURE} ended well, but wrote no {index}"])
    _amend(index)
    return index


def _config(out: Path) -> str:
    """Allure's configuration. Trends are over the reports that were made into the same folder."""
    text = (data_dir("reports") / "allurerc.yaml").read_text("utf-8")
    return f"{text}\nhistoryPath: {json.dumps(str((out / HISTORY).resolve()))}\nhistoryLimit: {_RUNS}\n"


def _amend(index: Path) -> None:
    before, head, after = _ANALYTICS.sub("", index.read_text("utf-8")).partition("<head>")
    if not head:
        raise UsageProblem([f"{index}: the page of {ALLURE} has no head, so it cannot be kept from the network"])
    policy = f'<meta http-equiv="Content-Security-Policy" content="{_CLOSED}">'
    index.write_text(f"{before}{head}\n    {policy}\n    <script>{_WAIT_FOR_DATA}</script>{after}", "utf-8")


_HAVE_STATEMENTS = "a run writes reports/out/statement.json, or to the folders that --statement and --alluredir name"


def _check_results(results: Path) -> None:
    way_out = f"make some with: pytest --profile=winter26 --alluredir={results}"
    if not results.exists():
        raise UsageProblem([f"{results}: there is no such file or folder; {_HAVE_STATEMENTS}"])
    if not results.is_dir():
        raise UsageProblem([f"{results}: is a file; name the folder that --alluredir named"])
    if not any(results.glob("*-result.json")):
        raise UsageProblem([f"{results}: there are no Allure results in this folder; {way_out}"])


def _npx() -> str:
    npx = shutil.which("npx")
    if npx is None or shutil.which("node") is None:
        missing = "npx" if shutil.which("node") else "Node.js"
        raise UsageProblem([f"{missing} is not installed; Allure 3, which makes the report, needs Node.js 20 or newer"])
    return npx


def environment() -> dict[str, str]:
    """The environment that npx needs, and none of the secrets in ours: it runs code from a registry."""
    return {name: value for name, value in os.environ.items() if name.lower() in _NEEDED or _OF_NPM.match(name)}


def _run(command: list[str]) -> None:
    quiet = {"npm_config_update_notifier": "false", "npm_config_audit": "false", "NO_COLOR": "1"}
    try:
        done = subprocess.run(  # noqa: S603 - the program is npx, the arguments are ours, there is no shell
            command,
            env=environment() | quiet,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            timeout=_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise UsageProblem([f"npx {ALLURE} did not end within {_SECONDS} s"]) from None
    except OSError as error:
        raise UsageProblem([f"npx cannot be run: {error.strerror}"]) from None
    if done.returncode != 0:
        said = [f"  {line}" for line in VAULT.redact(done.stdout).splitlines() if line.strip()][-_LINES_SHOWN:]
        failed = f"npx {ALLURE} failed with exit code {done.returncode}"
        advice = "its first call needs the network, to download Allure"
        raise UsageProblem([f"{failed}; {advice}. It said:", *(said or ["  nothing"])])
