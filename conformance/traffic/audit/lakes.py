"""Objects of a store: S3, Google Cloud Storage, Azure, the web and whatever else fsspec reaches, read as streams.

An address may hold a credential, and so may an error of a store: neither is shown.
"""

from __future__ import annotations

import errno
import logging
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from conformance.documents import UsageProblem
from conformance.traffic.audit.place import Place

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from conformance.traffic.audit.streams import Pieces

RANGE: Final = 4 << 20
"""How many bytes are asked for at once."""

_AHEAD: Final = 3  # ranges that are under way while one is judged
_AT_ONCE: Final = 2
_LIBRARIES: Final = ("fsspec", "s3fs", "gcsfs", "adlfs", "aiobotocore", "botocore", "azure", "google", "aiohttp")
_WEB: Final = frozenset({"http", "https"})
_TIMES: Final = ("LastModified", "last_modified", "mtime", "updated", "created")
_VERSIONS: Final = ("ETag", "etag", "generation", "md5Hash", "content_md5")


def shown(address: str) -> str:
    """An address without what opens it: user information, query and fragment."""
    scheme, _, rest = address.partition("://")
    rest, mark, _ = rest.partition("?") if scheme in _WEB else (rest, "", "")
    host, slash, path = rest.partition("/")
    return f"{scheme}://{host.rpartition('@')[2]}{slash}{path}{'?…' if mark else ''}"


@dataclass(frozen=True, slots=True)
class Object:
    """An object of a store.

    Attributes:
        address: what it is asked for by; may hold a credential.
        size: how many bytes it has; 0 if nobody knows.
        version: what changes when the object does; empty if nobody knows.
    """

    address: str
    size: int
    version: str

    @contextmanager
    def opened(self) -> Iterator[tuple[Pieces, int]]:
        """The bytes, and how many there are.

        Raises:
            OSError: the store does not give them.
        """
        with _quiet():
            store, path = _store(self.address)
        if self.size and urlsplit(self.address).scheme not in _WEB:
            pool = ThreadPoolExecutor(_AT_ONCE)
            try:
                yield _Ranges(store, path, self, pool), self.size
            finally:
                pool.shutdown(cancel_futures=True)
            return
        with _quiet():
            file = store.open(path, "rb", block_size=0)
        with file:
            yield _Stream(file), self.size


class _Stream:
    """What the web gives, from its beginning to its end."""

    def __init__(self, file: Any) -> None:
        self._file = file

    def read1(self, size: int = -1, /) -> bytes:
        with _quiet():
            return bytes(self._file.read(size))


class _Ranges:
    """The ranges of an object, of which the next ones are on their way."""

    def __init__(self, store: Any, path: str, about: Object, pool: ThreadPoolExecutor) -> None:
        self._store = store
        self._path = path
        self._about = about
        self._pool = pool
        self._next = 0
        self._coming: list[Future[bytes]] = []
        self._here = memoryview(b"")

    def read1(self, size: int = -1, /) -> bytes:
        if not self._here:
            self._here = memoryview(self._range())
        found = self._here if size < 0 else self._here[:size]
        self._here = self._here[len(found) :]
        return bytes(found)

    def _range(self) -> bytes:
        while self._next < self._about.size and len(self._coming) < _AHEAD:
            stop = min(self._next + RANGE, self._about.size)
            self._coming.append(self._pool.submit(self._store.cat_file, self._path, start=self._next, end=stop))
            self._next = stop
        if not self._coming:
            return b""
        with _quiet():
            found = self._coming.pop(0).result()
            if not self._coming and self._next >= self._about.size > RANGE:
                self._check()
        if not found:
            raise OSError(errno.ESTALE, "the object became shorter while it was read")
        return found

    def _check(self) -> None:
        """See that all ranges were of one version."""
        self._store.invalidate_cache()
        if version_of(self._store.info(self._path)) != self._about.version:
            raise OSError(errno.ESTALE, "the object changed while it was read")


def objects(address: str) -> list[Place]:
    """The objects that an address means, by name: one, those below a folder, or those of a pattern with a star.

    Raises:
        UsageProblem: there are none, the store does not answer, or its library is not installed.
    """
    try:
        with _quiet():
            store, path = _store(address)
            found = _listed(store, path, address)
    except OSError as error:
        raise UsageProblem([f"{shown(address)}: {error.strerror}"]) from None
    if not found:
        raise UsageProblem([f"{shown(address)}: there is no object"])
    scheme = address.partition("://")[0]
    return [_place(scheme, name, about) for name, about in sorted(found.items())]


def _listed(store: Any, path: str, address: str) -> dict[str, dict[str, Any]]:
    is_web = urlsplit(address).scheme in _WEB
    if "*" in (path.partition("?")[0] if is_web else path):
        found: Mapping[str, dict[str, Any]] = store.glob(path, detail=True)
    elif not address.endswith("/") and (about := store.info(path))["type"] == "file":
        found = {path: about}
    else:
        found = store.find(path, detail=True)
    return {name: about for name, about in found.items() if about.get("type", "file") == "file"}


def _place(scheme: str, name: str, about: Mapping[str, Any]) -> Place:
    address = name if scheme in _WEB else f"{scheme}://{name}"
    size = int(about.get("size") or 0)
    one = Object(address, size, version_of(about))
    return Place(shown(address), None, size, origin=one, modified=modified(about), version=one.version)


def version_of(about: Mapping[str, Any]) -> str:
    """What changes when an object does, as far as its store says so."""
    mark = next((str(about[name]) for name in _VERSIONS if about.get(name)), "")
    return f"{mark or modified(about)} {about.get('size') or 0}"


def modified(about: Mapping[str, Any]) -> float:
    """When an object was written, in seconds since 1970; 0 if nobody knows."""
    told = next((about[name] for name in _TIMES if about.get(name)), 0)
    if isinstance(told, str):
        try:
            told = datetime.fromisoformat(told)
        except ValueError:
            return 0
    if isinstance(told, datetime):
        return (told if told.tzinfo else told.replace(tzinfo=UTC)).timestamp()
    return float(told)


def _store(address: str) -> tuple[Any, str]:
    """The store that has an address, and the path in it."""
    scheme = address.partition("://")[0]
    for library in _LIBRARIES:  # what they log may hold an address with what opens it
        logging.getLogger(library).setLevel(logging.CRITICAL + 1)
    try:
        from fsspec.core import url_to_fs

        store, path = url_to_fs(address)
    except ImportError:
        raise UsageProblem([f"{scheme}:// needs the extra: pip install 'seasonproof[lake]'"]) from None
    except ValueError:
        raise UsageProblem(
            [f"{scheme}:// is not a store that is known; s3, gs, az, abfs, http, https, file are"]
        ) from None
    return store, str(path)


@contextmanager
def _quiet() -> Iterator[None]:
    """Let an error of a store say what went wrong in words that show neither an address nor what was read."""
    try:
        yield
    except (UsageProblem, KeyboardInterrupt):
        raise
    except FileNotFoundError:
        raise OSError(errno.EIO, "there is no object, or no answer") from None
    except PermissionError:
        raise OSError(errno.EIO, "the store denies access") from None
    except OSError as error:
        raise OSError(errno.EIO, error.strerror if error.errno == errno.ESTALE else _named(error)) from None
    except Exception as error:  # each store has its own
        raise OSError(errno.EIO, _named(error)) from None


def _named(error: Exception) -> str:
    name = type(error).__name__
    return f"the store failed: {name}" + ("; log in as its own tools do" if "credential" in name.lower() else "")
