"""Correct files of every kind that seasonproof reads, to be damaged: small ones, which say everything once."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any

import yaml

from benchmarks.audit_data import har, log, write_flows
from conformance.config.profile import Profile, load_profile
from conformance.config.waivers import Waiver
from conformance.documents.package_data import data_dir
from conformance.http.exchange import Evidence
from conformance.judging.statement import Statement
from conformance.judging.statement_building import header_of, requirements_of, state, stated_profile
from conformance.judging.statement_contents import StatedTarget
from conformance.judging.verdict import Case, Part, sum_up
from conformance.judging.waiving import waived
from conformance.reference.app import describe
from conformance.rules.outcome import Outcome

type Kind = str
"""profile, family, target, waivers, baseline, document, capture, statement or journal."""

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
BASELINE = {
    "baseline": 1,
    "profile": "winter26",
    "written": "2026-11-28",
    "accepted": [
        {"id": "SAB-01", "target": "acme"},
        {"id": "CCS-01", "target": "acme", "cases": ["expired", "revoked"]},
    ],
}
PLACE = {"rule": "L2", "host": "*.example.com", "path_template": "/services/*", "parameter": "access_token"}
REASONED = PLACE | {"reason": "the gateway is replaced in spring", "until": "2999-12-31"}
PROFILE = {"profile": "mine", "title": "Mine", "release": "made up", "families": ["mini"]}
OVERRIDES = PROFILE | {"overrides": {"SAB-01": {"level": "should"}}}
DEAD = "http://127.0.0.1:9"
"""A target that gives no answer."""

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
        "baseline": [
            _written("baseline.yaml", BASELINE),
            _written("places.yaml", {"accepted": [PLACE, REASONED]}),
            _written("allow.yaml", {"allow": [REASONED]}),
        ],
        "document": [_written("openapi.yaml", data) for data in _documents()],
        "capture": [*_captures()],
        "statement": [*_statements()],
        "journal": [_journal()],
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
        Seed("records.jsonl", b"\n".join(json.dumps(one).encode() for one in RECORDS), RECORDS),
        Seed("a.http", HTTP.encode()),
        Seed("page.html", PAGE.encode()),
    ]


def _statements() -> list[Seed]:
    """Two runs of one target, an hour between them, and one that ended early."""
    profile, first = load_profile("winter26"), datetime(2026, 11, 28, 9, 0, tzinfo=UTC)
    cases = _cases()
    earlier = _statement(profile, first, cases)
    later = _statement(profile, first + timedelta(hours=1), [replace(cases[0], outcome=Outcome.PASSED), *cases[1:]])
    files = {"earlier.json": earlier, "later.json": later, "early-end.json": later.model_copy(update={"footer": None})}
    return [Seed(name, one.as_json().encode(), json.loads(one.as_json())) for name, one in files.items()]


def _cases() -> list[Case]:
    exchange = Evidence(
        method="GET", url="https://a.example.com/?access_token=token%231", request_headers=(("Accept", "*/*"),),
        request_body="", status=200, http_version="HTTP/1.1", response_headers=(("Content-Type", "text/plain"),),
        response_body="made up", problem="", started="2026-11-28T09:00:00+00:00", seconds=0.012, requirement="SAB-01",
        curl="curl -i 'https://a.example.com/'",
    ).as_json()  # fmt: skip
    told = "the change is in no poll\nafter these calls:\n  1 ms  create A\n  2 ms  poll: nothing new"
    return [
        Case("SAB-01", "acme", "", Outcome.FAILED, told, "use a header", 1, 1, (exchange,), judgement="accepted"),
        Case(
            "SAB-02", "acme", "get", Outcome.WARNED, "2 of 3 deviate", values=3, unstable="failed",
            parts=(Part("sid", Outcome.WARNED, "a challenge is missing", "add it", "challenge", (exchange,)),
                   Part("token", Outcome.DIFFERS, "a challenge is missing")),
        ),
        waived(Case("SAB-03", "acme", "", Outcome.FAILED, "the answer has status 200", notes=("slow",)), _WAIVER),
        Case("SAB-04", "acme", "", Outcome.NOT_TESTED, "there is no frontdoor", "single_access.frontdoor: true"),
        Case("SAB-05", "acme", "", Outcome.NOT_APPLICABLE, claim="single_access.frontdoor: absent"),
    ]  # fmt: skip


_WAIVER = Waiver(
    "SAB-03", "acme", "the gateway is replaced in spring", "platform", "2999-12-31", line=3, file="waivers.yaml"
)


def _statement(profile: Profile, started: datetime, cases: list[Case]) -> Statement:
    target = StatedTarget(name="acme", about="target.yaml", roles=("single_access",), digest="d" * 64)
    stated = {"run": "a1b2c3d4", "started": started, "depth": "quick", "seed": "7", "selection": "--require=SAB"}
    verdicts = [sum_up(profile.requirement(case.requirement), "acme", [case], _WAIVER) for case in cases]
    return state(
        header_of(stated_profile(profile), [target], **stated),
        requirements_of(profile, {case.requirement for case in cases}, {"SAB-01": ["takes-a-token"]}),
        {"acme": verdicts},
        ended=started + timedelta(seconds=95),
        requests={"acme": 1234},
        unused_waivers=("waivers.yaml:9: SAB-06 passes; delete its waiver",),
        left=("the record 17; by hand: DELETE https://a.example.com/17",),
        broken=("b.yaml: name: is missing",),
        baseline="baseline.yaml",
        better=("SAB-07 on acme",),
    )


def _journal() -> Seed:
    """What a run has left of each kind, on a target that gives no answer."""
    called = {"method": "DELETE", "url": f"{DEAD}/records/1", "role": "business_system"}
    kinds = {
        "": called,
        "record": called | {"headers": [["If-Match", "1"]]},
        "lost record": None,
        "transaction": called | {"method": "POST", "body": "{}"},
        "clock": called | {"url": f"{DEAD}/clock"},
        "file_service": called | {"role": "file_service"},
        "staged_credentials": called | {"role": "staged_credentials"},
    }
    noted = {
        "run": "a1b2c3d4",
        "target": "dead",
        "target_file": "dead.yaml",
        "requirement": "ACT-01",
        "ends": "by hand",
    }
    lines = [
        {"id": f"{number}", **noted, "what": f"a {kind}", "kind": kind, "key": "1", "undo": undo, "state": "created",
         "since": 1795510800.0, "until": 0.0}
        for number, (kind, undo) in enumerate(kinds.items())
    ]  # fmt: skip
    lines += [{"id": "0", "state": "stored", "since": 1795510801.0}, {"id": "1", "state": "undone"}]
    return Seed("state/seasonproof/journal/run1.jsonl", b"\n".join(json.dumps(line).encode() for line in lines), lines)
