"""A store of files that does no more than it has to can reach a verdict, and what it does wrong is seen.

A store that keeps what arrived of an interrupted upload takes an incomplete message for a whole one (RFC 9112,
section 8), so the correct one throws it away. That is how a file service of few lines is usually wrong.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from conformance.rules.outcome import Outcome
from tests.suite import Result, run_suite

pytestmark = pytest.mark.proves("binary_files")

ABSENT = (
    "openapi, credentials, posted_files, content_disposition, further_media_types, refused_media_type, size_limit,"
    " entity_tags"
)
HIDDEN_SECONDS = 3.0


@dataclass
class Store:
    """Files by path.

    Attributes:
        files: the content of each, and whether all of it came.
        hidden: until when a file is answered 404 by a cache that remembers that there was none.
        keeps_halves: whether what arrived of an interrupted upload is kept.
        hides_halves: whether it is also hidden for some seconds.
    """

    keeps_halves: bool = False
    hides_halves: bool = False
    files: dict[str, bytes] = field(default_factory=dict)
    hidden: dict[str, float] = field(default_factory=dict)

    def content(self, path: str) -> bytes | None:
        """What the store answers with; None for 404."""
        return None if self.hidden.get(path, 0) > time.monotonic() else self.files.get(path)

    def put(self, path: str, content: bytes) -> int:
        """Keep a file, and return the status."""
        status = 204 if path in self.files else 201
        self.files[path] = content
        self.hidden.pop(path, None)
        return status

    def put_half(self, path: str, content: bytes) -> None:
        """Do with what arrived of a file what the store does."""
        if self.keeps_halves and path not in self.files:
            self.files[path] = content
            self.hidden[path] = time.monotonic() + (HIDDEN_SECONDS if self.hides_halves else 0)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def log_message(self, *args: object) -> None:
        pass

    def do_PUT(self) -> None:
        content, is_whole = self.upload()
        if is_whole:
            self.answer(self.server.store.put(self.path, content))
        else:
            self.close_connection = True
            self.server.store.put_half(self.path, content)

    def do_DELETE(self) -> None:
        found = self.server.store.content(self.path)
        if found is not None:
            del self.server.store.files[self.path]
        self.answer(404 if found is None else 204)

    def do_GET(self) -> None:
        content = self.server.store.content(self.path)
        self.answer(404 if content is None else 200, content or b"")

    do_HEAD = do_GET  # noqa: N815

    def upload(self) -> tuple[bytes, bool]:
        """What was sent, and whether that is all of it."""
        if "chunked" not in self.headers.get("Transfer-Encoding", ""):
            size = int(self.headers.get("Content-Length") or 0)
            content = self.rfile.read(size)
            return content, len(content) == size
        content = b""
        while size := int(self.rfile.readline().partition(b";")[0] or b"-1", 16):
            piece = self.rfile.read(max(size, 0))
            content += piece
            if size < 0 or len(piece) < size or self.rfile.readline() != b"\r\n":
                return content, False
        return content, self.rfile.readline() == b"\r\n"

    def answer(self, status: int, content: bytes = b"") -> None:
        self.send_response(status)
        if status != 204:
            self.send_header("Content-Length", f"{len(content)}")
        if status == 200:
            self.send_header("Content-Type", "application/octet-stream")
            self.send_header("X-Content-Type-Options", "nosniff")
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(content)


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, store: Store) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.store = store


@contextmanager
def serving(store: Store) -> Iterator[str]:
    """The store on loopback; gives its address."""
    server = _Server(store)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def judged(folder: Path, store: Store, *options: str, more: str = "") -> Result:
    """The family run against the store, which is left as it was; `more` is what the target file says besides."""
    with serving(store) as address:
        role = f'{{url: "{address}/{{name}}", absent: [{ABSENT}]{more}}}'
        (folder / "files.yaml").write_text(f"name: files\nfile_service: {role}\nlimits: {{requests: 20000}}\n")
        result = run_suite(folder, "--target=files.yaml", "--depth=quick", *options)
    assert store.files == {}, "a file is left"
    return result


def test_a_store_of_few_lines_is_conformant(tmp_path: Path) -> None:
    """It has no conditions and no parts, which may be recommended and is not required."""
    result = judged(tmp_path, Store())
    assert (result.status, "\nfiles: conformant with winter26" in result.output) == (0, True), result.output
    # What the file does not declare, such as further media types, is not tested and not needed.
    harmless = {Outcome.PASSED, Outcome.WARNED, Outcome.NOT_APPLICABLE, Outcome.NOT_TESTED}
    assert set(result.outcomes["files"].values()) <= harmless


def test_a_store_that_keeps_half_a_file_is_not(tmp_path: Path) -> None:
    result = judged(tmp_path, Store(keeps_halves=True), "--require=BIN-23", "--require=BIN-27")
    assert result.outcomes["files"]["BIN-23"] is Outcome.FAILED
    assert result.status == 1, result.output


@pytest.mark.parametrize(("more", "outcome"), [(", late_seconds: 5", Outcome.FAILED), ("", Outcome.PASSED)])
def test_half_a_file_that_appears_late_is_seen_where_the_target_file_says_how_late(
    tmp_path: Path, more: str, outcome: Outcome
) -> None:
    """Where it does not, the report says that nobody looked."""
    store = Store(keeps_halves=True, hides_halves=True)
    result = judged(tmp_path, store, "--require=BIN-23", more=more)
    assert result.outcomes["files"] == {"BIN-23": outcome}, result.output
    assert ("not for a half file that appears after that" in " ".join(result.output.split())) is not bool(more)


def test_half_a_file_that_appears_only_after_the_test_is_removed_all_the_same(tmp_path: Path) -> None:
    """A cache says 404 for some seconds, also to the deletion; the run asks once more before it ends."""
    result = judged(tmp_path, Store(keeps_halves=True, hides_halves=True), "--require=BIN-23")
    assert "left on the targets" not in result.output
