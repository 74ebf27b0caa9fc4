"""Secrets where nobody looks for them: in addresses, in what messages cut, in what a stranger is sent."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from urllib.parse import unquote

import yaml

from conformance.judging.verdict import ExitCode
from tests.answering import Asked, Reply, answering
from tests.suite import Result, run_suite


def run(folder: Path, roles: dict[str, object], *options: str, **environ: str) -> Result:
    limits = {"requests_per_second": 1000, "retry_after_seconds": 0}
    (folder / "t.yaml").write_text(yaml.safe_dump({"name": "t", "limits": limits, **roles}))
    return run_suite(folder, "--target=t.yaml", "--depth=quick", *options, environ=environ)


def written(folder: Path, result: Result) -> str:
    """All that a run wrote, its journal included, and the target file left out."""
    files = [path for path in folder.rglob("*") if path.is_file() and path.suffix not in (".yaml", ".pyc")]
    return result.output + "".join(path.read_text("utf-8", "replace") for path in files)


def test_what_references_bring_into_plain_fields_stands_in_no_output(tmp_path: Path) -> None:
    values = {name: f"CANARY-{name}-6f1d2c3b4a5968" for name in ("SAS", "HEADER", "QUERY", "BODY", "SUBKEY")}
    with answering(lambda asked: Reply(403)) as url:
        create = {"path": "/a", "headers": {"X-Tenant": "${HEADER}"}, "query": {"k": "${QUERY}"}}
        create["body"] = {"k": "${BODY}", "r": "{record}"}
        fields = {"name": {"type": "string", "required": True, "max_length": 80}}
        roles = {
            "file_service": {"url": f"{url}/f/{{name}}?sig=${{SAS}}"},
            "token_endpoint": {"url": f"{url}/token?k=${{SUBKEY}}", "client_id": "c", "client_secret": "${SUBKEY}x"},
            "business_system": {"base_url": url, "create": create, "label": "name", "fields": fields},
        }
        options = ("--require=BIN-01", "--require=ACT-01", "--require=CCS-01", "--har=e.har", "--alluredir=allure")
        result = run(tmp_path, roles, *options, **values)
    assert result.status in (ExitCode.NOT_CONFORMANT, ExitCode.INCOMPLETE)
    assert [name for name, value in values.items() if value in written(tmp_path, result)] == []
    assert "secret leak" not in result.output


def test_a_message_is_redacted_before_it_is_cut(tmp_path: Path) -> None:
    """A server repeats what it was sent in an error code, in Retry-After and in a record."""
    secret, token = "S" + "4f1e2d3c5b" * 8, "T" + "9a8b7c6d5e" * 8

    def answer(asked: Asked) -> Reply:
        sent = asked.headers.get("authorization", "")
        if asked.path.startswith("/token"):
            is_basic = sent.startswith("Basic")
            told = unquote(base64.b64decode(sent[6:]).decode()).partition(":")[2] if is_basic else "no"
            return Reply(400, {"error": told})
        if asked.path.startswith("/b"):
            record = {"id": "1", "name": sent[7:], "items": []}
            return Reply(201 if asked.method == "POST" else 200, record)
        return Reply(429, {}, (("Retry-After", sent[7:]),))

    with answering(answer) as url:
        call = {"path": "/a/{id}"}
        system = {"base_url": f"{url}/b", "access": {"bearer": "${TOK}"}, "create": {"path": "/a"}, "label": "name"}
        system |= {"read": call, "update": call, "delete": call}
        system["fields"] = {"name": {"type": "string", "required": True, "max_length": 80}}
        roles = {
            "single_access": {"base_url": url, "token": "${TOK}"},
            "token_endpoint": {"url": f"{url}/token", "client_id": "c", "client_secret": "${SEC}"},
            "business_system": system,
        }
        options = [f"--require={name}" for name in ("SAB-01", "CCS-01", "CCS-02", "ACT-01", "MAP-01")]
        result = run(tmp_path, roles, *options, SEC=secret, TOK=token)
    assert "token#" in result.output
    assert [value[:8] for value in (secret, token) if value[:8] in result.output] == []


def test_metadata_sends_no_credentials_to_another_origin(tmp_path: Path) -> None:
    """The target file names the issuer alone: where the metadata leads elsewhere, it has to name that too."""
    asked_elsewhere: list[Asked] = []

    def elsewhere(asked: Asked) -> Reply:
        asked_elsewhere.append(asked)
        return Reply(200)

    with answering(elsewhere) as other:
        metadata: dict[str, str] = {}
        with answering(lambda asked: Reply(200, metadata)) as issuer:
            metadata |= {"issuer": issuer, "token_endpoint": f"{other}/token"}
            role = {"issuer": issuer, "client_id": "c", "client_secret": "${S}"}
            result = run(tmp_path, {"token_endpoint": role}, "--require=CCS-01", S="made-up-secret-1234567890")
    assert result.status == ExitCode.INCOMPLETE
    assert asked_elsewhere == []
    assert "only if the target file names it" in " ".join(json.dumps(result.messages[("t", "CCS-01")]).split())
