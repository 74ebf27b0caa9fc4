"""The roles that a target can play, as its file describes them: one class derived from `RoleModel` for each."""

from typing import Annotated, ClassVar, Literal, Self

from pydantic import BeforeValidator, Discriminator, Field, Tag, model_validator

from conformance.fields import (
    BaseAddress,
    Cookie,
    Count,
    Credential,
    FileModel,
    FormValue,
    Host,
    Landing,
    Parameter,
    SecretText,
    Stem,
    UrlPath,
    WebAddress,
    with_names,
)
from conformance.providers import with_preset


def _form_of(source: object) -> str:
    return "<request>" if isinstance(source, dict | TokenRequest) else "<secret>"


class TokenRequest(FileModel):
    """A form which is posted to a token endpoint; the answer's access_token is the token."""

    url: WebAddress = Field(description="The address of the token endpoint.")
    form: Annotated[dict[str, FormValue], BeforeValidator(with_names)] = Field(
        min_length=1, description="The form's fields: ${NAME} and file:path for all but the public ones."
    )


type TokenSource = Annotated[
    Annotated[SecretText, Tag("<secret>")] | Annotated[TokenRequest, Tag("<request>")], Discriminator(_form_of)
]
"""A token by reference, or the request that fetches a new one."""


class RoleModel(FileModel):
    """What a target file says about one role.

    Attributes:
        example: the least that a target file says about it, on one line.
    """

    example: ClassVar[str] = "{base_url: https://…, token: ${TOKEN}}"

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


type Authentication = Literal["client_secret_basic", "client_secret_post", "private_key_jwt", "client_secret_jwt"]
"""How a client proves who it is, by the names of the metadata (RFC 8414; OpenID Connect Core, section 9)."""


class ClientPair(FileModel):
    """A client and its secret."""

    client_id: str = Field(min_length=1, description="The client's id.")
    client_secret: Credential = Field(description="Its secret, by reference.")


class CustomParameters(FileModel):
    """What every token request carries besides the standard parameters, by place, as in an identity provider record."""

    body: dict[str, Parameter] = Field(default={}, description="In the form.")
    header: dict[str, Parameter] = Field(default={}, description="As HTTP headers.")
    query: dict[str, Parameter] = Field(default={}, description="In the query of the token address.")
    required: bool = Field(default=False, description="Whether a request that lacks one in its place is refused.")


class TokenEndpoint(RoleModel):
    """The token endpoint of an authorization server, for the client credentials grant."""

    example: ClassVar[str] = "{url: https://…, client_id: …, client_secret: ${CLIENT_SECRET}}"

    provider: Stem | None = Field(default=None, description="A preset of profiles/providers, such as auth0.")
    tenant: str | None = Field(default=None, min_length=1, description="What the preset puts into its addresses.")
    url: WebAddress | None = Field(default=None, description="The token endpoint; found by the issuer if left out.")
    issuer: WebAddress | None = Field(
        default=None, description="The issuer, whose metadata is read (RFC 8414, OpenID Connect Discovery)."
    )
    client_id: str = Field(min_length=1, description="The client's id.")
    client_secret: Credential | None = Field(default=None, description="The client's secret, by reference.")
    authentication: Authentication = Field(
        default="client_secret_basic", description="How the client proves who it is."
    )
    further_methods: tuple[Authentication, ...] = Field(
        default=(), description="Other ways that the same client may use."
    )
    private_key: Credential | None = Field(default=None, description="The client's private key, as PEM or JWK.")
    key_id: str | None = Field(default=None, description="The kid of the client's key.")
    signing_algorithm: Literal["RS256", "PS256", "ES256"] = Field(
        default="RS256", description="What the client signs its assertions with."
    )
    assertion_audience: str | None = Field(
        default=None, description="The aud of assertions; the token endpoint's address if left out."
    )
    scopes: tuple[str, ...] = Field(default=(), description="The scopes that are asked for, and granted.")
    refused_scopes: tuple[str, ...] = Field(default=(), description="Scopes that the client is not given.")
    audience: str | None = Field(default=None, min_length=1, description="Whom the token is meant for.")
    audience_parameter: Literal["audience", "resource"] | None = Field(
        default=None, description="The parameter that chooses the audience; none where the server decides by itself."
    )
    audience_required: bool = Field(default=False, description="Whether a request without an audience is refused.")
    parameters: CustomParameters = Field(default=CustomParameters(), description="Custom parameters by place.")
    resource_url: WebAddress | None = Field(default=None, description="A protected resource that proves the token.")
    other_resource_url: WebAddress | None = Field(default=None, description="One that is meant for another audience.")
    introspection_url: WebAddress | None = Field(default=None, description="Where tokens are looked up (RFC 7662).")
    revocation_url: WebAddress | None = Field(default=None, description="Where tokens are revoked (RFC 7009).")
    jwks_url: WebAddress | None = Field(default=None, description="Where the keys of JWT access tokens are published.")
    second_client: ClientPair | None = Field(
        default=None, description="Another client, best with reserved characters in id and secret."
    )
    client_without_user: ClientPair | None = Field(
        default=None, description="Salesforce: a client for whose app no run-as user is set."
    )
    login_url: WebAddress | None = Field(
        default=None, description="Salesforce: the token endpoint of the general login host."
    )

    @model_validator(mode="before")
    @classmethod
    def _expand(cls, data: object) -> object:
        return with_preset(data)

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if self.url is None and self.issuer is None:
            raise ValueError("needs the address of the token endpoint: give url, issuer, or a provider with its tenant")
        for method in self.methods:
            if method == "private_key_jwt" and self.private_key is None:
                raise ValueError("private_key_jwt needs a private_key: file:key.pem")
            if method != "private_key_jwt" and self.client_secret is None:
                raise ValueError(f"{method} needs a client_secret: ${{CLIENT_SECRET}}")
        return self

    @property
    def methods(self) -> tuple[Authentication, ...]:
        """All ways by which the client may prove who it is, the usual one first."""
        return tuple(dict.fromkeys((self.authentication, *self.further_methods)))

    @property
    def address(self) -> str:
        """The token endpoint, or the issuer where only that is known."""
        return self.url or self.issuer or ""
