"""Target files: which roles an implementation plays, where, and with which credentials.

A later role is one class derived from `RoleModel` and one field of `Target`.
"""

import hashlib
import json
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Self, get_args
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    PlainValidator,
    PrivateAttr,
    Tag,
    ValidationInfo,
    WithJsonSchema,
    model_validator,
)
from pydantic_core import PydanticCustomError

from conformance.documents import Document, Location, check, read
from conformance.redaction import Secret
from conformance.secrets_in_files import References, cannot_be_masked, stands_in_the_file

PUBLIC_FORM_FIELDS = frozenset(
    {"grant_type", "response_type", "client_id", "client_assertion_type", "scope", "audience", "resource", "username"}
    | {"redirect_uri", "token_type_hint", "requested_token_type", "subject_token_type", "actor_token_type", "format"}
)
"""Fields of a token request whose values are no secrets."""

NAME = "[a-z0-9][a-z0-9._-]{0,40}"


def _web_address(url: str) -> str:
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise ValueError("is no address; write one such as https://acme.my.salesforce.com") from None
    if parts.scheme not in {"http", "https"} or not host or re.search(r"[\s\x00-\x1f\x7f\\]", url):
        raise ValueError("must be an http or https address, such as https://acme.my.salesforce.com")
    if "@" in parts.netloc:
        raise ValueError("must not hold a user name or a password before the host")
    if "#" in url:
        raise ValueError("must not have a fragment (#…)")
    return url


def _base_address(url: str) -> str:
    if "?" in _web_address(url):
        raise ValueError("must not have a query (?…)")
    return url.rstrip("/")


def _absolute_path(path: str) -> str:
    if not path.startswith("/") or path.startswith(("//", "/\\")) or re.search(r"[\s\x00-\x1f\x7f]", path):
        raise ValueError("must be a path that begins with one /, without host and without spaces")
    return path


def _path_only(path: str) -> str:
    if {"?", "#"} & set(_absolute_path(path)):
        raise ValueError("must be a path without a query (?…) and without a fragment (#…)")
    return path


def _host_name(host: str) -> str:
    host = host.lower()
    if "://" in host or "/" in host:
        raise ValueError("must be a host name such as acme.my.site.com, without https:// and without a path")
    if re.fullmatch(r"[a-z0-9]([a-z0-9_.-]{0,251}[a-z0-9])?(:[0-9]{1,5})?", host) is None:
        raise ValueError("must be a host name such as acme.my.site.com")
    return host


def _cookie_name(name: str) -> str:
    if re.fullmatch(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", name) is None:
        raise ValueError("must be the name of a cookie, such as sid")
    return name


def _name(name: str) -> str:
    if re.fullmatch(NAME, name) is None:
        raise ValueError("must be lower-case letters, digits, dots, hyphens and underscores, at most 41")
    return name


def _number(value: object) -> object:
    if isinstance(value, bool):
        raise PydanticCustomError("number", "must be a number, not true or false")
    return value


def _existing_file(value: object, info: ValidationInfo) -> object:
    if isinstance(value, str) and value and isinstance(info.context, References):
        return info.context.path(value)
    return value


def _secret(value: object, info: ValidationInfo) -> Secret:
    name = info.field_name or "token"
    secret = _revealed(value, "token" if name.startswith("token") else name, info)
    if re.search(r"[^\x21-\x7e]", secret.reveal()):
        raise ValueError("the token has spaces, line breaks or letters in it that no token has")
    return secret


@dataclass(frozen=True, slots=True)
class _FormField:
    name: str
    value: object = field(repr=False)


def _with_names(form: object) -> object:
    return {name: _FormField(str(name), value) for name, value in form.items()} if isinstance(form, dict) else form


def _form_value(value: object, info: ValidationInfo) -> str | Secret:
    name, value = (value.name, value.value) if isinstance(value, _FormField) else ("secret", value)
    if value is None:
        raise PydanticCustomError("form", "has no value; give it one, or delete the line")
    if name in PUBLIC_FORM_FIELDS and not isinstance(value, str):
        raise PydanticCustomError("form", "must be text; put it in quotes")
    return str(value) if name in PUBLIC_FORM_FIELDS else _revealed(value, name, info)


def _revealed(value: object, kind: str, info: ValidationInfo) -> Secret:
    if isinstance(value, Secret):
        return value
    if not isinstance(value, str):
        raise PydanticCustomError("secret", "must be text that refers to a secret: ${NAME} or file:relative/path")
    return info.context.secret(value, kind) if isinstance(info.context, References) else Secret(value, kind)


def _form_of(source: object) -> str:
    return "<request>" if isinstance(source, dict | TokenRequest) else "<secret>"


type WebAddress = Annotated[str, AfterValidator(_web_address)]
type BaseAddress = Annotated[str, AfterValidator(_base_address)]
type UrlPath = Annotated[str, AfterValidator(_path_only)]
type Landing = Annotated[str, AfterValidator(_absolute_path)]
type Name = Annotated[str, AfterValidator(_name), Field(json_schema_extra={"pattern": f"^{NAME}$"})]
type Host = Annotated[str, AfterValidator(_host_name)]
type Cookie = Annotated[str, AfterValidator(_cookie_name)]
type File = Annotated[Path, BeforeValidator(_existing_file)]
Count = Annotated[int, BeforeValidator(_number)]
Quantity = Annotated[float, BeforeValidator(_number)]
type SecretText = Annotated[Secret, PlainValidator(_secret), WithJsonSchema({"type": "string"})]
type FormValue = Annotated[Secret | str, PlainValidator(_form_value), WithJsonSchema({"type": "string"})]


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class TokenRequest(_Model):
    """A form which is posted to a token endpoint; the answer's access_token is the token."""

    url: WebAddress = Field(description="The address of the token endpoint.")
    form: Annotated[dict[str, FormValue], BeforeValidator(_with_names)] = Field(
        min_length=1, description="The form's fields: ${NAME} and file:path for all but the public ones."
    )


type TokenSource = Annotated[
    Annotated[SecretText, Tag("<secret>")] | Annotated[TokenRequest, Tag("<request>")], Discriminator(_form_of)
]
"""A token by reference, or the request that fetches a new one."""


class RoleModel(_Model):
    """What a target file says about one role."""

    @property
    def address(self) -> str:
        """Where the role is reached, as an absolute URL."""
        raise NotImplementedError


class SingleAccess(RoleModel):
    """The single access endpoint of an org."""

    base_url: BaseAddress = Field(description="The org's own address.")
    path: UrlPath = Field(default="/services/oauth2/singleaccess", description="Where the endpoint is.")
    token: TokenSource = Field(description="A valid access token of a user with web access, or how to get one.")
    token_lifetime_seconds: Count = Field(
        default=7200, gt=0, le=31_622_400, description="How long a new token is valid."
    )
    expired_token: TokenSource | None = Field(default=None, description="A token past its lifetime.")
    foreign_token: TokenSource | None = Field(default=None, description="A valid token of another org.")
    token_without_web: TokenSource | None = Field(
        default=None, description="A valid token whose scopes do not include web."
    )
    revocation_url: WebAddress | None = Field(default=None, description="Where a token is revoked (RFC 7009).")
    hosts: tuple[Host, ...] = Field(default=(), description="Further hosts of the same org.")
    session_cookie: Cookie = Field(
        default="sid", description="The cookie whose setting means that somebody is logged in."
    )
    landing_path: Landing = Field(default="/lightning/page/home", description="A page of the org to land on.")
    logout_path: Landing = Field(
        default="/secur/logout.jsp", description="The page of the org that ends a web session."
    )

    @property
    def address(self) -> str:
        """The org's own address."""
        return self.base_url


class Capabilities(_Model):
    """What a target lets a run do beyond plain requests."""

    clock: WebAddress | None = Field(default=None, description="Where the target's test clock is moved.")
    disposable: bool = Field(default=False, description="Whether what cannot be undone may be done to it.")
    dialect: Name | None = Field(default=None, description="Whose documented deviations it shares.")


class Tls(_Model):
    """How connections are secured. Paths start at the target file's directory."""

    ca: File | None = Field(default=None, description="Certificates to trust in place of the system's, as PEM.")
    certificate: File | None = Field(default=None, description="The client's certificate, as PEM.")
    key: File | None = Field(default=None, description="The client's private key, as PEM.")
    verify: bool = Field(default=True, description="Whether the target's certificate is checked.")

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if self.key is not None and self.certificate is None:
            raise ValueError("a key without a certificate; give tls.certificate too")
        return self


class Limits(_Model):
    """The bounds of a run against the target."""

    connect_seconds: Quantity = Field(default=5.0, gt=0, le=60, description="The longest wait for a connection.")
    read_seconds: Quantity = Field(default=10.0, gt=0, le=300, description="The longest wait for the next bytes.")
    total_seconds: Quantity = Field(default=30.0, gt=0, le=600, description="The longest time for one exchange.")
    body_bytes: Count = Field(default=1_048_576, gt=0, le=104_857_600, description="The largest body of an answer.")
    redirects: Count = Field(default=5, ge=0, le=20, description="How many redirects in a row are followed.")
    requests_per_second: Quantity = Field(default=20.0, gt=0, le=100_000, description="The highest rate of requests.")
    requests: Count = Field(default=2_000, gt=0, le=10_000_000, description="How many requests one run may make.")
    retry_after_seconds: Quantity = Field(
        default=30.0, ge=0, le=3600, description="How long 429 and 503 are waited for in all."
    )

    def shared_by(self, processes: int) -> Self:
        """The bounds of one of several processes that run against the target together."""
        rate, budget = self.requests_per_second / processes, max(1, self.requests // processes)
        return self.model_copy(update={"requests_per_second": rate, "requests": budget})


class Target(_Model):
    """An implementation under test.

    Made by `load_target`, or for an embedded target by `Target.model_validate` from the same data.
    """

    name: Name = Field(default="target", description="What reports call it; the file's stem if left out.")
    single_access: SingleAccess | None = Field(default=None, description="The role of an org's single access endpoint.")
    capabilities: Capabilities = Field(default=Capabilities(), description="What the target lets a run do.")
    tls: Tls = Field(default=Tls(), description="How connections are secured.")
    proxy: WebAddress | None = Field(default=None, description="The address of the proxy to go through.")
    limits: Limits = Field(default=Limits(), description="The bounds of a run.")

    _source: str = PrivateAttr(default="")
    _warnings: tuple[str, ...] = PrivateAttr(default=())

    @property
    def source(self) -> str:
        """The path of the target file as it was given, empty for an embedded target."""
        return self._source

    @property
    def warnings(self) -> tuple[str, ...]:
        """What is unwise in the file, one line each, without the value of any secret."""
        return self._warnings

    @property
    def roles(self) -> frozenset[str]:
        """The roles which the target declares."""
        return frozenset(name for name in type(self).model_fields if isinstance(getattr(self, name), RoleModel))

    @property
    def digest(self) -> str:
        """SHA-256 in hex over everything but the secrets and the directories of files."""
        canonical = json.dumps(_plain(self), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return hashlib.sha256(canonical.encode()).hexdigest()


def role_names() -> tuple[str, ...]:
    """The roles which a target file can declare."""
    return tuple(name for name, info in Target.model_fields.items() if _is_a_role(info.annotation))


def load_target(path: str, environ: Mapping[str, str] | None = None) -> Target:
    """Load a target file.

    Args:
        path: where it is; messages call it so.
        environ: what `${NAME}` refers to; the process's environment if left out.

    Raises:
        UsageProblem: it cannot be read or has errors; all of them, and never the value of a secret.
    """
    document = read(path)
    references = References(Path(path).parent, os.environ if environ is None else environ)
    data = references.replaced(document.data)
    findings = references.findings
    if isinstance(data, dict):
        if "name" not in data:
            data["name"] = Path(path).stem.lower()
            if re.fullmatch(NAME, data["name"]) is None:
                data["name"] = "target"
                findings.append((("name",), "is missing, and the file's own name is not fit for one; add name: acme"))
        if not set(role_names()) & set(data):
            findings.append(((), f"declares no role, so nothing can be tested; add one of: {', '.join(role_names())}"))
    target = check(document, Target, data=data, known=findings, context=references)
    target._source = path
    target._warnings = tuple(_unwise(target, document))
    return target


# ------------------------------------------------------------------ details


def _is_a_role(annotation: object) -> bool:
    kinds = (annotation, *get_args(annotation))
    return any(isinstance(kind, type) and issubclass(kind, RoleModel) for kind in kinds)


def _unwise(target: Target, document: Document) -> Iterator[str]:
    for at, secret in _secrets(target, ()):
        raw: object = document.data
        for part in at:
            raw = raw.get(part) if isinstance(raw, dict) else None
        if stands_in_the_file(raw):
            variable = re.sub(r"[^A-Z0-9]+", "_", f"{target.name}_{at[-1]}".upper())
            yield document.problem(at, f"the secret stands in the file itself; write ${{{variable}}} or file:… instead")
        if cannot_be_masked(secret):
            yield document.problem(at, "the secret is so short that it cannot be masked in reports")
    for role in target.roles:
        base = urlsplit(str(getattr(getattr(target, role), "base_url", "")))
        if base.scheme == "http" and not _is_loopback(base.hostname or ""):
            yield document.problem(
                (role, "base_url"), "tokens are sent over http, so everybody on the way can read them"
            )
    if not target.tls.verify:
        yield document.problem(
            ("tls", "verify"), "the certificate is not checked, so anybody on the way can read the tokens"
        )


def _secrets(value: object, at: Location) -> Iterator[tuple[Location, Secret]]:
    if isinstance(value, Secret):
        yield at, value
    elif isinstance(value, BaseModel):
        for name in type(value).model_fields:
            yield from _secrets(getattr(value, name), (*at, name))
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield from _secrets(inner, (*at, str(name)))


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def _plain(value: object) -> object:
    if isinstance(value, BaseModel):
        return {name: _plain(getattr(value, name)) for name in type(value).model_fields}
    if isinstance(value, dict):
        return {name: _plain(inner) for name, inner in value.items()}
    if isinstance(value, tuple):
        return [_plain(inner) for inner in value]
    return "secret" if isinstance(value, Secret) else value.name if isinstance(value, Path) else value
