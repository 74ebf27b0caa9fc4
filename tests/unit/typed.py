"""Commands of seasonproof, typed in this process, or in a fork of one that has loaded them."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from conformance.commands.app import main
from tests.suite import run_module

type Command = Callable[..., tuple[int, str, str]]
"""From arguments to the exit code, the standard output and the standard error."""


def typed(name: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Command:
    """A command by its name."""

    def run(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["seasonproof", name, *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        printed = capsys.readouterr()
        return int(ended.value.code or 0), printed.out, printed.err

    return run


def forked(folder: Path, *words: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """A command in a process of its own: what it leaves in its process stays there. The home is its folder too."""
    own = {"HOME": str(folder), "XDG_STATE_HOME": str(folder / "state"), **environ}
    return run_module(["conformance.commands", *words], folder, os.environ | own)
