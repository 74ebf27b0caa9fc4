"""How whoever calls a role proves who it is."""

from typing import Self

from pydantic import Field, model_validator

from conformance.config.field_types import Credential, FileModel, HeaderName, Password
from conformance.config.roles.tokens import TokenSource


class Basic(FileModel):
    """A user and a password (RFC 7617)."""

    user: str = Field(min_length=1, pattern="^[^:]*$", description="The user's name.")
    password: Password = Field(description='The password, by reference; "" where it is empty.')


class ApiKey(FileModel):
    """A key in a header."""

    header: HeaderName = Field(default="X-Api-Key", description="The name of the header.")
    value: Credential = Field(description="The key, by reference.")


class Access(FileModel):
    """The credentials of a caller: of one kind, or with a key beside it. Without any, requests are anonymous."""

    bearer: TokenSource | None = Field(default=None, description="An access token, or how to get one.")
    basic: Basic | None = Field(default=None, description="A user and a password.")
    api_key: ApiKey | None = Field(default=None, description="A key in a header, alone or beside another credential.")
    token_endpoint: bool = Field(
        default=False, description="Whether the tokens come from this target's own token_endpoint."
    )

    @property
    def is_anonymous(self) -> bool:
        """Whether nothing proves who calls."""
        return not (self.bearer or self.basic or self.api_key or self.token_endpoint)

    @model_validator(mode="after")
    def _is_of_one_kind(self) -> Self:
        given = [name for name in type(self).model_fields if getattr(self, name) and name != "api_key"]
        if self.api_key is not None and given and self.api_key.header.lower() == "authorization":
            raise ValueError(f"has {given[0]} and api_key in the same header, Authorization; keep one of them")
        if len(given) > 1:
            raise ValueError(f"has {' and '.join(given)}; keep one of them")
        return self
