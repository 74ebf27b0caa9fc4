"""For `seasonproof init`: servers of canned answers, each one kind of system, and the file that is written."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import yaml

from conformance.commands.init import InitOptions, init
from conformance.config.target import load_target


def written(options: InitOptions, answer: str | None = None) -> tuple[dict[str, Any], list[str]]:
    """What stands in the file, which loads, and the questions that were asked."""
    asked: list[str] = []

    def ask(question: str, answers: Any) -> str:
        asked.append(question)
        return answer or answers[0]

    path = init(options, ask, lambda _: None)
    load_target(str(path), {}, needs_secrets=False)
    return yaml.safe_load(path.read_text("utf-8")), asked


type Canned = tuple[int, dict[str, str], str]
type Door = Callable[[str, Mapping[str, str]], Canned | None]
"""Takes the path and the headers of a request. Returns a refusal, or None for who is let in."""


@dataclass
class Serving:
    """A running server.

    Attributes:
        url: its address.
        asked: the method, the path and the headers of each request.
    """

    url: str
    asked: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)


@contextmanager
def canned(answers: Mapping[str, Canned], door: Door = lambda path, headers: None) -> Iterator[Serving]:
    """Serve answers by method and path, such as `GET /openapi.json`, and else 404. `{url}` stands for the address."""

    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            sent = {k.lower(): v for k, v in self.headers.items()}
            serving.asked.append((self.command, self.path, sent))
            answer = answers.get(f"{self.command} {self.path}", (404, {}, "not here"))
            status, headers, body = door(self.path, sent) or answer
            content = body.replace("{url}", serving.url).encode()
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_OPTIONS = do_POST = do_PUT = _answer  # noqa: N815 - names of the standard library

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        serving = Serving(f"http://127.0.0.1:{server.server_port}")
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            yield serving
        finally:
            server.shutdown()
            thread.join()


JSON = {"Content-Type": "application/json"}
CSDL = """<?xml version="1.0"?>
<edmx:Edmx xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx" Version="4.0"><edmx:DataServices>
<Schema xmlns="http://docs.oasis-open.org/odata/ns/edm" Namespace="crm">
<EntityType Name="Account"><Key><PropertyRef Name="ID"/></Key>
<Property Name="ID" Type="Edm.String" Nullable="false"/>
<Property Name="title" Type="Edm.String" Nullable="false" MaxLength="80"/>
<Property Name="amount" Type="Edm.Decimal" Precision="18" Scale="2"/>
<Property Name="changedAt" Type="Edm.DateTimeOffset"/></EntityType>
<EntityType Name="Order"><Key><PropertyRef Name="No"/></Key><Property Name="No" Type="Edm.Int32"/></EntityType>
<EntityContainer Name="all"><EntitySet Name="Accounts" EntityType="crm.Account"/>
<EntitySet Name="Orders" EntityType="crm.Order"/></EntityContainer></Schema></edmx:DataServices></edmx:Edmx>"""
ODATA: dict[str, Canned] = {"GET /odata/$metadata": (200, {"Content-Type": "application/xml"}, CSDL)}

PET = {
    "type": "object",
    "required": ["name"],
    "properties": {
        "id": {"type": "integer", "readOnly": True},
        "name": {"type": "string", "maxLength": 40},
        "status": {"type": "string", "enum": ["new", "sold"]},
        "updated_at": {"type": "string", "format": "date-time"},
    },
}
_BODY = {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Pet"}}}}
_LIST = {"parameters": [{"name": "updated_since", "in": "query", "schema": {"type": "string"}}], "responses": {}}
PETS = {
    "openapi": "3.1.0",
    "info": {"title": "Pets", "version": "1"},
    "servers": [{"url": "/api"}],
    "paths": {
        "/pets": {"get": _LIST, "post": {"requestBody": _BODY, "responses": {}}},
        "/pets/{petId}": {"get": {"responses": {}}, "put": {"responses": {}}, "delete": {"responses": {}}},
    },
    "components": {"schemas": {"Pet": PET}},
}
PET_SHOP: dict[str, Canned] = {"GET /openapi.json": (200, JSON, json.dumps(PETS))}
