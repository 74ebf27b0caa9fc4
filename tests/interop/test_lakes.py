"""Logs in stores that nobody here wrote: Azurite, a fake of Google Cloud Storage, and moto, which checks signatures."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
import urllib.request
from pathlib import Path
from urllib.parse import urlsplit

from tests.interop.object_stores import ACCOUNT, ACCOUNT_KEY, azurite
from tests.interop.servers import HERE, installed_by_pip

TOKEN = "00D5g0000012abc!AQ8AQJm" + "aB3x9._Z" * 12
LOG = f"a log\nGET https://example.com/x?access_token={TOKEN}\n".encode()
CONTENTS = {"logs/a.log": LOG, "logs/b.log.gz": gzip.compress(LOG), "logs/c.log": b"a log\n" * 1_500_000}
GOOGLE = "gcp-storage-emulator==2026.7.19"


def audit(address: str, **environment: str) -> tuple[int, dict[str, object], str]:
    command = [sys.executable, "-m", "conformance.commands", "audit", address, "--format=json", "-j2"]
    done = subprocess.run(command, capture_output=True, check=False, text=True, env=os.environ | environment)
    return done.returncode, json.loads(done.stdout), done.stderr


def is_found_in(scheme: str, told: dict[str, object]) -> None:
    places = [(one["first"]["file"], one["first"]["line"]) for one in told["findings"]]  # type: ignore[attr-defined,index]
    assert places == [(f"{scheme}/logs/a.log", 2), (f"{scheme}/logs/b.log.gz", 2)]
    assert [one["units"] for one in told["read"]] == [2, 2, 1_500_000]  # type: ignore[attr-defined]


def test_azure(tmp_path: Path) -> None:
    with azurite(tmp_path) as store:
        for name, content in CONTENTS.items():
            headers = {"x-ms-blob-type": "BlockBlob", "x-ms-version": "2021-12-02"}
            where = f"{store['address']}/{name}?{store['FILES_SAS']}"
            urllib.request.urlopen(urllib.request.Request(where, content, headers, method="PUT"), timeout=60).close()
        parts = {
            "DefaultEndpointsProtocol": "http",
            "AccountName": ACCOUNT,
            "AccountKey": ACCOUNT_KEY,
            "BlobEndpoint": store["address"].removesuffix("/files"),
        }
        connection = ";".join(f"{name}={value}" for name, value in parts.items())
        code, told, said = audit("az://files/logs/", AZURE_STORAGE_CONNECTION_STRING=connection)
    assert (code, said) == (1, "")
    is_found_in("az://files", told)


def test_google() -> None:
    command = [str(installed_by_pip(GOOGLE)), str(HERE / "google_storage.py")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as store:
        assert store.stdout is not None
        try:
            address = next(line.strip() for line in store.stdout if line.startswith("http://"))
            assert urlsplit(address).port
            for name, content in CONTENTS.items():
                where = f"{address}/upload/storage/v1/b/lake/o?uploadType=media&name={name}"
                urllib.request.urlopen(urllib.request.Request(where, content), timeout=60).close()
            code, told, said = audit("gs://lake/logs/", STORAGE_EMULATOR_HOST=address)
        finally:
            store.kill()
    assert (code, said) == (1, "")
    is_found_in("gs://lake", told)
