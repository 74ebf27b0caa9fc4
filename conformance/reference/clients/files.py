"""A client of a file service: it uploads a file and downloads one, and changes no byte of either."""

from __future__ import annotations

import http.client
import os
import sys
from pathlib import Path
from typing import ClassVar

from conformance.reference.clients.http import Api, CallFailed, Connection, Tokens, setting
from conformance.reference.clients.program import Program

BINARY = "application/octet-stream"


class FileClient(Program):
    """One run."""

    role: ClassVar[str] = "file_client"

    def __init__(self) -> None:
        self.connection = Connection()
        self.tokens = Tokens(self.connection, setting("ACCESS_TOKEN"))
        self.api = Api(self.connection, self.tokens, setting("FILES_URL"))

    def run(self) -> int:
        """Do all of it. Returns the exit code."""
        try:
            self.upload(f"{setting('FILES_URL')}/upload.bin", Path(setting("UPLOAD_FILE")))
            self.download(setting("DOWNLOAD_URL"), Path(setting("DOWNLOAD_FILE")))
        except (CallFailed, OSError, http.client.HTTPException) as error:
            self.say(f"failed: {error}")
            return 1
        self.say("both files were moved")
        return 0

    def upload(self, url: str, path: Path) -> None:
        """Send a file as it is."""
        self.api.call("PUT", url, {"Content-Type": BINARY}, path.read_bytes())

    def download(self, url: str, path: Path) -> None:
        """Fetch a file. A part of it is kept under another name until all of it is there."""
        content = self.fetched(url)
        part = path.with_suffix(".part")
        part.write_bytes(content)
        os.replace(part, path)

    def fetched(self, url: str) -> bytes:
        """The bytes of a file. What breaks off raises `http.client.IncompleteRead`."""
        return self.api.call("GET", url).body


if __name__ == "__main__":
    sys.exit(FileClient().run())
