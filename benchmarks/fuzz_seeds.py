"""Correct files of every kind that seasonproof reads, to be damaged: small ones, which say everything once."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import yaml

from benchmarks.audit_data import har, log, write_flows
from conformance.documents.package_data import data_dir
from conformance.reference.app import describe

type Kind = str
"""profile, family, target, waivers, document or capture."""

WAIVERS = {
    "waivers": [
        {
            "id": "SAB-01",
            "target": "acme",
            "reason": "the gateway is replaced in spring",
            "owner": "platform",
            "until": "2999-12-31",
        },
        {
            "id": "CCS-01",
            "target": "acme",
            "reason": "the gateway is replaced in spring",
            "owner": "platform",
            "until": "2999-01-31",
        },
    ]
}
PROFILE = {"profile": "mine", "title": "Mine", "release": "made up", "families": ["mini"]}
OVERRIDES = PROFILE | {"overrides": {"SAB-01": {"level": "should"}}}
OPERATIONS = {"upload": "uploadFile", "download": "downloadFile", "delete": "deleteFile"}
SWAGGER = {
    "swagger": "2.0",
    "info": {"title": "t", "version": "1"},
    "consumes": ["application/octet-stream"],
    "paths": {
        "/files/{name}": {
            "parameters": [{"name": "name", "in": "path", "required": True, "type": "string"}],
            "put": {
                "operationId": "up",
                "parameters": [{"name": "file", "in": "body", "schema": {"$ref": "#/definitions/A"}}],
                "responses": {"201": {"description": "", "schema": {"$ref": "#/definitions/A"}}},
            },
        }
    },
    "definitions": {"A": {"type": "object", "properties": {"next": {"$ref": "#/definitions/A"}}, "required": ["next"]}},
}
POSTMAN = {
    "info": {"name": "c", "schema": "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"},
    "item": [{"name": "a", "request": {"method": "GET", "url": {"raw": "https://a.example.com/?access_token=x"}}}],
}
RECORDS = [{"time": "2026-11-28T09:00:00Z", "url": f"/a?access_token={'q7Wn2Kc9Zr4T' * 3}"}, {"message": "GET /b?a=1"}]
HTTP = "### first\nGET https://a.example.com/?access_token=q7Wn2Kc9Zr4Tm8Vb5Yx1Lp6Hd3Gs0FjQ\nAccept: */*\n\n{}\n"
PAGE = '<!doctype html><a href="https://a.example.com/?sid=00Dxx&amp;a=1">a</a><input type="hidden" value="x">\n'


@dataclass(frozen=True, slots=True)
class Seed:
    """A correct file.

    Attributes:
        name: what it is called, from which its kind may be known.
        content: its bytes.
        data: the values in it, where it is JSON or YAML.
    """

    name: str
    content: bytes
    data: Any = None


def seeds() -> dict[Kind, list[Seed]]:
    """At least one correct file of each kind."""
    return {
        "profile": [_written("profile.yaml", PROFILE), _written("profile.yaml", OVERRIDES)],
        "family": [_written("mini.yaml", _family())],
        "target": [_written("target.yaml", data) for data in _targets()],
        "waivers": [_written("waivers.yaml", WAIVERS)],
        "document": [_written("openapi.yaml", data) for data in _documents()],
        "capture": [*_captures()],
    }


def _written(name: str, data: Any) -> Seed:
    return Seed(name, yaml.safe_dump(data, sort_keys=False).encode(), data)


def _family() -> Any:
    family = yaml.safe_load((data_dir("profiles") / "token-handling.yaml").read_text("utf-8"))
    return {"family": "mini", "title": "Mini", "requirements": family["requirements"][:3]}


def _targets() -> list[Any]:
    whole: dict[str, Any] = json.loads(json.dumps(describe("https://a.example.com")))
    roles = [key for key, value in whole.items() if isinstance(value, dict) and key not in ("limits", "capabilities")]
    shared = {key: value for key, value in whole.items() if key not in roles}
    written = [{**shared, role: whole[role]} for role in roles]
    presets = [
        {
            "name": "acme",
            "token_endpoint": {
                "provider": "okta",
                "tenant": "a.example.com/oauth2/default",
                "client_id": "a",
                "client_secret": "${X}",
            },
        },
        {
            "name": "acme",
            "business_system": {"adapter": "odata-v4", "base_url": "https://a.example.com", "collection": "Accounts"},
        },
        {
            "name": "acme",
            "file_service": {"spec": "openapi.yaml", "base_url": "https://a.example.com", "operations": OPERATIONS},
        },
    ]
    return [
        *written,
        *presets,
        {"name": "acme", "single_access": {"base_url": "https://a.example.com", "token": "${X}"}},
    ]


def _documents() -> list[Any]:
    files = sorted((data_dir("profiles") / "openapi").glob("*.yaml"))
    return [*(yaml.safe_load(file.read_text("utf-8")) for file in files), SWAGGER]


def _captures() -> list[Seed]:
    flows = BytesIO()
    write_flows(flows, 6_000)
    same_every_time = re.sub(rb"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", b"0" * 36, flows.getvalue())
    whole = har(9_000)
    return [
        Seed("a.har", whole, json.loads(whole)),
        Seed("access.log", log(1_500)),
        Seed("a.flows", same_every_time),
        Seed("a.json", json.dumps(POSTMAN).encode(), POSTMAN),
        Seed("records.json", json.dumps(RECORDS).encode(), RECORDS),
        Seed("records.jsonl", b"\n".join(json.dumps(one).encode() for one in RECORDS)),
        Seed("a.http", HTTP.encode()),
        Seed("page.html", PAGE.encode()),
    ]
