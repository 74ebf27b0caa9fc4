"""Captures of a client, as text, and a run that judges one."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

from tests.suite import Result, run_suite

TOKEN = "00D000000000001!" + "AQ0AQ" + "aB3x" * 22
SECRET = "9F1C44AE0B7D6532" * 4
ORG = "https://acme.my.salesforce.com"
BEARER = {"Authorization": f"Bearer {TOKEN}"}
ROLES = ("--client-role=api_client", "--client-role=token_client")

type Entry = dict[str, Any]


def entry(method: str, url: str, second: int, status: int = 200, **more: Any) -> Entry:
    """An exchange as a HAR has it, with `headers`, a `form`, the `answer` and its `came` headers."""
    request: Entry = {"method": method, "url": url, "headers": _pairs(more.get("headers", {}))}
    if form := more.get("form"):
        kind = "application/x-www-form-urlencoded"
        request["headers"] += _pairs({"Content-Type": kind})
        request["postData"] = {"mimeType": kind, "text": form}
    answer = {"mimeType": "application/json", "text": json.dumps(more.get("answer", {}))}
    response = {"status": status, "headers": _pairs(more.get("came", {})), "content": answer}
    started = f"2026-10-01T08:00:{second:02}.000Z"
    return {"startedDateTime": started, "time": 10, "request": request, "response": response}


def _pairs(named: dict[str, str]) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in named.items()]


def har(*entries: object) -> str:
    """The text of a HAR."""
    return json.dumps({"log": {"version": "1.2", "entries": entries}})


FORM = f"grant_type=client_credentials&client_id=sync&client_secret={SECRET}"
LOGIN = entry("POST", f"{ORG}/services/oauth2/token", 0, form=FORM, answer={"access_token": TOKEN})
QUERY = entry("GET", f"{ORG}/services/data/v65.0/query?q=x", 1, headers=BEARER)
PREFLIGHT = entry("OPTIONS", f"{ORG}/services/oauth2/revoke", 2)
REVOKED = entry("POST", f"{ORG}/services/oauth2/revoke", 3, form=f"token={TOKEN}")
LEAK = entry("GET", f"{ORG}/services/data/v65.0/limits?access_token={TOKEN}", 4)
CLEAN = (LOGIN, QUERY, PREFLIGHT, REVOKED)


def judged(folder: Path, text: str, *options: str) -> Result:
    """A run on one capture, whose name is `session`."""
    (folder / "session.har").write_text(text, "utf-8")
    result = run_suite(folder, "--traffic=session.har", *options)
    written = [path for path in folder.rglob("*") if path.is_file() and path.name != "session.har"]
    shown = result.output + "".join(path.read_text("utf-8", "replace") for path in written)
    assert TOKEN not in shown
    assert SECRET not in shown
    return result


def of_playwright(folder: Path, *entries: Entry, kind: str = "zip") -> Path:
    """A capture as Playwright writes it: each body in a file of its own."""
    bodies, several = {}, []
    for number, given in enumerate(entries):
        request, response = dict(given["request"]), dict(given["response"])
        for message, member, name in ((request, "postData", f"{number}.bin"), (response, "content", f"{number}.json")):
            if text := message.get(member, {}).get("text"):
                message[member] = {"mimeType": message[member]["mimeType"], "text": "", "_file": name}
                bodies[name] = text
        several.append(given | {"request": request, "response": response})
    files = {"har.har": har(*several), **bodies}
    if kind == "zip":
        with zipfile.ZipFile(folder / "session.har.zip", "w", zipfile.ZIP_DEFLATED) as archive:
            for name, text in files.items():
                archive.writestr(name, text)
        return folder / "session.har.zip"
    for name, text in files.items():
        (folder / name).write_text(text, "utf-8")
    return folder / "har.har"
