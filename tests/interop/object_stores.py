"""Stores that nobody here wrote: Azurite, moto, a container registry and rclone, installed when they are first used."""

from __future__ import annotations

import base64
import hashlib
import hmac
import socket
import subprocess
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlencode

from tests.interop.servers import HERE, installed_by_apt, installed_by_npm, installed_by_pip, node_is_there, wait_for

AZURITE = "azurite@3.35.0"
MOTO = "moto[server,s3]==5.2.5"

# The account and the key that the documentation of the emulator names for everybody.
ACCOUNT = "devstoreaccount1"
ACCOUNT_KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
VERSION = "2021-12-02"


@contextmanager
def azurite(folder: Path) -> Iterator[dict[str, str]]:
    """Azurite with one container. Gives its address, and what a signed address has behind its question mark."""
    node_is_there()
    program = installed_by_npm(AZURITE) / "node_modules" / ".bin" / "azurite-blob"
    port = free_port()
    command = [str(program), "--blobPort", str(port), "--inMemoryPersistence", "--skipApiVersionCheck"]
    address = f"http://127.0.0.1:{port}/{ACCOUNT}"
    with running(command, folder, f"{address}?comp=list"):
        signature = _signature_of_an_account()
        create = urllib.request.Request(f"{address}/files?restype=container&{signature}", method="PUT")
        urllib.request.urlopen(create, timeout=10).close()
        yield {"address": f"{address}/files", "FILES_SAS": signature}


def _signature_of_an_account() -> str:
    """A shared access signature of an account for everything in its blobs."""
    fields = {"sv": VERSION, "ss": "b", "srt": "sco", "sp": "rwdlac", "se": "2099-01-01T00:00:00Z", "spr": "https,http"}
    order = ("sp", "ss", "srt", "st", "se", "sip", "spr", "sv", "ses")
    text = "\n".join([ACCOUNT, *(fields.get(name, "") for name in order), ""])
    digest = hmac.digest(base64.b64decode(ACCOUNT_KEY), text.encode(), hashlib.sha256)
    return urlencode(fields | {"sig": base64.b64encode(digest).decode()})


@contextmanager
def moto(folder: Path) -> Iterator[dict[str, str]]:
    """moto with one bucket and one user, whose signatures it looks at. Gives its address and the keys."""
    command = [str(installed_by_pip(MOTO)), str(HERE / "moto_server.py")]
    with (
        (folder / "log.txt").open("w") as log,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True) as process,
    ):
        try:
            assert process.stdout is not None
            said = process.stdout.readline().split()
            assert len(said) == 3, (folder / "log.txt").read_text("utf-8")
            yield {"address": f"{said[0]}/files", "AWS_KEY_ID": said[1], "AWS_SECRET": said[2]}
        finally:
            process.kill()


REGISTRY = """
version: 0.1
log: {{level: error}}
storage:
  filesystem: {{rootdirectory: {folder}/blobs}}
  delete: {{enabled: true}}
http: {{addr: "127.0.0.1:{port}"}}
"""


@contextmanager
def registry(folder: Path) -> Iterator[dict[str, str]]:
    """The registry of container images that Debian has. Gives its address."""
    program = installed_by_apt("docker-registry", "usr/bin/docker-registry")
    port = free_port()
    (folder / "config.yml").write_text(REGISTRY.format(folder=folder, port=port), "utf-8")
    address = f"http://127.0.0.1:{port}/v2"
    with running([str(program), "serve", str(folder / "config.yml")], folder, f"{address}/"):
        yield {"address": address}


@contextmanager
def rclone(folder: Path) -> Iterator[dict[str, str]]:
    """rclone, which serves a folder by WebDAV. Gives its address."""
    program = installed_by_apt("rclone", "usr/bin/rclone")
    port = free_port()
    (folder / "files").mkdir()
    command = [str(program), "serve", "webdav", str(folder / "files"), "--addr", f"127.0.0.1:{port}", "--config", ""]
    command += ["--user", "files", "--pass", "a made-up password"]
    with running(command, folder, f"http://127.0.0.1:{port}"):
        yield {"address": f"http://127.0.0.1:{port}", "FILES_PASSWORD": "a made-up password"}


@contextmanager
def running(command: list[str], folder: Path, address: str) -> Iterator[None]:
    """A program, once it answers at its address, whatever it answers."""
    log = folder / "log.txt"
    with log.open("w") as output, subprocess.Popen(command, cwd=folder, stdout=output, stderr=output) as process:
        try:
            wait_for(address, process, log, any_status=True)
            yield
        finally:
            process.kill()


def free_port() -> int:
    """A port of loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
