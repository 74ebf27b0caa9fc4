"""The container: built and run where a builder is there; elsewhere its steps are run as a script, in a folder.

A base image cannot be fetched everywhere. Then the Python of an environment of its own is in the place of the base.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from conformance.judging.statement_file import read_statement
from tests.package.environments import REPOSITORY, environ, uv

pytestmark = pytest.mark.package

DOCKERFILE = (REPOSITORY / "Dockerfile").read_text("utf-8")
PLACES = ("/src", "/opt/seasonproof", "/data", "/tmp")
"""What the Dockerfile names, each of which is a folder below another one where its steps are a script."""


@dataclass(frozen=True)
class Instruction:
    word: str
    rest: str

    @property
    def flags(self) -> list[str]:
        """The options of a COPY, and what follows them."""
        return self.rest.split()


def instructions() -> Iterator[Instruction]:
    text = re.sub(r"^#.*\n", "", DOCKERFILE, flags=re.MULTILINE).replace("\\\n", " ")
    for line in filter(None, map(str.strip, text.splitlines())):
        word, _, rest = line.partition(" ")
        yield Instruction(word, rest)


def stages() -> list[list[Instruction]]:
    found: list[list[Instruction]] = []
    for one in instructions():
        if one.word == "FROM":
            found.append([])
        elif found:
            found[-1].append(one)
    return found


BUILD, FINAL = stages()


@pytest.fixture(scope="module")
def root() -> Iterator[Path]:
    """A folder in the place of the root of the container, which others may enter."""
    folder = Path(tempfile.mkdtemp(prefix="seasonproof-container-"))
    folder.chmod(0o755)
    yield folder
    subprocess.run(["chmod", "-R", "u+w", str(folder)], check=False)
    shutil.rmtree(folder)


def below(root: Path, text: str) -> str:
    """A text of the Dockerfile, with its folders below another one."""
    return re.sub(rf"(?<![\w.])({'|'.join(PLACES)})(?![\w-])", lambda found: f"{root}{found[1]}", text)


def variables(root: Path, rest: str, known: dict[str, str]) -> dict[str, str]:
    pairs = (pair.partition("=") for pair in rest.split())
    return {name: below(root, re.sub(r"\$(\w+)", lambda at: known.get(at[1], ""), value)) for name, _, value in pairs}


@pytest.fixture(scope="module")
def image(root: Path) -> dict[str, str]:
    """The environment variables of the container, once its steps have been run."""
    for place in PLACES:
        (root / place.lstrip("/")).mkdir(parents=True)
    base = root / "base"
    uv("venv", "--quiet", "--seed", str(base))
    env = environ() | {"PATH": f"{base / 'bin'}:{os.environ['PATH']}", "HOME": str(root / "tmp")}
    env |= {name: os.environ[name] for name in ("UV_CACHE_DIR",) if name in os.environ}
    env.setdefault("UV_CACHE_DIR", uv("cache", "dir").strip())
    folder = root
    for one in BUILD:
        if one.word in ("ENV", "ARG"):
            env |= variables(root, one.rest, env)
        elif one.word == "WORKDIR":
            folder = Path(below(root, one.rest))
        elif one.word == "COPY":
            *sources, target = one.flags
            for source in sources:
                place = folder / target / (source if target.endswith("/") else "")
                place.parent.mkdir(parents=True, exist_ok=True)
                copy = shutil.copytree if (REPOSITORY / source).is_dir() else shutil.copy
                copy(REPOSITORY / source, place)
        elif one.word == "RUN":
            done = subprocess.run(
                ["sh", "-ec", below(root, one.rest)], cwd=folder, env=env, capture_output=True, text=True, check=False
            )
            assert done.returncode == 0, done.stdout + done.stderr
    subprocess.run(["chmod", "-R", "a-w", str(root / "opt")], check=True)
    final = {"PATH": os.environ["PATH"]}
    for one in FINAL:
        if one.word == "ENV":
            final |= variables(root, one.rest, final)
    return final


def as_nobody(command: list[str]) -> list[str]:
    """A command as the user of the container has it: nobody, without a right that root has."""
    [user] = [one.rest for one in FINAL if one.word == "USER"]
    uid, _, gid = user.partition(":")
    assert uid.isdigit()
    assert uid != "0"
    unshare = ["unshare", "--user", f"--map-user={uid}", f"--map-group={gid}"]
    if shutil.which("unshare") and subprocess.run([*unshare, "true"], capture_output=True, check=False).returncode == 0:
        return [*unshare, *command]
    assert os.getuid() != 0, "neither another user nor a namespace of users is to be had"
    return command


def run(root: Path, image: dict[str, str], *words: str) -> subprocess.CompletedProcess[str]:
    """`docker run seasonproof …`, in the folder that is mounted as /data."""
    [entry] = [json.loads(one.rest) for one in FINAL if one.word == "ENTRYPOINT"]
    command = as_nobody([f"{root}/opt/seasonproof/bin/{entry[0]}", *entry[1:], *words])
    return subprocess.run(command, cwd=root / "data", env=image, capture_output=True, text=True, check=False)


def test_nothing_is_in_the_context_but_what_is_copied() -> None:
    ignored = (REPOSITORY / ".dockerignore").read_text("utf-8").split()
    copied = {source for one in BUILD if one.word == "COPY" for source in one.flags[:-1]}
    assert ignored[0] == "*"
    assert {line.removeprefix("!") for line in ignored if line.startswith("!")} == copied


def test_the_base_is_slim_and_pinned_to_a_patch() -> None:
    [base] = re.findall(r"^ARG PYTHON=(\S+)$", DOCKERFILE, re.MULTILINE)
    assert re.fullmatch(r"python:3\.\d+\.\d+-slim-\w+", base)
    assert re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE) == ["${PYTHON}", "${PYTHON}"]


def test_its_steps_make_a_container_that_judges_as_nobody_on_a_root_that_cannot_be_written(
    root: Path, image: dict[str, str]
) -> None:
    told = ["--profile", "winter26", "--depth=quick", "--require=SAB-01", "-p", "no:cacheprovider"]
    done = run(root, image, "run", *told, "-n", "2")
    assert done.returncode == 0, done.stdout + done.stderr
    statement = read_statement(root / "data" / "reports" / "out" / "statement.json")
    assert statement.header.suite == "seasonproof 0.1.0"
    assert "1 passed" in done.stdout
    merged = run(root, image, "merge", "reports/out", "--parquet", "--out=fleet")
    assert (merged.returncode, (root / "data" / "fleet" / "fleet.parquet").is_file()) == (0, True), merged.stderr


@pytest.mark.skipif(shutil.which("docker") is None, reason="no builder is here, so the steps are run as a script alone")
def test_a_builder_makes_the_same_container(tmp_path: Path) -> None:
    def docker(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(["docker", *words], cwd=REPOSITORY, capture_output=True, text=True, check=False)

    [base] = re.findall(r"^ARG PYTHON=(\S+)$", DOCKERFILE, re.MULTILINE)
    if docker("info").returncode or docker("pull", "--quiet", base).returncode:
        pytest.skip("the builder does not answer, or has no base image; the steps were run as a script")
    built = docker("build", "--quiet", ".")
    assert built.returncode == 0, built.stderr
    mounted = ("--rm", "--read-only", "--tmpfs", "/tmp", "-v", f"{tmp_path}:/data", "--user", f"{os.getuid()}")
    told = ("run", "--profile", "winter26", "--depth=quick", "--require=SAB-01", "-p", "no:cacheprovider")
    done = docker("run", *mounted, built.stdout.strip(), *told)
    assert done.returncode == 0, done.stdout + done.stderr
    assert read_statement(tmp_path / "reports" / "out" / "statement.json").footer is not None
