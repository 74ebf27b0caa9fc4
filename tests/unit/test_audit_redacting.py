"""The clean copy of a HAR: wherever a credential stands in an entry, the copy does not hold it."""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, urlsplit

import pytest

from conformance.traffic.audit.redacting import redact
from conformance.traffic.audit.sources import places

OPAQUE = "q7Wn2Kc9Zr4Tm8Vb5Yx1Lp6Hd3Gs0FjQ"
PADDED = "kT8wq/LmZ4v1RbYc9XnHs2Dj6FgPaUe3oIi7WtEzQ5M="
HEX = "9f3b6a1d2c4e5f60718293a4b5c6d7e8"


def entry(url: str = "https://example.com/a", **more: Any) -> dict[str, Any]:
    """An entry; `headers`, `queryString` and `postData` are the request's, `content` is the answer's."""
    content = more.pop("content", {"size": 0, "mimeType": "text/plain", "text": ""})
    asked = {"method": "GET", "url": url, "headers": [], "cookies": [], "queryString": [], **more}
    answered = {"status": 200, "headers": [], "cookies": [], "redirectURL": "", "content": content}
    return {"startedDateTime": "2026-11-24T09:00:00.000Z", "request": asked, "response": answered}


def copied(folder: Path, *entries: dict[str, Any]) -> str:
    """The copy of a HAR of these entries."""
    log = {"version": "1.2", "creator": {"name": "x", "version": "1"}, "entries": entries}
    (folder / "a.har").write_text(json.dumps({"log": log}))
    redact(places([str(folder / "a.har")]), folder / "b.har")
    copy = (folder / "b.har").read_text()
    assert len(json.loads(copy)["log"]["entries"]) == len(entries), "an entry was left out"
    return copy


@pytest.mark.parametrize(
    "url",
    [
        f"https://stor.example.com/q?sp=r&st=2026-12-01&se=2026-12-02&sv=2024-11-04&sr=b&sig={quote(PADDED, safe='')}",
        f"https://api.example.com/x?key={quote(PADDED, safe='')}",
        f"https://cdn.example.com/a.png?ex=6741b2e1&is=67406161&hm={HEX}{HEX}",
        f"https://cdn.example.com/v.m3u8?hdnts=exp=1763640000~acl=/video/*~hmac={HEX}",
        f"https://cdn.example.com/v.m3u8?token={OPAQUE}&expires=1763640000",
        f"https://shop.example.com/?shop=north.example.org&timestamp=1764000000&hmac={HEX}",
        f"https://live.example.com/a.flv?txSecret={HEX}&txTime=674d1234",
        f"https://app.example.com/x?a=b%26access_token={OPAQUE}",
        f"https://app.example.com/x?u={quote(f'https://b.example.com/k?X-Amz-Signature={HEX}', safe='')}",
    ],
)
def test_a_query_is_masked_in_the_url_and_in_its_table(tmp_path: Path, url: str) -> None:
    """Credentials and signatures; a value that ends in equals signs too."""
    table = [{"name": name, "value": value} for name, value in parse_qsl(urlsplit(url).query, keep_blank_values=True)]
    copy = copied(tmp_path, entry(url, queryString=table))
    assert [secret for secret in (OPAQUE, PADDED, quote(PADDED, safe=""), HEX) if secret in copy] == []
    assert urlsplit(url).netloc in copy


@pytest.mark.parametrize("user", [f"{OPAQUE}:x-oauth-basic", f"{HEX}:X", f"{OPAQUE}:", f"sk_live_{OPAQUE}:"])
def test_a_token_that_is_the_user_name_is_masked(tmp_path: Path, user: str) -> None:
    copy = copied(tmp_path, entry(f"https://{user}@git.example.com/acme/repo.git"))
    assert OPAQUE not in copy
    assert HEX not in copy
    assert "@git.example.com/acme/repo.git" in copy


def test_a_token_in_a_subprotocol_is_masked_and_known_elsewhere(tmp_path: Path) -> None:
    encoded = urlsafe_b64encode(OPAQUE.encode()).decode().rstrip("=")
    value = f"base64url.bearer.authorization.k8s.io.{encoded}, base64.binary.k8s.io"
    opening = entry(headers=[{"name": "Sec-WebSocket-Protocol", "value": value}])
    copy = copied(tmp_path, opening, entry(f"https://example.com/{OPAQUE}"), entry(f"https://example.com/{encoded}"))
    assert OPAQUE not in copy
    assert encoded not in copy
    assert "base64.binary.k8s.io" in copy


FORM = (
    '--x\r\nContent-Disposition: form-data; name="{0}"\r\n\r\n{1}\r\n'
    '--x\r\nContent-Disposition: form-data; name="kept"\r\nContent-Type: text/plain\r\n\r\nin the open\r\n--x--\r\n'
)


@pytest.mark.parametrize("name", ["password", "client_secret", "csrf_token", "access_token"])
def test_parts_of_a_form_are_masked_by_their_names(tmp_path: Path, name: str) -> None:
    posted = {"mimeType": "multipart/form-data; boundary=x", "text": FORM.format(name, OPAQUE)}
    copy = copied(tmp_path, entry(postData=posted))
    assert OPAQUE not in copy
    assert "in the open" in copy


@pytest.mark.parametrize(
    "text",
    [
        f'<input type=hidden name=csrf_token value="{OPAQUE}">',
        f"<input value='{OPAQUE}' type='hidden' name='session_token'/>",
        f'<input type="password" name="x" value="{OPAQUE}">',
        f'<meta name="csrf-token" content="{OPAQUE}">',
        f'<meta content="{OPAQUE}" name="api-key">',
        f'<div data-access-token="{OPAQUE}"></div>',
        f"<script>var c = {{token: '{OPAQUE}'}}</script>",
        f"<script>window.__SESSION__ = '{OPAQUE}'</script>",
        f"let authToken = `{OPAQUE}`;",
        f'localStorage.setItem("refresh_token", "{OPAQUE}");',
        f"headers.append('Authorization', 'Bearer {OPAQUE}')",
        f"fetch(url, {{headers: {{Authorization: 'Bearer {OPAQUE}'}}}})",
        f'init("{OPAQUE}")',
        f"<session>{OPAQUE}</session>",
        f"curl https://svc:{OPAQUE}@example.com/x",
    ],
)
def test_markup_and_code_are_masked(tmp_path: Path, text: str) -> None:
    """By the names of fields, attributes, variables and arguments; a literal that looks random needs no name."""
    content = {"size": len(text), "mimeType": "text/html", "text": f"<p>kept</p>\n{text}"}
    copy = copied(tmp_path, entry(content=content))
    assert OPAQUE not in copy
    assert "kept" in copy


def test_ordinary_markup_stays_as_it_is(tmp_path: Path) -> None:
    text = '<input type="text" name="city" value="Springfield"><meta name="viewport" content="width=device-width">'
    copy = copied(tmp_path, entry(content={"mimeType": "text/html", "text": text}))
    assert json.dumps(text)[1:-1] in copy
