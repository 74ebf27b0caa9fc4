"""The history of a git repository, through git itself: each version of each file.

Nothing that the repository brings is run: no hook, no filter, no monitor, no pager, and nothing is fetched.
"""

from __future__ import annotations

import atexit
import errno
import os
import subprocess
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import PurePath
from typing import IO, TYPE_CHECKING, Final

from conformance.documents import UsageProblem
from conformance.traffic.audit.place import Place

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.traffic.audit.streams import Pieces

_ELSEWHERE: Final = frozenset(
    (
        *("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_COMMON_DIR", "GIT_NAMESPACE"),
        *("GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_EXTERNAL_DIFF"),
    )
)
_SETTINGS: Final = (
    "core.fsmonitor=false",
    f"core.hooksPath={os.devnull}",
    "core.pager=cat",
    "protocol.allow=never",
)
_HISTORY: Final = ("rev-list", "--all", "--reflog", "--topo-order", "--reverse")
_CHANGES: Final = (
    *("diff-tree", "--stdin", "-r", "-m", "--root", "--raw", "-z", "--no-abbrev", "--no-renames"),
    *("--no-ext-diff", "--no-textconv"),
)
_SUBMODULE: Final = b"160000"
_BLOCK: Final = 1 << 16


@dataclass(frozen=True, slots=True)
class Blob:
    """A version of a file.

    Attributes:
        repository: where it is, from the root.
        name: git's name of its content.
    """

    repository: str
    name: str

    @contextmanager
    def opened(self) -> Iterator[tuple[Pieces, int]]:
        """The content and how many bytes it has.

        Raises:
            OSError: it is not there, as in a clone that has not everything.
        """
        process = _reading(self.repository, os.getpid())
        asked, told = process.stdin, process.stdout
        assert asked is not None  # noqa: S101 they are pipes
        assert told is not None  # noqa: S101
        asked.write(f"{self.name}\n".encode())
        asked.flush()
        answer = told.readline().split()
        if len(answer) != 3 or answer[1] != b"blob":
            raise OSError(errno.ENODATA, "the repository does not have it")
        content = _Content(told, int(answer[2]))
        try:
            yield content, content.left
        finally:
            content.drain()


class _Content:
    """So many bytes of what git tells, and the line break after them."""

    def __init__(self, told: IO[bytes], size: int) -> None:
        self._told = told
        self.left = size

    def read1(self, size: int = -1, /) -> bytes:
        found = self._told.read(self.left if size < 0 else min(size, self.left))
        self.left -= len(found)
        return found

    def drain(self) -> None:
        while self.left and self.read1(_BLOCK):
            pass
        self._told.read(1)


def check_repository(repository: str) -> None:
    """See that git can read a repository.

    Raises:
        UsageProblem: there is none, git does not want to read it, or there is no git.
    """
    done = _run(repository, "rev-parse", "--git-dir")
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip().partition("\n")[0]
        raise UsageProblem([f"--git {repository}: {said or 'git cannot read it'}"])
    if _run(repository, "rev-parse", "--show-prefix").stdout.strip():
        raise UsageProblem([f"--git {repository}: is a folder of a repository; name the folder that holds .git"])


def versions(repository: str) -> Iterator[Place]:
    """Each version of each file that any ref or reflog still leads to, the oldest commits first, as `Place`s."""
    if _run(repository, "rev-parse", "--is-shallow-repository").stdout.strip() == b"true":
        yield Place(repository, None, problem="is a shallow clone; get its history with git fetch --unshallow")
    known: set[tuple[bytes, bytes]] = set()
    with _git(repository, *_HISTORY) as commits, _git(repository, *_CHANGES, stdin=commits.stdout) as changes:
        assert changes.stdout is not None  # noqa: S101 it is a pipe
        for commit, mode, blob, path in _changes(changes.stdout):
            if (blob, path) not in known:
                known.add((blob, path))
                yield _version(repository, commit, mode, blob, path)
    if commits.returncode or changes.returncode:
        yield Place(repository, None, problem="git cannot read its whole history; git fsck says why")


def _version(repository: str, commit: bytes, mode: bytes, blob: bytes, path: bytes) -> Place:
    name, version = str(PurePath(repository, path.decode("utf-8", "replace"))), commit.decode()
    if mode == _SUBMODULE:
        return Place(name, None, left_out="submodule", commit=version)
    return Place(
        name, None, origin=Blob(os.path.abspath(repository), blob.decode()), commit=version, version=blob.decode()
    )


def _changes(told: IO[bytes]) -> Iterator[tuple[bytes, bytes, bytes, bytes]]:
    """Commit, mode, content and path of each file that a commit brought or changed."""
    commit = b""
    fields = _fields(told)
    for field in fields:
        if not field.startswith(b":"):
            commit = field
            continue
        _, mode, _, blob, status = field[1:].split(b" ")
        path = next(fields)
        if status != b"D":
            yield commit, mode, blob, path


def _fields(told: IO[bytes]) -> Iterator[bytes]:
    rest = b""
    while block := told.read(_BLOCK):
        *whole, rest = (rest + block).split(b"\0")
        yield from whole


# ------------------------------------------------------------------ git


def _command(repository: str, *arguments: str) -> list[str]:
    settings = [part for one in _SETTINGS for part in ("-c", one)]
    return [
        "git",
        "-C",
        os.path.join(os.curdir, repository),
        "--no-pager",
        "--no-replace-objects",
        *settings,
        *arguments,
    ]


def _environment() -> dict[str, str]:
    """What git gets: nothing that leads it elsewhere, and nothing with which it would ask, lock or fetch."""
    kept = {name: value for name, value in os.environ.items() if name not in _ELSEWHERE}
    return kept | {
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_ALLOW_PROTOCOL": "",
        "LC_ALL": "C",
    }


def _run(repository: str, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    try:
        return subprocess.run(_command(repository, *arguments), capture_output=True, check=False, env=_environment())  # noqa: S603 git alone
    except OSError:
        raise UsageProblem(["--git: there is no git on the PATH; install it"]) from None


@contextmanager
def _git(repository: str, *arguments: str, stdin: IO[bytes] | None = None) -> Iterator[subprocess.Popen[bytes]]:
    """A git process whose output is read; it ends with the context."""
    given = subprocess.DEVNULL if stdin is None else stdin
    process = subprocess.Popen(  # noqa: S603 git alone
        _command(repository, *arguments),
        stdin=given,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=_environment(),
    )
    if stdin is not None:
        stdin.close()  # the process has it now, and ends when the one before it does
    with process:
        try:
            yield process
        except BaseException:
            process.kill()
            raise


@cache
def _reading(repository: str, _: int) -> subprocess.Popen[bytes]:
    """A git process that tells contents to this process, one for each repository: to start one takes long."""
    process = subprocess.Popen(  # noqa: S603 git alone
        _command(repository, "cat-file", "--batch"),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=_environment(),
    )

    def end() -> None:
        with process:
            process.kill()

    atexit.register(end)
    return process
