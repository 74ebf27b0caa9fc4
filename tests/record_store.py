"""A small store of records over HTTP, written for tests of what runs leave behind."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import yaml


@dataclass
class RecordStore:
    """Records by id, and what is particular about the store.

    Attributes:
        records: the records.
        refuses: says of a request's method, path, headers and JSON why it is refused: a status; 0 if it is not.
        loses: whether creations are never answered.
        holds: what a creation waits for, once the record is there.
        gives: the id in the answer to a creation; the record's own if empty.
        created: told when a record is there.
        asked: the requests, as method and path.
        url: where it is.
    """

    records: dict[str, dict[str, Any]] = field(default_factory=dict)
    refuses: Callable[[str, str, dict[str, str], Any], int] = lambda method, path, headers, body: 0
    loses: bool = False
    holds: threading.Event | None = None
    gives: str = ""
    created: threading.Event = field(default_factory=threading.Event)
    asked: list[str] = field(default_factory=list)
    url: str = ""

    def target(self, folder: Path, **role: object) -> Path:
        """The target file of a business system whose records have a name."""
        described: dict[str, object] = {
            "base_url": self.url,
            "create": {"path": "/a"},
            "read": {"path": "/a/{id}"},
            "delete": {"path": "/a/{id}"},
            "label": "name",
            "version": "$.version",
            "fields": {"name": {"type": "string", "required": True, "max_length": 80}},
        }
        path = folder / "erp.yaml"
        content = {"name": "erp", "business_system": described | role, "limits": {"requests_per_second": 1000}}
        path.write_text(yaml.safe_dump(content))
        return path


POLL: dict[str, object] = {"path": "/a", "query": {"since": "{since}"}, "items": "$.items[*]", "mark": "$.mark"}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def log_message(self, *args: object) -> None:
        pass

    def handle_any(self) -> None:
        store = self.server.store
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        sent = json.loads(body) if body else None
        store.asked.append(f"{self.command} {self.path}")
        path, _, query = self.path.partition("?")
        headers = {name.lower(): value for name, value in self.headers.items()} | {"query": query}
        if status := store.refuses(self.command, path, headers, sent):
            self.answer(status, {"error": "no"})
        elif path == "/a" and self.command == "POST":
            self.create(store, sent)
        elif path == "/a":
            self.answer(200, {"items": list(store.records.values()), "mark": "1"})
        else:
            identifier = sent["id"] if path == "/delete" else path.rpartition("/")[2]
            found = store.records.get(identifier)
            if found is not None and self.command != "GET":
                del store.records[identifier]
            self.answer(404 if found is None else 200, found or {})

    do_GET = do_PUT = do_POST = do_DELETE = handle_any  # noqa: N815 - as the library calls them

    def create(self, store: RecordStore, record: dict[str, Any]) -> None:
        identifier = str(len(store.records) + 1)
        store.records[identifier] = record | {"id": identifier, "version": "7"}
        store.created.set()
        if store.holds is not None:
            store.holds.wait(60)
        if store.loses or store.holds is not None:
            self.close_connection = True
        else:
            self.answer(201, {"id": store.gives or identifier})

    def answer(self, status: int, value: object) -> None:
        content = json.dumps(value).encode()
        self.send_response(status)
        for name, text in (
            ("Content-Type", "application/json"),
            ("Content-Length", f"{len(content)}"),
            ("ETag", '"7"'),
        ):
            self.send_header(name, text)
        self.end_headers()
        self.wfile.write(content)


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, store: RecordStore) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.store = store


@contextmanager
def serving(store: RecordStore) -> Iterator[RecordStore]:
    """The store on loopback."""
    server = _Server(store)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    store.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield store
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
