"""The role of an authorization server's token endpoint, for the client credentials grant."""

from typing import ClassVar, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from conformance.config.field_types import Credential, File, FileModel, HeaderName, Parameter, Stem, WebAddress
from conformance.config.presets import with_preset
from conformance.config.roles.feature import Feature
from conformance.config.roles.model import RoleModel
from conformance.config.roles.token_endpoint_features import FEATURES

type Authentication = Literal["client_secret_basic", "client_secret_post", "private_key_jwt", "client_secret_jwt"]
"""How a client proves who it is, by the names of the metadata (RFC 8414; OpenID Connect Core, section 9)."""


_OTHER_NAMES = {
    "base_url": "issuer, if it is the address of the server, or url, if it is that of the token endpoint",
    "token_url": "url, the address of the token endpoint",
    "issuer_url": "issuer",
}
"""What people write for `url` and `issuer`, and what to write in its place."""


class ClientPair(FileModel):
    """A client and its secret."""

    client_id: str = Field(min_length=1, description="The client's id.")
    client_secret: Credential = Field(description="Its secret, by reference.")


class SecondClient(ClientPair):
    """Another client, which may prove itself in a way of its own."""

    authentication: Literal["client_secret_basic", "client_secret_post"] | None = Field(
        default=None, description="How it sends its secret; as the first client does if left out."
    )


class CustomParameters(FileModel):
    """What every token request carries besides the standard parameters, by place, as in an identity provider record."""

    body: dict[str, Parameter] = Field(default={}, description="In the form.")
    header: dict[str, Parameter] = Field(default={}, description="As HTTP headers.")
    query: dict[str, Parameter] = Field(default={}, description="In the query of the token address.")
    required: bool = Field(default=False, description="Whether a request that lacks one in its place is refused.")


class TokenEndpoint(RoleModel):
    """The token endpoint of an authorization server, for the client credentials grant."""

    name: ClassVar[str] = "token_endpoint"
    features: ClassVar[tuple[Feature, ...]] = FEATURES
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
    certificate: File | None = Field(
        default=None, description="The certificate of the key, as PEM; assertions name its thumbprint (x5t#S256)."
    )
    signing_algorithm: Literal["RS256", "PS256", "ES256"] = Field(
        default="RS256", description="What the client signs its assertions with."
    )
    assertion_audience: str | None = Field(
        default=None, description="The aud of assertions; the token endpoint's address if left out."
    )
    scopes: tuple[str, ...] = Field(default=(), description="The scopes that are asked for, and granted.")
    refused_scopes: tuple[str, ...] = Field(default=(), description="Scopes that the client is not given.")
    audience: str | None = Field(default=None, min_length=1, description="Whom the token is meant for.")
    audience_parameter: str | None = Field(
        default=None,
        min_length=1,
        description="The parameter that chooses the audience; none where the server decides by itself.",
    )
    audience_required: bool = Field(default=False, description="Whether a request without an audience is refused.")
    parameters: CustomParameters = Field(default=CustomParameters(), description="Custom parameters by place.")
    resource_url: WebAddress | None = Field(default=None, description="A protected resource that proves the token.")
    resource_header: HeaderName = Field(
        default="Authorization",
        description="The header in which resources take the token: after Bearer in Authorization, else alone.",
    )
    other_resource_url: WebAddress | None = Field(default=None, description="One that is meant for another audience.")
    introspection_url: WebAddress | None = Field(default=None, description="Where tokens are looked up (RFC 7662).")
    introspection_client: SecondClient | None = Field(
        default=None, description="The client that looks tokens up, where client_id may not look up its own."
    )
    revocation_url: WebAddress | None = Field(default=None, description="Where tokens are revoked (RFC 7009).")
    jwks_url: WebAddress | None = Field(default=None, description="Where the keys of JWT access tokens are published.")
    second_client: SecondClient | None = Field(
        default=None, description="Another client, best with reserved characters in id and secret."
    )
    user_token: Credential | None = Field(
        default=None, description="An access token of a user, which the run revokes: a new one for each run."
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
        for written, meant in _OTHER_NAMES.items():
            if isinstance(data, dict) and written in data:
                raise PydanticCustomError("name", "{written}: write {meant}", {"written": written, "meant": meant})
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
