"""Defects of a file service in what it makes of names."""

from __future__ import annotations

import posixpath
import re
import unicodedata
from urllib.parse import unquote, unquote_plus, unquote_to_bytes

from starlette.requests import Request

from conformance.reference.file_service import FILES_PATH, FileService
from conformance.reference.variants import fault


@fault(kills={"BIN-12"})
class NamesAreDecodedTwice(FileService):
    """Decodes a name that a framework has decoded already."""

    def name_of(self, request: Request) -> str:
        return unquote(super().name_of(request))


@fault(kills={"BIN-12"})
class PlusIsASpace(FileService):
    """Decodes paths as forms are decoded."""

    def name_of(self, request: Request) -> str:
        return unquote_plus(super().name_of(request).replace("%", "%25"))


@fault(kills={"BIN-12"})
class PlusInAPathIsASpace(FileService):
    """Decodes paths as forms are decoded, where percent signs are right."""

    def name_of(self, request: Request) -> str:
        raw = bytes(request.scope["raw_path"]).replace(b"+", b"%20")
        return super().name_of(Request({**request.scope, "raw_path": raw}))


@fault(kills={"BIN-12"})
class NamesAreComposed(FileService):
    """Writes letters and their marks as one character, as some file systems do."""

    def name_of(self, request: Request) -> str:
        return unicodedata.normalize("NFC", super().name_of(request))


@fault(kills={"BIN-12"})
class NamesLoseTheirEnds(FileService):
    """Drops blanks and dots at the end of a name, as some file systems do."""

    def name_of(self, request: Request) -> str:
        return super().name_of(request).rstrip(" .")


@fault(kills={"BIN-12"})
class LongNamesAreCut(FileService):
    """Keeps as much of a name as its table has room for."""

    def name_of(self, request: Request) -> str:
        return super().name_of(request)[:100]


@fault(kills={"BIN-12"})
class TheLastLettersOfNamesAreCut(FileService):
    """Keeps 250 bytes of a name, and takes a longer one for another."""

    def name_of(self, request: Request) -> str:
        return super().name_of(request)[:250]


@fault(kills={"BIN-12"})
class BackslashesAreUnderscores(FileService):
    """Writes an underscore for each backslash in a name."""

    def name_of(self, request: Request) -> str:
        raw = re.sub(rb"(?i)%5c|\\", b"_", bytes(request.scope["raw_path"]))
        return super().name_of(Request({**request.scope, "raw_path": raw}))


@fault(kills={"BIN-12"})
class NamesAreInLowerCase(FileService):
    """Takes letters of both cases for the same."""

    def name_of(self, request: Request) -> str:
        return super().name_of(request).lower()


@fault(kills={"BIN-12"})
class NamesAreMadePlain(FileService):
    """Writes an underscore for each letter that it does not know."""

    def name_of(self, request: Request) -> str:
        return re.sub(r"[^A-Za-z0-9._-]", "_", super().name_of(request))


@fault(kills={"BIN-30"})
class EncodedSlashesAreSlashes(FileService):
    """Decodes the whole path, and then goes where it leads."""

    def name_of(self, request: Request) -> str:
        raw = bytes(request.scope["raw_path"]).partition(b"?")[0].removeprefix(f"{FILES_PATH}/".encode())
        return posixpath.normpath(unquote_to_bytes(raw).decode("utf-8", "replace"))


@fault(kills={"BIN-12"})
class NamesEndWhereAnAddressWould(FileService):
    """Decodes the address before it is taken apart."""

    def name_of(self, request: Request) -> str:
        return re.split("[?#;]", super().name_of(request))[0]
