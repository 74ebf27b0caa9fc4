"""Which roles an address plays, by what it answers to anybody."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from conformance.commands.init.authorization import draft_of_token_endpoint
from conformance.commands.init.described import drafts_of_document, parsed
from conformance.commands.init.draft import Draft, secret
from conformance.commands.init.odata import draft_of_service
from conformance.commands.init.records import draft_of_records
from conformance.redaction import VAULT

if TYPE_CHECKING:
    from conformance.commands.init.looking import Look

OPENAPI = (
    "/openapi.json", "/openapi.yaml", "/v3/api-docs", "/swagger.json", "/swagger/v1/swagger.json", "/api/openapi.json",
)  # fmt: skip
"""Where frameworks serve their documents unless they are told otherwise."""

RECORDS = "application/json, application/vnd.api+json;q=0.9, application/hal+json;q=0.8"
"""What lists of records come as: a server of JSON:API may have nothing else."""

_SALESFORCE = re.compile(r"\.(?:salesforce|force)\.com$")
_SINGLE_ACCESS = "/services/oauth2/singleaccess"
_STORAGE = "http://www.w3.org/ns/pim/space#Storage"
_S3 = re.compile(r'xmlns="http://(?:s3\.amazonaws\.com/doc|doc\.s3\.amazonaws\.com)/2006-03-01/"')
"""The namespace of its XML, in both spellings that are in use."""

_NOBODY_HAS = "/services/oauth2/seasonproof-asks-for-nothing"


def drafts(look: Look, name: str, collection: str | None) -> Iterator[Draft]:
    """What an address plays, the surest first.

    Args:
        look: sends the requests.
        name: what the target will be called: its secrets are named after it.
        collection: which of several collections of records is wanted; the first one if None.
    """
    yield from _authorization_server(look, name)
    yield from _org(look, name)
    if stores := [*_webdav(look, name), *_pod(look, name)]:
        yield stores[0]
        return
    if (service := draft_of_service(look, name, collection)) is not None:
        yield service
        return
    if documented := list(_documented(look, name, collection)):
        yield from documented
    elif (records := draft_of_records(look.get(accept=RECORDS), name)) is not None:
        yield records
    else:
        yield from _object_store(look, name)


def access(look: Look, name: str) -> dict[str, object]:
    """How a caller proves who it is, by the challenge of the address (RFC 9110, section 11.6.1); empty for none."""
    challenge = look.get().header("www-authenticate").lower()
    if challenge.startswith("basic"):
        return {"access": {"basic": {"user": "the-user", "password": secret(name, "password")}}}
    if look.get().status in (401, 403) or challenge:
        return {"access": {"bearer": secret(name, "token")}}
    return {}


def doubted(look: Look, draft: Draft) -> Draft:
    """A draft that says so where the way to prove who a caller is was guessed, as the refusal names none."""
    answer, granted = look.get(), draft.fields.get("access")
    is_told = bool(answer.header("www-authenticate")) or answer.status not in (401, 403)
    if is_told or not isinstance(granted, Mapping) or "bearer" not in granted:
        return draft
    guess = (
        f"GET {look.url} answers {answer.status} and names no scheme, so bearer is a guess; it may be basic or api_key."
    )
    return replace(draft, why=f"{draft.why} {guess}")


def skeletons(look: Look, name: str) -> Iterator[Draft]:
    """The roles with the least that a target file says of them, for an address that shows a stranger nothing."""
    answer = f"GET {look.url} answers {look.get().status}" if look.get().status else f"GET {look.url} is not answered"
    answer = f"GET {look.url} leads to {look.page}" if look.page else answer
    why = f"This is what you said: {answer}, and nothing that was looked at shows a role."
    granted = access(look, name)
    yield Draft("single_access", why, {"base_url": look.origin, "token": secret(name, "token")})
    yield draft_of_token_endpoint(name, why, look.url)
    described = ("spec: openapi.yaml", "If an OpenAPI document describes it; if none does: absent: [openapi].")
    yield Draft("file_service", why, {"url": f"{look.url}/{{name}}", **granted}, [described])
    polled = ("poll: {path: /accounts, query: {updated_since: '{since}'}}", "Say how changes are asked for:")
    calls = {"create": {"path": "/accounts"}, "read": {"path": "/accounts/{id}"}}
    yield Draft("business_system", why, {"base_url": look.url, **granted, **calls}, [polled])


def _authorization_server(look: Look, name: str) -> Iterator[Draft]:
    path = urlsplit(look.url).path
    places = [
        f"{look.url}/.well-known/openid-configuration",
        f"{look.origin}/.well-known/oauth-authorization-server{path}",
    ]
    for place in places:
        found = look.get(place, "application/json")
        metadata = found.json
        if not isinstance(metadata, dict) or not isinstance(metadata.get("token_endpoint"), str):
            continue
        why = f"The metadata at {found.url} names a token endpoint (RFC 8414)."
        grants = metadata.get("grant_types_supported")
        if isinstance(grants, list) and "client_credentials" not in grants:
            why += " It does not list the grant client_credentials, so a run may stay without a verdict."
        yield draft_of_token_endpoint(name, why, metadata["token_endpoint"], metadata)
        return


def _org(look: Look, name: str) -> Iterator[Draft]:
    host = urlsplit(look.url).hostname or ""
    if not _SALESFORCE.search(host):
        if look.url != look.origin:
            return  # an address below the root is not that of an org
        asked = look.get(_SINGLE_ACCESS)
        if asked.status not in (200, 400, 401, 403) or look.get(_NOBODY_HAS).status in (0, asked.status):
            return
        why = f"{asked.url} answers {asked.status}, and an address beside it does not."
    else:
        why = f"{host} is a host of Salesforce."
    token = secret(name, "token")
    missing = [
        ("revocation_url: https://…/services/oauth2/revoke", "Where the tokens that a run fetches are revoked."),
        ("expired_token: ${…_EXPIRED_TOKEN}", "A token past its lifetime, for what is about expired tokens."),
        ("token_without_web: ${…_TOKEN_WITHOUT_WEB}", "A token whose scopes do not include web."),
        ("foreign_token: ${…_FOREIGN_TOKEN}", "A token of any other org; if there is none: absent: [other_orgs]."),
    ]  # fmt: skip
    yield Draft("single_access", why, {"base_url": look.origin, "token": token}, missing)
    why = "An org lets credentials of an external client app be rotated too. This changes the app: make one for tests."
    yield Draft(
        "staged_credentials", why, {"base_url": look.origin, "app": "the-name-of-an-app-for-tests", "token": token}
    )


def _webdav(look: Look, name: str) -> Iterator[Draft]:
    options = look.options()
    if not options.header("dav"):
        return
    dav = VAULT.shown(options.header("dav"), 40)
    why = f"OPTIONS {look.url} answers with DAV: {dav} (RFC 4918), so files can be put there."
    yield _store(why, look.url, access(look, name))


def _object_store(look: Look, name: str) -> Iterator[Draft]:
    found = look.get()
    if found.header("x-amz-request-id"):
        what = "x-amz-request-id"
    elif _S3.search(found.text[:1000]):
        what = "XML of the namespace of S3"
    else:
        return
    why = f"GET {look.url} answers with {what}, as Amazon S3 does and what speaks its protocol."
    keys = {"key_id": "TheIdOfTheKey", "secret": secret(name, "secret_key"), "region": "us-east-1"}
    bucket = look.url if urlsplit(look.url).path else f"{look.url}/the-name-of-the-bucket"
    yield _store(why, bucket, {"access": {"aws": keys}})


def _pod(look: Look, name: str) -> Iterator[Draft]:
    response = look.get().response
    if response is None or not any(_STORAGE in link for link in response.headers_named("link")):
        return
    why = f"GET {look.url} answers with a link to the type {_STORAGE}, which is a storage of Solid."
    yield _store(why, look.url, {"access": {"bearer": secret(name, "token")}})


def _store(why: str, url: str, granted: dict[str, object]) -> Draft:
    missing = [("prefix: seasonproof-", "The suite touches files whose names begin with this, and no others.")]
    return Draft("file_service", why, {"url": f"{url}/{{name}}", **granted, "absent": ["openapi"]}, missing)


def _documented(look: Look, name: str, collection: str | None) -> Iterator[Draft]:
    for place in ("", *OPENAPI):
        found = look.get(place)
        if "openapi" not in found.text[:100_000] and "swagger" not in found.text[:100_000]:
            continue
        if (document := parsed(found.url, found.text)) is None:
            continue
        if drafts := list(drafts_of_document(document, found.url, name, collection, access(look, name))):
            yield from drafts
            return
