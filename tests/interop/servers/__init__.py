"""Servers that nobody here wrote, installed by name from their registries and started on loopback."""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import secrets
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

import pytest
import yaml

HERE = Path(__file__).parent
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "seasonproof" / "interop"

OIDC_PROVIDER = "oidc-provider@9.13.3"
TS_OAUTH2_SERVER = "@jmondi/oauth2-server@4.3.7 express@4.21.2"
OAUTH2_MOCK_SERVER = "oauth2-mock-server@9.3.0"
NANOIDP = "nanoidp==3.4.0"
KINTO = "kinto[memory]==26.5.0"
SCIM2_SERVER = "scim2-server==0.8.3"
DJANGO_REST_FRAMEWORK = "djangorestframework==3.18.3"
DJANGO_OAUTH_TOOLKIT = "django-oauth-toolkit==3.4.1"
JSON_SERVER = "json-server@0.17.4"
SAP_CAP = "@sap/cds@9.9.3 @cap-js/sqlite@2.4.2 sql.js@1.13.0 express@4.21.2"
EXPRESS_POUCHDB = (
    "express-pouchdb@4.2.0 pouchdb-core@9.0.0 pouchdb-adapter-memory@9.0.0 pouchdb-mapreduce@9.0.0 "
    "pouchdb-replication@9.0.0 pouchdb-find@9.0.0 express@4.21.2"
)

API = "https://api.example.com/accounts"
OTHER_API = "https://other.example.com/"
# Made up for each run; the second one holds reserved characters.
CLIENT_SECRET = secrets.token_hex(24)
SECOND_SECRET = f"{secrets.token_hex(12)}:%+/=& {secrets.token_hex(4)}"

_START_SECONDS = 60


def node_is_there() -> None:
    """Skip where Node is missing; in continuous integration that is a failure."""
    if not (shutil.which("node") and shutil.which("npm")):
        is_missing("Node and npm")


def is_missing(what: str) -> NoReturn:
    """Skip for want of programs that the machine's packages have; in continuous integration that is a failure."""
    if os.environ.get("CI"):
        pytest.fail(f"{what}: missing, and continuous integration needs them for the interop tests")
    pytest.skip(f"{what}: missing; install them for the interop tests")


@contextmanager
def node_server(package: str, script: str, **more: str) -> Iterator[str]:
    """A server that a script beside this file starts, with further variables. Gives its address."""
    node_is_there()
    folder = installed_by_npm(package)
    # A module finds its packages from where it lies.
    started = folder / script
    started.write_text((HERE / script).read_text("utf-8"), "utf-8")
    with _saying_its_address(["node", str(started)], package, API=API, OTHER_API=OTHER_API, **more) as address:
        yield address


@contextmanager
def django_oauth_toolkit(folder: Path) -> Iterator[str]:
    """django-oauth-toolkit, with its database in a folder. Gives its address."""
    command = [str(installed_by_pip(DJANGO_OAUTH_TOOLKIT)), str(HERE / "django_oauth_toolkit_server.py"), str(folder)]
    with _saying_its_address(command, DJANGO_OAUTH_TOOLKIT) as address:
        yield address


@contextmanager
def doorkeeper(folder: Path) -> Iterator[str]:
    """Doorkeeper of the system's packages, with its database in a folder. Gives its address."""
    ruby = shutil.which("ruby")
    asked = [ruby or "ruby", "-e", "require 'rails'; require 'doorkeeper'; require 'sqlite3'; require 'puma'"]
    if ruby is None or subprocess.run(asked, capture_output=True, check=False).returncode:
        is_missing("ruby-doorkeeper, ruby-rails, ruby-sqlite3 and puma")
    with _saying_its_address([ruby, str(HERE / "doorkeeper_server.rb"), str(folder)], "doorkeeper") as address:
        yield address


@contextmanager
def _saying_its_address(command: list[str], name: str, **more: str) -> Iterator[str]:
    # Ruby takes the names of files for ASCII where no other encoding is said, and the folder may have an umlaut.
    environ = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"}
    environ |= {"CLIENT_SECRET": CLIENT_SECRET, "SECOND_SECRET": SECOND_SECRET, **more}
    with subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            address = process.stdout.readline().strip()
            if not address and process.stderr is not None:
                pytest.fail(f"{name} did not start: {process.stderr.read()[:2000]}")
            yield address
        finally:
            process.kill()


@contextmanager
def nanoidp(folder: Path) -> Iterator[str]:
    """NanoIDP, configured in a folder. Gives its address."""
    python = installed_by_pip(NANOIDP)
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    client = {"allowed_scopes": ["accounts.read", "api"], "allowed_resources": [API, OTHER_API]}
    clients = [
        {**client, "client_id": "accounts-client", "client_secret": CLIENT_SECRET},
        {**client, "client_id": "second client:1", "client_secret": SECOND_SECRET},
    ]
    oauth = {
        "issuer": address,
        "audience": API,
        "clients": clients,
        "scopes_supported": ["accounts.read", "api", "openid", "admin"],
    }
    settings = {"config_version": 1, "server": {"host": "127.0.0.1", "port": port}, "oauth": oauth}
    (folder / "settings.yaml").write_text(yaml.safe_dump(settings), "utf-8")
    (folder / "users.yaml").write_text("users: {}\n", "utf-8")
    command = [str(python), "-m", "nanoidp", "--config", str(folder), "--strict-config"]
    log = folder / "log.txt"
    with log.open("w") as output, subprocess.Popen(command, cwd=folder, stdout=output, stderr=output) as process:
        try:
            wait_for(f"{address}/.well-known/oauth-authorization-server", process, log)
            yield address
        finally:
            process.kill()


@contextmanager
def python_server(package: str, folder: Path, *arguments: str, ready: str, program: str = "") -> Iterator[str]:
    """A server of a Python package. Gives its address.

    Args:
        package: the package, by name and version.
        folder: where its log is written.
        arguments: what it is started with; PORT stands for its port.
        ready: the path at which it answers with any status.
        program: a program of the package; its Python if left out.
    """
    python = installed_by_pip(package)
    port = free_port()
    command = [str(python.parent / program) if program else str(python)]
    command += [argument.replace("PORT", f"{port}") for argument in arguments]
    log = folder / "log.txt"
    address = f"http://127.0.0.1:{port}"
    with log.open("w") as output, subprocess.Popen(command, cwd=folder, stdout=output, stderr=output) as process:
        try:
            wait_for(f"{address}{ready}", process, log, any_status=True)
            yield address
        finally:
            process.kill()


def installed_by_npm(package: str) -> Path:
    """Where packages are installed, which are named with spaces between them."""
    with _kept(package) as (folder, is_there):
        if is_there:
            return folder
        (folder / "package.json").write_text('{"private": true}', "utf-8")
        _run(["npm", "install", "--no-audit", "--no-fund", "--no-save", "--ignore-scripts", *package.split()], folder)
    return folder


def installed_by_apt(package: str, program: str) -> Path:
    """A program of a Debian package: of the system, or unpacked into the cache. Skips where neither can be had."""
    name = program.rpartition("/")[2]
    if (found := shutil.which(name)) is not None:
        return Path(found)
    with _kept(package) as (folder, is_there):
        if is_there:
            return folder / program
        if shutil.which("apt-get") is None:
            pytest.skip(f"{name} is not installed, and there is no apt-get to get it with")
        _run(["apt-get", "download", "--quiet", *package.split()], folder)
        _run(["dpkg-deb", "--extract", *(str(found) for found in folder.glob("*.deb")), "."], folder)
    return folder / program


def installed_by_pip(package: str) -> Path:
    """The Python of an environment in which packages are installed, which are named with spaces between them.

    They are compiled: a client under test writes no byte code, so each of its starts would compile them again.
    """
    with _kept(f"{package} compiled") as (folder, is_there):
        python = folder / "bin" / "python"
        if is_there:
            return python
        uv = os.environ.get("UV") or shutil.which("uv")
        if uv:
            _run([uv, "venv", "--quiet", "--clear", "--python", sys.executable, str(folder)], HERE)
            install = [uv, "pip", "install", "--quiet", "--compile-bytecode", "--python", str(python)]
            _run([*install, *package.split()], HERE)
        else:
            _run([sys.executable, "-m", "venv", "--clear", str(folder)], folder)
            _run([str(python), "-m", "pip", "install", "--quiet", *package.split()], folder)
    return python


@contextmanager
def _kept(packages: str) -> Iterator[tuple[Path, bool]]:
    """The folder of an environment, one for each set of packages on each Python, and whether they are in it already.

    It is this process's alone, and what the context does without failing is done for good.
    """
    first = re.sub(r"[^A-Za-z0-9.]+", "-", packages.partition(" ")[0]).strip("-")
    on = f"{sys.version_info[0]}.{sys.version_info[1]}"
    folder = CACHE / f"{first}-{hashlib.sha256(f'{packages} {on}'.encode()).hexdigest()[:8]}"
    folder.mkdir(parents=True, exist_ok=True)
    marker = folder / "installed"
    with Path(f"{folder}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield folder, marker.exists()
        marker.touch()


def _run(command: list[str], folder: Path) -> None:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.fail(f"{' '.join(command[:3])} … failed: {done.stderr[-2000:]}")


def free_port() -> int:
    """A port of loopback on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def wait_for(url: str, process: subprocess.Popen[bytes], log: Path, *, any_status: bool = False) -> None:
    """Ask until somebody answers, with any status if that is enough. Its end, or its silence, is a failure."""
    end = time.monotonic() + _START_SECONDS
    while time.monotonic() < end and process.poll() is None:
        try:
            urllib.request.urlopen(url, timeout=5).close()
        except (urllib.error.URLError, OSError) as error:
            if any_status and isinstance(error, urllib.error.HTTPError):
                return
            # The wait of a poll goes by the process, not by the clock: it returns as soon as the process ends.
            try:
                process.wait(0.1)
            except subprocess.TimeoutExpired:
                continue
        else:
            return
    pytest.fail(f"the server did not start: {log.read_text('utf-8')[-2000:]}")
