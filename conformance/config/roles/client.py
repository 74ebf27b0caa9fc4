"""The roles of a client: a program that calls an org, a token endpoint, a file service or a polled system."""

import re
import shlex
from importlib.util import find_spec
from typing import Annotated, ClassVar, Literal, Self

from pydantic import AfterValidator, Field, PrivateAttr, model_validator

from conformance.config.field_types import Quantity
from conformance.config.roles.client_features import FEATURES
from conformance.config.roles.client_trigger import HttpCall, Trigger, Words, spelled_right
from conformance.config.roles.feature import Feature
from conformance.config.roles.model import RoleModel

type ClientRole = Literal["api_client", "token_client", "rotation_client", "file_client", "polling_client"]

type CustomParameter = Literal["audience", "tenant", "X-Tenant", "X-Region", "api-version", "p"]
"""The names in SEASONPROOF_PARAMETERS."""

_HOST = re.compile(r"(?=.{1,253}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*")


def _variables(variables: dict[str, str]) -> dict[str, str]:
    spelled_right(variables.values())
    return variables


def _host(name: str) -> str:
    if not _HOST.fullmatch(name.lower()):
        raise ValueError("must be the name of a host alone, such as acme.my.salesforce.com")
    return name.lower()


type Reached = Literal["http", "https", "proxy"]


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

    command: Words | None = Field(
        default=None, description="How it is run once, as a list of words; no shell reads it."
    )
    start: Words | None = Field(
        default=None, description="In place of command, how a client that goes on running is started."
    )
    trigger: Trigger | None = Field(
        default=None, description="With start, what has the client act: a command as a list of words, or an HTTP call."
    )
    manual: bool = Field(default=False, description="In place of command, whether a person drives the client.")
    roles: tuple[ClientRole, ...] = Field(min_length=1, description="The roles that the client plays.")
    env: Annotated[dict[str, str], AfterValidator(_variables)] = Field(
        default={},
        description="Further environment variables; {org_url}, {client_id} and the like are replaced.",
    )
    timeout_seconds: Annotated[Quantity, Field(gt=0, le=3600)] | None = Field(
        default=None, description="The longest time for one run: 60 unless given, and 600 where a person drives it."
    )
    quiet_seconds: Annotated[Quantity, Field(ge=0, le=600)] | None = Field(
        default=None,
        description="With start or manual, how long a client has been silent that is done: 2 unless given, 20 where a "
        "person drives it, and 0 where the trigger ends after the work.",
    )
    parameters: tuple[CustomParameter, ...] = Field(
        default=(),
        description="The custom parameters of token requests that it is asked to send; without it, those that it sends "
        "are judged.",
    )
    reaches: Reached = Field(
        default="http",
        description="How it reaches the suite: by http, by https with a certificate authority of the run, or through a "
        "proxy that leads the hosts to it.",
    )
    hosts: tuple[Annotated[str, AfterValidator(_host)], ...] = Field(
        default=(),
        description="With reaches: proxy, the hosts to which the client has fixed https addresses, its org first.",
    )

    _folder: str = PrivateAttr(default=".")
    _capture: str = PrivateAttr(default="")

    @model_validator(mode="after")
    def _is_run(self) -> Self:
        ways = {"command": self.command, "start": self.start, "manual: true": self.manual}
        named = [way for way, given in ways.items() if given]
        if not named:
            raise ValueError(
                "says nothing of how it is run; add such as command: [python, app.py], or start and trigger"
            )
        if len(named) > 1:
            raise ValueError(f"has {' and '.join(named)}; leave one of them")
        if (self.start is None) != (self.trigger is None):
            raise ValueError("needs both start and trigger: what starts it, and what has it act")
        if self.quiet_seconds is not None and self.command:
            raise ValueError("has quiet_seconds, which say nothing of a command that ends; leave them out")
        return self

    @model_validator(mode="after")
    def _is_led(self) -> Self:
        if self.reaches != "proxy":
            if self.hosts:
                raise ValueError("has hosts, to which a proxy alone can lead; add reaches: proxy")
            return self
        if not self.hosts:
            raise ValueError("has reaches: proxy and no hosts; add such as hosts: [acme.my.salesforce.com]")
        if find_spec("mitmproxy") is None:
            raise ValueError("has reaches: proxy, which needs mitmproxy, an extra: pip install 'seasonproof[proxy]'")
        return self

    @property
    def limit(self) -> float:
        """The longest time for one run, in seconds."""
        return self.timeout_seconds or (600.0 if self.manual else 60.0)

    @property
    def quiet(self) -> float:
        """How long a client that goes on running has been silent when it is done, in seconds."""
        return self.quiet_seconds if self.quiet_seconds is not None else (20.0 if self.manual else 2.0)

    @property
    def told(self) -> str:
        """How it is run, in one phrase."""
        if self.manual:
            return "a person"
        if self.trigger is None:
            return shlex.join(self.command or ())
        how = self.trigger.url if isinstance(self.trigger, HttpCall) else shlex.join(self.trigger)
        return f"{shlex.join(self.start or ())}, triggered by {how}"

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
