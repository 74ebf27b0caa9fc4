"""The pictures of the site, made of what the programs really show: SVG of a terminal, and screenshots of pages.

Only made-up credentials are in them, and everything runs on loopback. `python -m docs_site.pictures` makes the one that
the README shows.
"""

from __future__ import annotations

import io
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import httpx2
from rich.console import Console
from rich.padding import Padding
from rich.terminal_theme import TerminalTheme
from rich.text import Text

from conformance.documents import UsageProblem
from conformance.reference.app import reference_app
from conformance.reference.server import Server
from conformance.reporting.html import build_report

REPOSITORY = Path(__file__).resolve().parents[1]
SAMPLE = REPOSITORY / "reports" / "sample"
"""Where the samples of the repository are, with the picture that the README shows."""


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture: its file, and what somebody hears who does not see it."""

    file: str
    says: str
    width: int = 0
    height: int = 0


PICTURES = {
    "verdict": Picture(
        "verdict.svg",
        "A terminal after a run: every requirement of the five families has passed, and the verdict is conformant.",
    ),
    "failure": Picture(
        "failure.svg",
        "A terminal with a failed requirement: why it failed, what was sent, what came back, the source, the remedy.",
    ),
    "proxy": Picture(
        "proxy.svg", "A terminal with the proxy: a request with an access token in its query is reported and blocked."
    ),
    "page": Picture(
        "page.png",
        "The page of a run in a browser: the verdict, and cards for what failed, was not tested and is accepted.",
        1200,
        760,
    ),
    "allure": Picture(
        "allure.png",
        "An Allure report in a browser: requirements by family, and the failed one with its exchange.",
        1300,
        860,
    ),
}

_THEME = TerminalTheme(
    (22, 27, 34),
    (225, 231, 239),
    [
        (22, 27, 34),
        (255, 123, 114),
        (126, 231, 135),
        (242, 204, 96),
        (121, 192, 255),
        (210, 168, 255),
        (118, 227, 234),
        (201, 209, 217),
    ],
    [
        (139, 148, 158),
        (255, 161, 152),
        (126, 231, 135),
        (242, 204, 96),
        (165, 214, 255),
        (226, 197, 255),
        (179, 240, 255),
        (255, 255, 255),
    ],
)
# As Rich's own, without the typeface that it would fetch from elsewhere.
_SVG = """\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img">
<style>
.{unique_id}-matrix {{ font-family: ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace;
  font-size: {char_height}px; line-height: {line_height}px; font-variant-east-asian: full-width; }}
{styles}
</style>
<defs><clipPath id="{unique_id}-clip-terminal">
<rect x="0" y="0" width="{terminal_width}" height="{terminal_height}"/></clipPath>{lines}</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix">{matrix}</g>
</g>
</svg>
"""
_COLUMNS = 112
_SECONDS = 600
_FAILURE = "--variant=header-wins-over-the-query --require=SAB-02"
_LEAK = "00D000000000001!AQ4AQ.made_up." + "Zb8Yc7Vd6We5Uf4Tg3Sh2Ri1" * 4


def picture(name: str, folder: Path | None, up: str) -> str:
    """The Markdown of a picture; empty where the site is built without them.

    Args:
        name: which one.
        folder: where the pictures are, or None.
        up: what leads from the page to the root of the site.
    """
    if name not in PICTURES:
        raise UsageProblem([f"there is no picture {name!r}; known: {', '.join(PICTURES)}"])
    one = PICTURES[name]
    if folder is None:
        return ""
    return f"[![{one.says}]({up}pictures/{one.file}){{ .picture loading=lazy }}]({up}pictures/{one.file})"


def make_pictures(folder: Path) -> None:
    """Make all pictures.

    Raises:
        UsageProblem: a program is missing, or shows something else than it should.
    """
    folder.mkdir(parents=True, exist_ok=True)
    terminal_picture("uv run pytest --profile=winter26", suite_output(), folder / PICTURES["verdict"].file)
    failure_picture(folder)
    terminal_picture("uv run seasonproof proxy --on-leak=block", proxy_output(), folder / PICTURES["proxy"].file)
    _screenshot(SAMPLE / "statement.html", folder, PICTURES["page"])
    with tempfile.TemporaryDirectory(prefix="seasonproof-") as work:
        results = Path(work) / "results"
        suite_output(*_FAILURE.split(), f"--alluredir={results}")
        _screenshot(build_report(results, Path(work) / "report"), folder, PICTURES["allure"])


def failure_picture(folder: Path) -> None:
    """What a run says about a server that takes a token from the query."""
    command = f"uv run pytest --profile=winter26 {_FAILURE}"
    terminal_picture(command, suite_output("-q", *_FAILURE.split()), folder / PICTURES["failure"].file)


def terminal_picture(command: str, output: str, path: Path) -> None:
    """A picture of a terminal in which a command was run."""
    console = Console(record=True, width=_COLUMNS + 2, file=io.StringIO(), force_terminal=True)
    shown = Text.assemble(("$ ", "green"), (command, "bold"), "\n\n", Text.from_ansi(output.strip("\n")))
    shown.overflow = "fold"
    console.print(Padding(shown, (0, 1, 1, 1)))
    path.write_text(console.export_svg(title="", theme=_THEME, code_format=_SVG, unique_id=path.stem), "utf-8")


def suite_output(*options: str) -> str:
    """What a run of the suites on the reference prints, with its colours."""
    with tempfile.TemporaryDirectory(prefix="seasonproof-") as work:
        command = ["-m", "pytest", "--profile=winter26", "--no-header", "--color=yes", "-c", os.devnull]
        command += [f"--rootdir={REPOSITORY}", f"--statement={work}", "-p", "no:cacheprovider", "-p", "no:schemathesis"]
        environ = os.environ | {"COLUMNS": str(_COLUMNS), "PYTEST_ADDOPTS": ""}
        done = subprocess.run(
            [sys.executable, *command, *options],
            cwd=REPOSITORY,
            env=environ,
            capture_output=True,
            text=True,
            timeout=_SECONDS,
        )
    if "conformant with winter26" not in done.stdout:
        raise UsageProblem([f"a run for a picture gave no verdict: {done.stdout[-2000:]}{done.stderr[-2000:]}"])
    return done.stdout


def proxy_output() -> str:
    """What the proxy prints while a client puts a token into a URL, and what the client gets."""
    with tempfile.TemporaryDirectory(prefix="seasonproof-") as work, Server() as server:
        org = server.serve(reference_app())
        command = ["-m", "conformance.commands", "proxy", "--on-leak=block", "--listen=0", "--out=traffic-report"]
        environ = os.environ | {"HOME": work, "PYTHONUNBUFFERED": "1", "COLUMNS": str(_COLUMNS)}
        environ["PYTHONPATH"] = str(REPOSITORY)
        with subprocess.Popen(
            [sys.executable, *command],
            cwd=work,
            env=environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        ) as process:
            try:
                said = _until_it_listens(process)
                address = said.splitlines()[-1].split()[2].rstrip(",")
                httpx2.get(f"{org}/services/oauth2/singleaccess?access_token={_LEAK}", proxy=f"http://{address}")
                process.send_signal(signal.SIGINT)
                return (said + process.communicate(timeout=_SECONDS)[0]).replace(work, "~")
            finally:
                process.kill()


# ------------------------------------------------------------------ details


def _until_it_listens(process: subprocess.Popen[str]) -> str:
    said = ""
    for line in process.stdout or ():
        said += line
        if line.startswith("listening on "):
            return said
    raise UsageProblem([f"the proxy did not start: {said}"])


def _screenshot(page: Path, folder: Path, wanted: Picture) -> None:
    """Open a page in Chromium without a window, and keep what is seen."""
    names = ("chromium", "chromium-browser", "google-chrome")
    browser = next(filter(None, map(shutil.which, names)), None)
    if browser is None:
        raise UsageProblem(["Chromium is not installed; it makes the pictures, or leave them out: --without-pictures"])
    with tempfile.TemporaryDirectory(prefix="seasonproof-") as profile:
        flags = ["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--virtual-time-budget=15000"]
        flags += [f"--user-data-dir={profile}", f"--window-size={wanted.width},{wanted.height}"]
        flags += [f"--screenshot={(folder / wanted.file).resolve()}", page.resolve().as_uri()]
        done = subprocess.run([browser, *flags], capture_output=True, text=True, timeout=_SECONDS)
    if not (folder / wanted.file).is_file():
        raise UsageProblem([f"Chromium made no {wanted.file}: {done.stderr[-2000:]}"])


if __name__ == "__main__":
    failure_picture(SAMPLE)
