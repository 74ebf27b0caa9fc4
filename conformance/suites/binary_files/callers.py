"""Who calls a file service: the headers of each request, signed addresses, and signatures of AWS."""

from __future__ import annotations

import hashlib
import re
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote_to_bytes, urlsplit

from conformance.config.roles import Access, ApiKey, Basic, FileAccess
from conformance.http.transport.address import parse_address
from conformance.redaction import Secret
from conformance.rules.outcome import NotTested

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.config.roles import AwsKeys, FileService
    from conformance.http.exchange import Headers, Request

_MISSING = "requests to AWS are signed by botocore, which is not installed"
_SECRET = re.compile(r"(?i)((?:^|&)[^=&]*(?:sig|token|key|secret|auth)[^=&]*=)[^&]*")
_SIGNED = ("content-type", "x-amz-")


def identified(request: Request, role: FileService, access: Access, proof: Headers) -> Request:
    """A request with the headers that each one has, and with the credentials of its caller.

    A header whose value is a secret goes to the service alone, and to no other host that it names.

    Args:
        request: without credentials.
        role: what the target file says about the service.
        access: the caller's credentials.
        proof: the headers that carry them, where headers do.

    Raises:
        NotTested: it has to be signed by a library that is not installed.
    """
    given = {name.lower() for name, _ in request.headers}
    fixed = [pair for pair in _fixed_headers(request, role) if pair[0].lower() not in given]
    headers = (*fixed, *proof, *request.headers)
    request = replace(request, headers=headers)
    if not isinstance(access, FileAccess):
        return request
    if access.query is not None:
        request = replace(request, url=with_query(request.url, access.query.reveal()))
    return _signed(request, access.aws) if access.aws is not None else request


def is_same_origin(url: str, other: str) -> bool:
    """Whether two addresses are of one scheme, host and port. What cannot be read as an address is of no origin."""
    try:
        return parse_address(url).origin == parse_address(other).origin
    except ValueError:
        return False


def with_query(url: str, query: str) -> str:
    """An address with this behind its question mark too."""
    query = query.removeprefix("?")
    return f"{url}{'&' if '?' in url else '?'}{query}" if query else url


def wrong_credentials(access: FileAccess) -> Iterator[tuple[str, FileAccess]]:
    """Credentials of the same kind which are wrong; in words, and as they are."""
    wrong = Secret("a-wrong-credential-of-seasonproof", "wrong")
    if access.basic is not None:
        yield "a wrong password", FileAccess(basic=Basic(user=access.basic.user, password=wrong))
    elif access.api_key is not None:
        yield "a wrong key", FileAccess(api_key=ApiKey(header=access.api_key.header, value=wrong))
    elif access.query is not None:
        forged = _SECRET.sub(lambda found: f"{found[1]}{wrong.reveal()}", access.query.reveal())
        if forged == access.query.reveal():
            forged = f"{forged.rpartition('=')[0]}={wrong.reveal()}"
        yield "a wrong signature", FileAccess(query=Secret(forged, "wrong"))
    elif access.aws is not None:
        yield "a wrong secret", FileAccess(aws=access.aws.model_copy(update={"secret": wrong}))
    else:
        yield "a wrong token", FileAccess(bearer=wrong)


def _fixed_headers(request: Request, role: FileService) -> Iterator[tuple[str, str]]:
    ours = (role.address, role.begin and role.begin.url, role.create and role.create.url)
    is_ours = any(is_same_origin(request.url, url) for url in ours if url)
    for name, value in role.headers.items():
        if not isinstance(value, Secret):
            yield name, value
        elif is_ours:
            yield name, value.reveal()


def _signed(request: Request, keys: AwsKeys) -> Request:
    """A request with a signature of AWS in its headers, which covers its body."""
    try:
        from botocore.auth import S3SigV4Auth  # a large library, which is optional
        from botocore.awsrequest import AWSRequest
        from botocore.credentials import Credentials
    except ImportError:
        raise NotTested(_MISSING, "pip install 'seasonproof[aws]'") from None

    class Signer(S3SigV4Auth):  # type: ignore[misc] # it brings no types
        def payload(self, request: object) -> str:
            return digest

    digest = request.content.sha256 if request.content is not None else hashlib.sha256(request.body).hexdigest()
    signed = AWSRequest(request.method, _encoded_as_signed(request.url))
    for name, value in request.headers:
        if name.lower().startswith(_SIGNED):
            signed.headers[name] = value
    token = keys.session_token.reveal() if keys.session_token is not None else None
    Signer(Credentials(keys.key_id, keys.secret.reveal(), token), keys.service, keys.region).add_auth(signed)
    added = {"authorization", "x-amz-date", "x-amz-content-sha256", "x-amz-security-token"}
    proof = tuple((name, str(value)) for name, value in signed.headers.items() if name.lower() in added)
    return replace(request, headers=(*proof, *(pair for pair in request.headers if pair[0].lower() not in added)))


def _encoded_as_signed(url: str) -> str:
    """An address with its path as AWS signs it: every byte but the unreserved ones is encoded, however it is sent."""
    parts = urlsplit(url)
    return parts._replace(path=quote(unquote_to_bytes(parts.path), safe="/~")).geturl()
