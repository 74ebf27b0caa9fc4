"""Who calls a file service: headers, signed addresses, wrong credentials and signatures of AWS, and where they go."""

from __future__ import annotations

import hashlib
import hmac
import sys
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, quote, unquote, urlsplit

import pytest

from conformance.config.roles import Access, ApiKey, AwsKeys, Basic, FileAccess, FileService
from conformance.http.exchange import Headers, Request
from conformance.http.streamed_body import Content
from conformance.redaction import Secret
from conformance.rules.outcome import NotTested
from conformance.suites.binary_files.callers import identified, is_same_origin, with_query, wrong_credentials

if TYPE_CHECKING:
    from collections.abc import Mapping

FILE = "https://files.example.com/a/{name}"
ADDRESS = "https://files.example.com/a/x.bin"
ELSEWHERE = "https://storage.example.net/b/x.bin"
PASSWORD = Secret("a-made-up-password-of-files")
SAS = "sv=2021-12-02&se=2099-01-01T00%3A00%3A00Z&sp=rwd&sig=bWFkZS11cA%3D%3D"
KEYS = AwsKeys(key_id="AKIAIOSFODNN7EXAMPLE", secret=Secret("a-made-up/secret+of-aws"), region="eu-central-1")


def role_with(**fields: Any) -> FileService:
    return FileService(url=FILE, **fields)


def sent(request: Request, role: FileService, *, access: Access | None = None, proof: Headers = ()) -> Request:
    return identified(request, role, role.access if access is None else access, proof)


# -------------------------------------------------------------------- headers


def test_each_request_has_the_headers_of_the_target_file_and_those_of_its_caller() -> None:
    role = role_with(headers={"x-ms-version": "2021-12-02"})
    request = Request("GET", ADDRESS, (("Accept", "*/*"),))
    proof = (("Authorization", "Basic Zm9v"),)
    assert sent(request, role, proof=proof).headers == (
        ("x-ms-version", "2021-12-02"),
        ("Authorization", "Basic Zm9v"),
        ("Accept", "*/*"),
    )


def test_a_header_of_the_request_takes_the_place_of_a_fixed_one_whatever_its_case() -> None:
    role = role_with(headers={"content-type": "text/plain", "X-Kind": "file"})
    request = Request("PUT", ADDRESS, (("Content-Type", "image/png"),))
    assert sent(request, role).headers == (("X-Kind", "file"), ("Content-Type", "image/png"))


@pytest.mark.parametrize(
    ("url", "is_sent"),
    [
        (ADDRESS, True),
        ("https://files.example.com:443/other?x=1", True),
        ("https://begin.example.com/uploads", True),
        ("https://create.example.com/files", True),
        (ELSEWHERE, False),
        ("http://files.example.com/a/x.bin", False),
        ("https://files.example.com:8443/a/x.bin", False),
        ("https://files.example.com.example.net/a/x.bin", False),
        ("https://files.example.com@storage.example.net/", False),
    ],
)
def test_a_header_that_is_a_secret_goes_to_the_service_alone(url: str, is_sent: bool) -> None:
    """One that is none goes everywhere: a store that is handed out may need it."""
    role = role_with(
        headers={"X-Key": Secret("a-made-up-key-of-a-header"), "x-ms-blob-type": "BlockBlob"},
        begin={"url": "https://begin.example.com/uploads"},
        create={"url": "https://create.example.com/files"},
    )
    found = sent(Request("PUT", url), role)
    assert found.header("x-ms-blob-type") == "BlockBlob"
    assert found.header("X-Key") == ("a-made-up-key-of-a-header" if is_sent else None)


@pytest.mark.parametrize(
    ("url", "other", "is_same"),
    [
        ("https://a.example.com/x", "https://A.example.com:443/y?z", True),
        ("https://a.example.com/x", "http://a.example.com/x", False),
        ("https://a.example.com/x", "https://a.example.com:444/x", False),
        ("https://a.example.com/x", "https://b.example.com/x", False),
        ("https://user@a.example.com/x", "https://a.example.com/x", False),
        ("not an address", "not an address", False),
    ],
)
def test_an_origin_is_scheme_host_and_port(url: str, other: str, is_same: bool) -> None:
    assert is_same_origin(url, other) == is_same


# ----------------------------------------------------------- signed addresses


@pytest.mark.parametrize(
    ("url", "query", "expected"),
    [
        (ADDRESS, "sig=1", f"{ADDRESS}?sig=1"),
        (ADDRESS, "?sig=1&sp=r", f"{ADDRESS}?sig=1&sp=r"),
        (f"{ADDRESS}?comp=block", "sig=1", f"{ADDRESS}?comp=block&sig=1"),
        (ADDRESS, "", ADDRESS),
        (ADDRESS, "sig=%2B%3D", f"{ADDRESS}?sig=%2B%3D"),
    ],
)
def test_a_query_is_added_as_it_is(url: str, query: str, expected: str) -> None:
    assert with_query(url, query) == expected


def test_a_signed_address_is_that_of_its_caller_alone() -> None:
    """Strangers, and roles without one, ask at the address as it is."""
    role = role_with(access=FileAccess(query=Secret(f"?{SAS}")))
    request = Request("GET", ADDRESS)
    assert sent(request, role).url == f"{ADDRESS}?{SAS}"
    assert sent(request, role, access=FileAccess()).url == ADDRESS
    assert sent(request, role, access=Access()).url == ADDRESS


@pytest.mark.parametrize(
    ("query", "changed"),
    [
        (SAS, {"sig"}),
        ("X-Amz-Credential=A%2Fb&X-Amz-Date=20260101T000000Z&X-Amz-Signature=0123", {"X-Amz-Signature"}),
        ("Expires=1&GoogleAccessId=a&Signature=0123", {"Signature"}),
        ("user=files&token=0123&v=1", {"token"}),
        ("v=1&pass=0123", {"pass"}),
    ],
)
def test_a_forged_address_differs_in_its_signature(query: str, changed: set[str]) -> None:
    """Where no name says which that is, in what stands last. All else is as it was."""
    [(who, access)] = wrong_credentials(FileAccess(query=Secret(query)))
    assert who == "a wrong signature"
    assert access.query is not None
    before, after = dict(parse_qsl(query)), dict(parse_qsl(access.query.reveal()))
    assert list(after) == list(before)
    assert {name for name in before if after[name] != before[name]} == changed


# --------------------------------------------------------- wrong credentials


@pytest.mark.parametrize(
    ("access", "expected"),
    [
        ({"basic": Basic(user="files", password=PASSWORD)}, "a wrong password"),
        ({"api_key": ApiKey(header="X-Api-Key", value=PASSWORD)}, "a wrong key"),
        ({"bearer": PASSWORD}, "a wrong token"),
        ({"token_endpoint": True}, "a wrong token"),
        ({"query": Secret(SAS)}, "a wrong signature"),
        ({"aws": KEYS}, "a wrong secret"),
    ],
)
def test_wrong_credentials_are_of_the_same_kind(access: Mapping[str, Any], expected: str) -> None:
    [(who, wrong)] = wrong_credentials(FileAccess(**access))
    assert who == expected
    assert not wrong.is_anonymous
    [kind] = [name for name in type(wrong).model_fields if getattr(wrong, name)]
    assert kind == ("bearer" if "token_endpoint" in access else next(iter(access)))


def test_a_wrong_password_is_that_of_the_same_user() -> None:
    """And a wrong key stands in the same header, and a wrong secret belongs to the same key."""
    [(_, basic)] = wrong_credentials(FileAccess(basic=Basic(user="files", password=PASSWORD)))
    [(_, key)] = wrong_credentials(FileAccess(api_key=ApiKey(header="X-Api-Key", value=PASSWORD)))
    [(_, aws)] = wrong_credentials(FileAccess(aws=KEYS))
    assert basic.basic is not None
    assert key.api_key is not None
    assert aws.aws is not None
    assert (basic.basic.user, basic.basic.password.reveal() == PASSWORD.reveal()) == ("files", False)
    assert (key.api_key.header, key.api_key.value.reveal() == PASSWORD.reveal()) == ("X-Api-Key", False)
    assert (aws.aws.key_id, aws.aws.region) == (KEYS.key_id, KEYS.region)
    assert aws.aws.secret.reveal() != KEYS.secret.reveal()


# ------------------------------------------------------------------- signatures


def signed(request: Request, keys: AwsKeys = KEYS) -> Request:
    role = role_with(access=FileAccess(aws=keys))
    return sent(request, role)


def signature_of(request: Request, keys: AwsKeys) -> str:
    """The signature of a request as AWS computes it (Signature Version 4)."""
    parts, date = urlsplit(request.url), request.header("x-amz-date") or ""
    authorization = request.header("authorization") or ""
    names = authorization.partition("SignedHeaders=")[2].partition(",")[0]
    values = {name.lower(): value for name, value in request.headers} | {"host": parts.netloc}
    canonical = "\n".join(
        [
            request.method,
            quote(unquote(parts.path), safe="/~"),
            parts.query,
            *(f"{name}:{values[name]}" for name in names.split(";")),
            "",
            names,
            values["x-amz-content-sha256"],
        ]
    )
    scope = f"{date[:8]}/{keys.region}/{keys.service}/aws4_request"
    text = f"AWS4-HMAC-SHA256\n{date}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    key = f"AWS4{keys.secret.reveal()}".encode()
    for part in (date[:8], keys.region, keys.service, "aws4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    return hmac.new(key, text.encode(), "sha256").hexdigest()


@pytest.mark.parametrize(
    "request_",
    [
        Request("GET", ADDRESS),
        Request("PUT", ADDRESS, (("Content-Type", "image/png"), ("Range", "bytes=0-9")), b"the body"),
        Request("PUT", "https://files.example.com/a/gr%C3%BC%C3%9Fe%20b.bin", (("x-amz-acl", "private"),), b"x"),
        Request("PUT", "https://files.example.com/a/raw+plus:and,more.bin", body=b"x"),
    ],
)
def test_a_request_is_signed_as_aws_computes_it(request_: Request) -> None:
    found = signed(request_)
    assert (found.header("authorization") or "").endswith(f"Signature={signature_of(found, KEYS)}")
    assert (found.header("authorization") or "").startswith("AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/")
    assert found.header("x-amz-content-sha256") == hashlib.sha256(request_.body).hexdigest()
    assert set(request_.headers) <= set(found.headers)
    assert (found.method, found.url, found.body) == (request_.method, request_.url, request_.body)
    assert KEYS.secret.reveal() not in repr(found.headers)


def test_a_file_that_is_sent_in_pieces_is_signed_by_its_digest() -> None:
    content = Content.patterned(200_000)
    found = signed(Request("PUT", ADDRESS, content=content))
    assert found.header("x-amz-content-sha256") == content.sha256
    assert found.content is content


def test_temporary_keys_show_their_token() -> None:
    keys = KEYS.model_copy(update={"session_token": Secret("a-made-up-session-token")})
    found = signed(Request("GET", ADDRESS), keys)
    assert found.header("x-amz-security-token") == "a-made-up-session-token"
    assert "x-amz-security-token" in (found.header("authorization") or "")


def test_a_request_that_is_signed_anew_has_one_signature() -> None:
    once = signed(Request("PUT", ADDRESS, body=b"x"))
    twice = signed(once)
    for name in ("authorization", "x-amz-date", "x-amz-content-sha256"):
        assert len(twice.headers_named(name)) == 1


def test_without_the_library_nothing_is_sent_unsigned(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "botocore.auth", None)
    with pytest.raises(NotTested, match="botocore, which is not installed") as caught:
        signed(Request("GET", ADDRESS))
    assert caught.value.advice == "pip install 'seasonproof[aws]'"
