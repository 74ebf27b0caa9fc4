"""The roles of a client: a program that calls an org, a token endpoint, a file service or a polled system."""

from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, PrivateAttr

from conformance.config.field_types import Quantity
from conformance.config.roles.client_features import FEATURES
from conformance.config.roles.feature import Feature
from conformance.config.roles.model import RoleModel

type ClientRole = Literal["api_client", "token_client", "rotation_client", "file_client", "polling_client"]

type Words = Annotated[tuple[str, ...], Field(min_length=1)]


class Client(RoleModel):
    """A client under test. The suite is its counterpart: it starts the client and judges what the client does."""

    name: ClassVar[str] = "client"
    creates: ClassVar[str] = "tokens"
    example: ClassVar[str] = "{command: [python, app.py], roles: [api_client]}"
    features: ClassVar[tuple[Feature, ...]] = FEATURES
    played: ClassVar[tuple[str, ...]] = (
        "api_client",
        "token_client",
        "rotation_client",
        "file_client",
        "polling_client",
    )

    command: Words = Field(description="How it is run once, as a list of words; no shell reads it.")
    roles: tuple[ClientRole, ...] = Field(min_length=1, description="The roles that the client plays.")
    env: dict[str, str] = Field(
        default={},
        description="Further environment variables; {org_url}, {client_id} and the like are replaced.",
    )
    timeout_seconds: Quantity = Field(default=60.0, gt=0, le=3600, description="The longest time for one run.")
    reaches: Literal["http", "https"] = Field(
        default="http",
        description="How it reaches the suite: by http, or by https with a certificate authority of the run.",
    )

    _folder: str = PrivateAttr(default=".")
    _capture: str = PrivateAttr(default="")

    @property
    def plays(self) -> tuple[str, ...]:
        """The roles that the file declares by this."""
        return self.roles

    @property
    def address(self) -> str:
        """Nothing: a client is started, and calls."""
        return ""

    @property
    def addresses(self) -> tuple[str, ...]:
        """None: a client is started, and calls the suite."""
        return ()

    @property
    def capture(self) -> str:
        """The file that holds its traffic; empty for a client that is started."""
        return self._capture

    def captured_in(self, path: str) -> Self:
        """The same client, of which a capture tells in place of a command."""
        copied = self.model_copy()
        copied._capture = path
        return copied

    @property
    def folder(self) -> str:
        """The folder in which the client is started."""
        return self._folder

    def started_in(self, folder: str) -> Self:
        """The same client, started in a folder."""
        copied = self.model_copy()
        copied._folder = folder
        return copied
