"""What a client in a capture does over several requests, judged by the suites as `pytest --traffic` judges it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from conformance.commands.run import run_pytest
from conformance.documents import UsageProblem
from conformance.judging.verdict import ExitCode

FOLDER = "client"
"""Where the statement on the client goes, below that of the command."""

_PROFILE, _OF_CLIENTS = "winter26", "winter26-clients"
_BY_GRAVITY = (
    ExitCode.NOT_CONFORMANT,
    ExitCode.INTERNAL_ERROR,
    ExitCode.COMMAND_USAGE,
    ExitCode.INCOMPLETE,
    ExitCode.CONFORMANT,
)
_ENDINGS = {0: ExitCode.CONFORMANT, 1: ExitCode.NOT_CONFORMANT, 2: ExitCode.INCOMPLETE, 7: ExitCode.INCOMPLETE}
"""What the exit codes of pytest mean here: 2 is an interrupted run."""


@dataclass(frozen=True, slots=True)
class Sequences:
    """Which client is judged beside the command's own work.

    Attributes:
        roles: what it plays; nobody is judged if there is none.
        require: the requirements to choose, as of a run; all of its roles if there is none.
        strict: whether warnings fail.
    """

    roles: Sequence[str] = ()
    require: Sequence[str] = ()
    strict: bool = False

    def check(self) -> None:
        """Refuse before anything is heard or read what could not be judged after it. Raises UsageProblem."""
        if self.require and not self.roles:
            raise UsageProblem(["--require chooses what a client is judged by; add --client-role, such as api_client"])
        if not self.roles:
            return
        from conformance.config.profile import load_profile
        from conformance.judging.client_choice import roles_named
        from conformance.judging.selection import Selection, choose

        roles_named(self.roles)
        choose(load_profile(_OF_CLIENTS), Selection(self.require))

    def judge(self, captures: Sequence[Path], statement: Path | None, output: IO[str] | None = None) -> ExitCode:
        """Judge each capture as the traffic of one client.

        Args:
            captures: HAR files and flows of mitmproxy.
            statement: the folder of the statement and its page; None for none.
            output: where the report goes, instead of standard output.
        """
        import tempfile

        with tempfile.TemporaryDirectory(prefix="seasonproof-") as folder:
            settings = Path(folder, "pytest.ini")  # whatever the project here has pytest do is for its own tests
            settings.write_text("[pytest]\n", "utf-8")
            words = [f"--profile={_PROFILE}", f"--statement={statement or folder}", "-q", f"--config-file={settings}"]
            words += [f"--rootdir={folder}", "--noconftest", "-p", "no:cacheprovider"]
            words += ["--strict"] if self.strict else []
            words += [f"--traffic={path}" for path in captures]
            words += [f"--client-role={role}" for role in self.roles]
            words += [f"--require={identifier}" for identifier in self.require]
            sys.stdout.flush()  # what was said before comes before
            code = run_pytest(words, output)
        return _ENDINGS.get(code, ExitCode.COMMAND_USAGE if code == ExitCode.USAGE else ExitCode.INTERNAL_ERROR)

    def judge_kept(self, write: Callable[[Path], None], statement: Path) -> ExitCode:
        """Judge what `write` writes: it is on disk, readable for the user alone, while it is judged."""
        import tempfile

        with tempfile.TemporaryDirectory(prefix="seasonproof-") as folder:
            flows = Path(folder, "client.flows")
            write(flows)
            return self.judge([flows], statement)


def graver(one: int, other: int) -> ExitCode:
    """The exit code that counts of two."""
    return next(code for code in _BY_GRAVITY if code in (one, other))
