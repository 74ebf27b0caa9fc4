"""What a target file says is absent, and the reference has after all: the claim fails, and the message names it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml
from starlette.requests import Request
from starlette.responses import JSONResponse

from conformance.config.profile import load_profile
from conformance.config.target import role_model, role_names
from conformance.judging.verdict import ExitCode
from conformance.reference.app import describe, reference_app
from conformance.reference.business_system import BusinessSystem
from conformance.reference.known_clients import API_AUDIENCE
from conformance.reference.server import Server
from conformance.reference.token_endpoint import TokenEndpoint
from conformance.rules.outcome import Outcome
from conformance.suites.family import families
from tests.suite import Result, run_suite


@dataclass(frozen=True)
class Liar:
    """A target file that denies what the reference has.

    Attributes:
        name: the target's name.
        role: the one role that it declares.
        claims: what it denies, each with a requirement that needs it, and with what is seen.
        without: the lines of the reference's own file that it leaves out.
        lines: the lines that it adds; told where the reference is served.
        capabilities: what it adds to the capabilities.
    """

    name: str
    role: str
    claims: Mapping[str, tuple[str, str]]
    without: tuple[str, ...] = ()
    lines: Callable[[str], dict[str, Any]] = lambda _: {}
    capabilities: Mapping[str, Any] = field(default_factory=dict)

    def file(self, base_url: str) -> str:
        """The target file."""
        if self.role == "client":
            return yaml.safe_dump({"name": self.name, "client": {**self.lines(base_url), "absent": list(self.claims)}})
        whole: dict[str, Any] = describe(base_url, self.name)
        role = {key: value for key, value in whole[self.role].items() if key not in self.without}
        kept = {key: whole[key] for key in ("name", "limits")}
        capabilities = {"disposable": True} | dict(self.capabilities)
        claimed = {self.role: role | self.lines(base_url) | {"absent": list(self.claims)}}
        return yaml.safe_dump(kept | {"capabilities": capabilities} | claimed)


WITH_AN_AUDIENCE = {
    "header": {"X-Tenant": "acme"},
    "query": {"api-version": "2026-01"},
    "body": {"audience": API_AUDIENCE},
}
"""Lets the reference issue tokens to a client that does not know of audiences."""


def token_with_an_end(base_url: str) -> dict[str, Any]:
    """How the reference is asked for a token whose answer says when it ends. The one of a refresh does not."""
    found: dict[str, Any] = describe(base_url)
    form = {k: v for k, v in found["single_access"]["token_without_web"]["form"].items() if k != "scope"}
    return {"url": found["single_access"]["token_without_web"]["url"], "form": form}


def program(module: str, role: str) -> Callable[[str], dict[str, Any]]:
    """How a reference client is started."""
    command = [sys.executable, "-m", f"conformance.reference.clients.{module}"]
    return lambda _: {"command": command, "roles": [role]}


LIARS = (
    Liar(
        "org",
        "single_access",
        {
            "revocation": ("SAB-19", "/services/oauth2/revoke is answered"),
            "expiry": ("SAB-18", "the token answer has expires_in"),
            "scopes": ("SAB-12", "the token answer has a scope"),
        },
        without=("revocation_url", "expired_token", "token_without_web"),
        lines=lambda base_url: {"token": token_with_an_end(base_url)},
    ),
    Liar(
        "undescribed",
        "token_endpoint",
        {"metadata": ("CCS-31", "describes this token endpoint")},
        without=("issuer",),
    ),
    Liar(
        "described",
        "token_endpoint",
        {
            "assertions": ("CCS-79", "names private_key_jwt"),
            "introspection": ("CCS-51", "names introspection_endpoint"),
            "revocation": ("CCS-55", "names revocation_endpoint"),
            "scopes": ("CCS-36", "the token answer has a scope"),
            "protected_resource": ("CCS-47", "names protected_resources"),
            "required_audience": ("CCS-40", "a request without audience is answered 400"),
            "jwt_access_tokens": ("CCS-50", "the access token is a JWT"),
        },
        without=(
            "scopes",
            "refused_scopes",
            "audience_required",
            "resource_url",
            "other_resource_url",
            "second_client",
            *("further_methods", "private_key", "key_id", "signing_algorithm"),
        ),
    ),
    Liar(
        "without-audiences",
        "token_endpoint",
        {"audiences": ("CCS-38", "the access token has an aud")},
        without=("audience", "audience_parameter", "audience_required"),
        lines=lambda _: {"parameters": WITH_AN_AUDIENCE},
    ),
    Liar(
        "of-one-audience",
        "token_endpoint",
        {"audience_parameter": ("CCS-39", "an unknown audience is refused as invalid_target")},
        without=("audience_parameter", "audience_required"),
        lines=lambda _: {"parameters": WITH_AN_AUDIENCE},
    ),
    Liar(
        "salesforce",
        "token_endpoint",
        {
            "second_client": ("CCS-56", "names registration_endpoint"),
            "login_host": ("CCS-57", "the target has the dialect salesforce"),
            "run_as_user": ("CCS-58", "the target has the dialect salesforce"),
        },
        without=("second_client", "login_url", "client_without_user"),
        capabilities={"dialect": "salesforce"},
    ),
    Liar(
        "apps",
        "staged_credentials",
        {
            "other_apps": ("STG-41", "the org lists another app"),
            "entity_tags": ("STG-31", "a staged credential has an ETag"),
        },
    ),
    Liar(
        "files",
        "file_service",
        {
            "read_credentials": ("BIN-32", "GET without credentials is answered 401"),
            "deletion": ("BIN-25", "DELETE is answered 204, and the file is gone"),
            "entity_tags": ("BIN-15", "a download has ETag"),
            "modification_dates": ("BIN-50", "a download has Last-Modified"),
            "text_types": ("BIN-51", "a text that is put as text/plain; charset=iso-8859-1 comes back so"),
            "content_disposition": ("BIN-20", "a download has Content-Disposition"),
            "refused_media_type": ("BIN-06", "is answered 415"),
            "further_media_types": ("BIN-11", "a file of the type text/plain comes back as text/plain"),
        },
        without=("refused_media_type", "media_types"),
        lines=lambda _: {"operations": {"upload": "uploadFile", "download": "downloadFile", "create": "createFile"}},
    ),
    Liar(
        "undocumented-files",
        "file_service",
        {"openapi": ("BIN-05", "/openapi.json"), "credentials": ("BIN-31", "is answered 401")},
        without=("spec", "base_url", "operations", "access"),
        lines=lambda base_url: {"url": f"{base_url}/files/{{name}}"},
    ),
    Liar(
        "records",
        "business_system",
        {
            "read_credentials": ("CON-01", "reading a record without credentials is answered 401"),
            "deletion": ("ACT-02", "the record is gone"),
            "locks": ("ACT-10", "is answered 412"),
            "idempotency_keys": ("ACT-09", "made one record"),
            "refusals": ("ACT-07", "of another type is answered 422"),
            "times": ("POL-08", "$.modified"),
        },
        without=("delete", "undelete", "lock", "idempotency_header", "modified", "poll"),
    ),
    Liar(
        "constant-records",
        "business_system",
        {"updates": ("ACT-07", "the record has changed")},
        without=("update", "lock"),
    ),
    Liar(
        "open-records",
        "business_system",
        {"credentials": ("CON-04", "is answered 401")},
        without=("access", "without_permission", "without_access"),
    ),
    Liar(
        "api-client",
        "client",
        {
            "single_access": ("TIU-03", "the client called "),
            "renewal": ("TIU-15", "the client called "),
            "revocation": ("TIU-06", "the client called "),
        },
        lines=program("api", "api_client"),
    ),
    Liar(
        "token-client",
        "client",
        {"parameters": ("CCC-01", "the client called ")},
        lines=program("token", "token_client"),
    ),
    Liar(
        "rotation-client",
        "client",
        {"former_pair_deletion": ("ROC-01", "the client called ")},
        lines=program("rotation", "rotation_client"),
    ),
    Liar(
        "file-client",
        "client",
        {"downloads": ("FIC-01", "the client called ")},
        lines=program("files", "file_client"),
    ),
)

CLAIMS = [pytest.param(liar, claim, id=f"{liar.role}.{claim}") for liar in LIARS for claim in liar.claims]

_OF_ITS_OWN = "the system names it as it likes, so nothing tells where to look"
_KNOWN_TO_THE_OWNER = "only its owner can show it"
BELIEVED = {
    "single_access": {"other_orgs": _KNOWN_TO_THE_OWNER},
    "token_endpoint": {
        "client_secret": _KNOWN_TO_THE_OWNER,
        "reserved_characters": _KNOWN_TO_THE_OWNER,
        "custom_parameters": _OF_ITS_OWN,
        "other_resource": _KNOWN_TO_THE_OWNER,
        "user_token": _KNOWN_TO_THE_OWNER,
    },
    "staged_credentials": {"other_orgs": _KNOWN_TO_THE_OWNER},
    "file_service": {
        "posted_files": _OF_ITS_OWN,
        "size_limit": "a limit may be larger than any file that was tried",
    },
    "business_system": {
        "bulk_creation": "only the target file knows where several records are created at once",
        "renewed_credentials": "a token looks alike whether it ends or not",
        **dict.fromkeys(("permissions", "access_control", "former_tokens", "rate_limits"), _KNOWN_TO_THE_OWNER),
        **dict.fromkeys(("metadata", "required_fields_in_metadata"), _OF_ITS_OWN),
        **dict.fromkeys(("rules_of_fields", "types_of_fields", "strings", "texts", "integers"), _OF_ITS_OWN),
        **dict.fromkeys(("decimals", "booleans", "dates", "datetimes", "enumerations"), _OF_ITS_OWN),
        **dict.fromkeys(
            ("times_of_day", "multi_enumerations", "formatted_texts", "lookups", "structures"), _OF_ITS_OWN
        ),
        **dict.fromkeys(("optional_values", "undeletion", "upserts", "details_in_metadata"), _OF_ITS_OWN),
        "ties": "times that differ today may be the same tomorrow",
        **dict.fromkeys(("limited_texts", "nullable_texts", "ranges"), _OF_ITS_OWN),
        **dict.fromkeys(("polling", "windows", "page_sizes", "deleted_records", "transactions"), _OF_ITS_OWN),
    },
}
"""What nothing can disprove, by role, with the reason."""


class Advertising(TokenEndpoint):
    """The reference with metadata that name two things more."""

    def metadata_members(self, request: Request) -> dict[str, object]:
        """RFC 7591 and RFC 9728 have them."""
        base = str(request.base_url)
        further = {"registration_endpoint": f"{base}register", "protected_resources": [f"{base}services/data"]}
        return super().metadata_members(request) | further


@pytest.fixture(scope="module")
def denied(tmp_path_factory: pytest.TempPathFactory) -> Result:
    """One run against all of them, with the requirements of their claims alone."""
    folder = tmp_path_factory.mktemp("false-claims")
    options = {f"--require={requirement}" for liar in LIARS for requirement, _ in liar.claims.values()}
    with Server() as server:
        app = reference_app(Advertising)
        app.mount("/openapi.json", JSONResponse({"openapi": "3.0.3", "info": {"title": "Files"}, "paths": {}}))
        base_url = server.serve(app)
        for liar in LIARS:
            path = folder / f"{liar.name}.yaml"
            path.write_text(liar.file(base_url), "utf-8")
            options.add(f"--target={path}")
        return run_suite(folder, *sorted(options), "--depth=quick", "--allow-destructive", "-qq")


@pytest.mark.parametrize(("liar", "claim"), CLAIMS)
def test_a_false_claim_fails_and_says_what_was_seen(denied: Result, liar: Liar, claim: str) -> None:
    requirement, seen = liar.claims[claim]
    messages = denied.messages.get((liar.name, requirement), [])

    assert denied.outcomes[liar.name][requirement] is Outcome.FAILED, messages
    assert any(f"{liar.role}.absent: {claim} says that there is no " in one and seen in one for one in messages)


class TakesEachNewRecord(BusinessSystem):
    """Refuses wrong values in updates alone."""

    def valid(self, fields: dict[str, object], *, is_new: bool) -> dict[str, object]:
        """A new record as it comes."""
        return dict(fields) if is_new else super().valid(fields, is_new=is_new)


def test_refusals_are_seen_in_updates_too(tmp_path: Path) -> None:
    liar = Liar("records", "business_system", {"refusals": ("ACT-07", "")})
    with Server() as server:
        (tmp_path / "records.yaml").write_text(liar.file(server.serve(reference_app(TakesEachNewRecord))), "utf-8")
        result = run_suite(tmp_path, "--target=records.yaml", "--require=ACT-07", "--depth=quick", "-qq")
    [message] = result.messages["records", "ACT-07"]
    assert "refusals says that there is no refusal of a wrong value, but an update with " in message
    assert message.endswith("of another type is answered 422")


def test_the_run_fails(denied: Result) -> None:
    """Each target by itself."""
    assert denied.status == ExitCode.NOT_CONFORMANT
    assert denied.output.count(": not conformant with winter26") == len(LIARS), denied.output


def test_a_claim_is_looked_into_or_there_is_a_reason_why_not() -> None:
    """And each look is tried here."""
    tried = {(liar.role, claim) for liar in LIARS for claim in liar.claims}
    probes = {(family.role.name, name) for family in families() for name in family.probes}
    optional = {(role, one.name) for role in role_names() for one in role_model(role).features if one.optional}

    assert tried == probes
    assert optional - probes == {(role, name) for role, reasons in BELIEVED.items() for name in reasons}


@pytest.mark.parametrize("liar", LIARS, ids=lambda liar: liar.name)
def test_each_claim_is_about_a_requirement_that_needs_it(liar: Liar) -> None:
    """So a run of that requirement alone looks into it."""
    profile, model = load_profile("winter26", of_clients=True), role_model(liar.role)
    for claim, (identifier, _) in liar.claims.items():
        requirement = profile.requirement(identifier)
        assert requirement.role in (liar.role, *model.played)
        assert any(claim in (name, model.feature(name).part_of) for name in requirement.needs)
