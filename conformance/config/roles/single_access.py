"""The role of an org's single access endpoint."""

from typing import ClassVar

from pydantic import Field

from conformance.config.field_types import BaseAddress, Cookie, Count, Host, Landing, UrlPath, WebAddress
from conformance.config.roles.access import Access
from conformance.config.roles.feature import Feature
from conformance.config.roles.model import RoleModel
from conformance.config.roles.single_access_features import FEATURES
from conformance.config.roles.tokens import TokenSource


class SingleAccess(RoleModel):
    """The single access endpoint of an org."""

    name: ClassVar[str] = "single_access"
    creates: ClassVar[str] = "sessions"
    features: ClassVar[tuple[Feature, ...]] = FEATURES

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

    @property
    def credentials(self) -> Access:
        """The valid token."""
        return Access(bearer=self.token)
