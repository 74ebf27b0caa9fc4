"""The wheel in a fresh environment: whole by itself, with the oldest and the newest Python, and with its extra."""

from __future__ import annotations

import subprocess
import zipfile
from pathlib import Path

import pytest

from conformance.judging.verdict import ExitCode
from tests.package.environments import PROJECT, REPOSITORY, Environment, fresh, pythons, uv

pytestmark = pytest.mark.package
COMMANDS = ("audit", "cleanup", "explain", "lint-spec", "proxy", "report", "serve")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this checkout, built from its sdist."""
    folder = tmp_path_factory.mktemp("dist")
    uv("build", "--quiet", "--out-dir", str(folder), str(REPOSITORY))
    [built] = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module", params=sorted({"3.12", "newest"}))
def installed(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, wheel: Path) -> Environment:
    """An environment with the wheel alone."""
    version = pythons()[-1] if request.param == "newest" else request.param
    environment = fresh(tmp_path_factory.mktemp(f"python-{version}"), version)
    environment.install(str(wheel))
    return environment


@pytest.fixture(scope="module")
def with_the_extra(installed: Environment, wheel: Path) -> Environment:
    """The same environment, after the extra was installed too."""
    installed.install(f"{wheel}[proxy]")
    return installed


def test_the_wheel_has_every_module_and_all_data(wheel: Path) -> None:
    """And says that it is typed."""
    held = set(zipfile.ZipFile(wheel).namelist())
    modules = [path for name in ("conformance", "proxy_addons") for path in (REPOSITORY / name).rglob("*.py")]
    data = [path for path in (REPOSITORY / "profiles").rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    wanted = {path.relative_to(REPOSITORY).as_posix() for path in modules}
    wanted |= {f"conformance/_data/{path.relative_to(REPOSITORY).as_posix()}" for path in data}
    wanted |= {"conformance/py.typed", "proxy_addons/py.typed", "conformance/_data/reports/allurerc.yaml"}
    assert sorted(wanted - held) == []


def test_the_version_is_the_tag(tmp_path: Path) -> None:
    """And after the tag it is a later one."""
    copy = tmp_path / "copy"
    git = ["git", "-C", str(copy), "-c", "user.name=test", "-c", "user.email=test@example.com"]
    subprocess.run(["git", "clone", "--quiet", "--depth=1", REPOSITORY.as_uri(), str(copy)], check=True)
    subprocess.run([*git, "tag", "v9.8.7"], check=True)
    uv("build", "--quiet", "--wheel", "--out-dir", str(tmp_path / "tagged"), str(copy))
    subprocess.run([*git, "commit", "--quiet", "--allow-empty", "--message=More"], check=True)
    uv("build", "--quiet", "--wheel", "--out-dir", str(tmp_path / "later"), str(copy))

    assert [path.name for path in tmp_path.glob("tagged/*.whl")] == ["seasonproof-9.8.7-py3-none-any.whl"]
    [later] = tmp_path.glob("later/*.whl")
    assert later.name.startswith("seasonproof-9.8.8.dev1+g")


def test_every_supported_version_is_declared() -> None:
    """The oldest one of pyproject.toml is the one that is tried."""
    assert PROJECT["project"]["requires-python"] == ">=3.12"
    assert "3.12" in pythons()


def test_the_reference_is_conformant(installed: Environment) -> None:
    """All requirements, in a folder that knows nothing of a project."""
    done = installed.run("pytest", "--profile=winter26", "--depth=quick", "-q")
    assert done.returncode == ExitCode.CONFORMANT, done.stdout + done.stderr
    assert "reference: conformant with winter26" in done.stdout
    assert "Schemathesis is not installed" not in done.stdout


def test_every_command_is_there(installed: Environment) -> None:
    for command in COMMANDS:
        done = installed.run("seasonproof", command, "--help")
        assert done.returncode == 0, done.stderr
    assert "SAB-01" in installed.run("seasonproof", "explain", "SAB-01").stdout


def test_a_file_is_audited_and_a_document_is_checked(installed: Environment) -> None:
    """The detector and the rules find their data in the wheel."""
    log, document = installed.folder / "access.log", installed.folder / "openapi.yaml"
    log.write_text("GET https://example.com/?access_token=00Dxx0000000001!AQEAQKKKKKKKKKKKKKKKKKKKKKKKKK\n", "utf-8")
    document.write_bytes((REPOSITORY / "profiles" / "openapi" / "file-service.yaml").read_bytes())
    assert installed.run("seasonproof", "audit", log.name).returncode == 1
    assert installed.run("seasonproof", "lint-spec", document.name).returncode == 0


def test_an_unrelated_run_is_not_disturbed(installed: Environment) -> None:
    """It passes with every warning as an error, and nothing of the suites is loaded."""
    (installed.folder / "test_own.py").write_text("def test_x(): pass\n", "utf-8")
    done = installed.run("pytest", "-q", "-p", "no:anyio", "-W", "error", "test_own.py")
    (installed.folder / "test_own.py").unlink()
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 passed" in done.stdout


def test_the_proxy_says_what_it_needs(installed: Environment) -> None:
    """Before the extra is installed; the tests of this module run in their order."""
    done = installed.run("seasonproof", "proxy")
    assert done.returncode != 0
    assert done.stderr.strip() == (
        "seasonproof proxy needs mitmproxy, which is an extra: pip install 'seasonproof[proxy]'"
    )


def test_with_the_extra_the_proxy_starts(with_the_extra: Environment) -> None:
    """As far as one wrong option lets it: mitmproxy itself has read the options."""
    done = with_the_extra.run("seasonproof", "proxy", "--listen=0", "--set=no_such=1")
    assert done.returncode != 0
    assert done.stderr.strip().startswith("--set: mitmproxy has no option no_such")


def test_with_the_extra_the_reference_is_conformant(with_the_extra: Environment) -> None:
    """mitmproxy's own bounds shape the environment, and the suites still run in it."""
    done = with_the_extra.run("pytest", "--profile=winter26", "--depth=quick", "-q", "--family=token-handling")
    assert done.returncode == ExitCode.CONFORMANT, done.stdout + done.stderr


def test_it_lives_beside_pytest_profiling(with_the_extra: Environment) -> None:
    """Which has an option --profile too. Each gets what is meant for it."""
    with_the_extra.install("pytest-profiling")
    (with_the_extra.folder / "test_own.py").write_text("def test_x(): pass\n", "utf-8")
    for options, made in (((), False), (("--profile",), True)):
        done = with_the_extra.run("pytest", "-q", *options, "test_own.py")
        assert done.returncode == 0, done.stdout + done.stderr
        assert (with_the_extra.folder / "prof").exists() is made
    (with_the_extra.folder / "test_own.py").unlink()
    done = with_the_extra.run("pytest", "--profile=winter26", "--require=SAB-01", "--depth=quick", "-q")
    assert done.returncode == ExitCode.CONFORMANT, done.stdout + done.stderr
