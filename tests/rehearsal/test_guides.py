"""README and each guide, followed to the letter, in a new clone with an empty home and the packages' caches."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.rehearsal.guides import REPOSITORY, Shown, Typed, guides, steps
from tests.rehearsal.stages import FAST, QUICK, STAGES, Setting, Stage

_MINUTES_OF_A_STEP = 10


@dataclass(frozen=True)
class Reader:
    """A reader, who has a new clone and a home with nothing in it."""

    clone: Path
    home: Path

    def environ(self, setting: Setting) -> dict[str, str]:
        """What is set for each command. The caches of packages are the machine's own."""
        foreign = ("PYTEST_", "VIRTUAL_ENV", "SEASONPROOF_", "PYTHONPATH", "UV_PROJECT", "COVERAGE_")
        own = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
        caches = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
        own |= {"UV_CACHE_DIR": os.environ.get("UV_CACHE_DIR") or str(caches / "uv"), "HOME": str(self.home)}
        own |= {"PIP_BREAK_SYSTEM_PACKAGES": "1", "PIP_ROOT_USER_ACTION": "ignore", "COLUMNS": "120"}
        return own | {"XDG_STATE_HOME": str(self.home / "state")} | dict(setting.environ)

    def types(self, line: str, setting: Setting) -> tuple[int, str]:
        """Run a command to its end; give its exit code and what it printed."""
        done = subprocess.run(
            ["bash", "-c", line],
            cwd=self.clone,
            env=self.environ(setting),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60 * _MINUTES_OF_A_STEP,
            check=False,
        )
        return done.returncode, done.stdout + done.stderr

    def starts(self, line: str, setting: Setting, log: Path) -> subprocess.Popen[bytes]:
        """Start a command that goes on, and wait until it has said something, here or in the file that it writes."""
        with log.open("wb") as output:
            process = subprocess.Popen(
                ["bash", "-c", f"exec {line}"], cwd=self.clone, env=self.environ(setting), stdin=subprocess.DEVNULL,
                stdout=output, stderr=output, start_new_session=True,
            )  # fmt: skip
        into = re.search(r"> (\S+)$", line)
        said = self.clone / into[1] if into else log
        end = time.monotonic() + 60 * _MINUTES_OF_A_STEP
        while process.poll() is None and not (said.exists() and said.stat().st_size) and time.monotonic() < end:
            time.sleep(0.05)
        return process


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Reader:
    """The clone is of what is committed."""
    folder = tmp_path_factory.mktemp("newcomer")
    clone, home = folder / "seasonproof", folder / "home"
    home.mkdir()
    subprocess.run(["git", "-c", "safe.directory=*", "clone", "--quiet", str(REPOSITORY), str(clone)], check=True)
    return Reader(clone, home)


def meant(text: str, setting: Setting) -> str:
    """What a reader types or saves: the guide's text with the names of the reader's own system."""
    for name, here in setting.means.items():
        text = text.replace(name, here)
    return text


def part_of(line: str, parts: Iterable[str]) -> str | None:
    """The first of some parts that is in a command."""
    return next((part for part in parts if part in line), None)


def test_each_guide_with_commands_is_rehearsed() -> None:
    """And nothing is rehearsed that no guide has."""
    assert {guide.name for guide in guides()} == set(STAGES)
    for guide in guides():
        stage, lines = STAGES[guide.name], [step.line for step in steps(guide) if isinstance(step, Typed)]
        for part in (*stage.codes, *stage.serving, *stage.left_out):
            assert any(part in line for line in lines), f"{guide.name} has no command with {part!r}"


@pytest.mark.parametrize("guide", guides(), ids=lambda guide: guide.name)
def test_no_step_fails(reader: Reader, guide: Path, tmp_path: Path) -> None:
    stage = STAGES[guide.name]
    (tmp_path / "system").mkdir()
    (tmp_path / "logs").mkdir()
    subprocess.run(["git", "clean", "-fdxq", "-e", ".venv"], cwd=reader.clone, check=True)
    with stage.setting(tmp_path / "system") as setting:
        if guide.parent.name == "docs":
            setting.environ.update(QUICK)
        if ".venv/bin" in setting.environ.get("PATH", ""):  # these guides begin in an environment that has seasonproof
            assert reader.types("uv sync --quiet", setting) == (0, "")
        for name, text in setting.files.items():
            save(reader.clone / name, text)
        performance = Performance(reader, stage, setting, tmp_path / "logs")
        try:
            for step in steps(guide):
                performance.follow(step)
        finally:
            for process in performance.running:
                stop(process)


@dataclass
class Performance:
    """A guide on its stage, as far as it has come.

    Attributes:
        logs: a folder for what the commands print that go on.
        running: those commands.
    """

    reader: Reader
    stage: Stage
    setting: Setting
    logs: Path
    running: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def follow(self, step: Typed | Shown) -> None:
        """Do what one step of the guide says; it fails where the step does."""
        if isinstance(step, Shown):
            self._save(step)
        elif part_of(step.line, self.stage.left_out) is not None:
            return
        elif part_of(step.line, self.stage.serving) is not None:
            self._start(meant(step.line, self.setting))
        else:
            self._type(step.line, meant(step.line, self.setting))

    def _save(self, step: Shown) -> None:
        named = (name for begin, name in self.stage.saves.items() if step.text.startswith(begin))
        if name := step.name or next(named, ""):
            is_target = step.text.startswith("name: ")
            save(self.reader.clone / name, meant(step.text, self.setting) + (FAST if is_target else ""))

    def _start(self, line: str) -> None:
        log = self.logs / f"{len(self.running)}.txt"
        process = self.reader.starts(line, self.setting, log)
        self.running.append(process)
        assert process.poll() is None, f"$ {line}\n{log.read_text('utf-8', 'replace')}"

    def _type(self, written: str, line: str) -> None:
        code, said = self.reader.types(line, self.setting)
        expected = 0 if "--plan" in line else self.stage.codes.get(part_of(written, self.stage.codes) or "", 0)
        assert code == expected, f"$ {line}\nexit code {code}, expected {expected}\n{said[-6000:]}"
        if name := re.fullmatch(r"export (\w+)=(.+)", line):
            self.setting.environ[name[1]] = name[2]
        if target := re.search(r"^written: (\S+\.yaml)$", said, re.MULTILINE):
            path = self.reader.clone / target[1]
            path.write_text(path.read_text("utf-8") + FAST, "utf-8")


def save(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")


def stop(process: subprocess.Popen[bytes]) -> None:
    """End it as a reader does, by Ctrl-C, and wait until it has ended."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGINT)
    try:
        process.wait(60)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
