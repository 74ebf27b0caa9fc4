"""The roles of a client: a program that calls an org, a token endpoint, a file service or a polled system."""

import re
from collections.abc import Iterable
from difflib import get_close_matches
from importlib.util import find_spec
from typing import Annotated, ClassVar, Literal, Self

from pydantic import AfterValidator, Field, PrivateAttr, model_validator

from conformance.config.field_types import Quantity
from conformance.config.roles.client_features import FEATURES
from conformance.config.roles.feature import Feature
from conformance.config.roles.model import RoleModel

type ClientRole = Literal["api_client", "token_client", "rotation_client", "file_client", "polling_client"]


PLACEHOLDERS = (
    *("org_url", "token_url", "api_url", "api_version", "client_id", "client_secret", "refresh_token", "access_token"),
    *("client_authentication", "parameters", "state_dir", "store_file", "files_url", "upload_file", "download_url"),
    *("download_file", "feed_url", "sink_url", "app", "app_id", "consumer", "consumer_id", "delete_former", "ca_file"),
)
"""What stands in braces for a value of the run: the documented variables, without their prefix and in lower case."""

_IN_BRACES = re.compile(r"\{([a-z][a-z_]{4,})\}")
_HOST = re.compile(r"(?=.{1,253}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*")


def _spelled_right(texts: Iterable[str]) -> None:
    """Refuse a word in braces that is almost a known name; others are the command's own."""
    for name in (found[1] for text in texts for found in _IN_BRACES.finditer(text)):
        if name not in PLACEHOLDERS and (near := get_close_matches(name, PLACEHOLDERS, n=1, cutoff=0.85)):
            known = ", ".join(PLACEHOLDERS)
            raise ValueError(f"{{{name}}} stands for nothing; did you mean {{{near[0]}}}? Known: {known}")


def _words(words: tuple[str, ...]) -> tuple[str, ...]:
    _spelled_right(words)
    return words


def _variables(variables: dict[str, str]) -> dict[str, str]:
    _spelled_right(variables.values())
    return variables


def _host(name: str) -> str:
    if not _HOST.fullmatch(name.lower()):
        raise ValueError("must be the name of a host alone, such as acme.my.salesforce.com")
    return name.lower()


type Words = Annotated[tuple[str, ...], Field(min_length=1), AfterValidator(_words)]
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

    command: Words = Field(description="How it is run once, as a list of words; no shell reads it.")
    roles: tuple[ClientRole, ...] = Field(min_length=1, description="The roles that the client plays.")
    env: Annotated[dict[str, str], AfterValidator(_variables)] = Field(
        default={},
        description="Further environment variables; {org_url}, {client_id} and the like are replaced.",
    )
    timeout_seconds: Quantity = Field(default=60.0, gt=0, le=3600, description="The longest time for one run.")
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
    def folder(self) -> str:
        """The folder in which the client is started."""
        return self._folder

    def started_in(self, folder: str) -> Self:
        """The same client, started in a folder."""
        copied = self.model_copy()
        copied._folder = folder
        return copied
