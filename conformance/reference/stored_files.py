"""Files on disk, in a temporary folder that goes with the store."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
import weakref
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from time import time
from uuid import uuid4


@dataclass(frozen=True, slots=True)
class StoredFile:
    """One version of a file.

    Attributes:
        path: where its bytes are; no other version is ever there.
        size: how many bytes it has.
        sha256: their digest in hex.
        media_type: what the upload said that it is.
        stored: when it was stored, in seconds since 1970.
    """

    path: Path
    size: int
    sha256: str
    media_type: str
    stored: float

    @property
    def etag(self) -> str:
        """The strong entity tag of its bytes (RFC 9110, section 8.8.3)."""
        return f'"{self.sha256[:32]}"'


class Store:
    """Files by name. A name changes from one whole version to another in one step."""

    def __init__(self) -> None:
        self.files: dict[str, StoredFile] = {}

    @cached_property
    def folder(self) -> Path:
        """Where the bytes are; made with the first file, removed with the store."""
        made = tempfile.mkdtemp(prefix="seasonproof-files-")
        weakref.finalize(self, shutil.rmtree, made, ignore_errors=True)
        return Path(made)

    def new_path(self) -> Path:
        """A path that nothing has."""
        return self.folder / uuid4().hex

    def keep(self, name: str, path: Path, media_type: str) -> bool:
        """Put what stands at a path in place of the file of this name.

        Returns:
            Whether there was no file of this name.
        """
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        old = self.files.get(name)
        self.files[name] = StoredFile(path, path.stat().st_size, digest, media_type, time())
        if old is not None:
            old.path.unlink(missing_ok=True)  # whoever reads it has it open
        return old is None

    def remove(self, name: str) -> bool:
        """Remove a file; False if there is none of this name."""
        old = self.files.pop(name, None)
        if old is not None:
            old.path.unlink(missing_ok=True)
        return old is not None
