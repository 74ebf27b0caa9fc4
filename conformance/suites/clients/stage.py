"""Where a client runs once: an org of its own, another origin, a folder, and the variables that tell it all of this."""

from __future__ import annotations

import atexit
import json
import secrets
import ssl
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol

from conformance.redaction import VAULT, Vault
from conformance.reference.counterpart.org import CounterpartOrg
from conformance.reference.counterpart.world import World, answers
from conformance.reference.server import Server, other_host
from conformance.suites.clients import authority
from conformance.suites.clients.pairs import Consumers
from conformance.suites.clients.parameters import PARAMETERS
from conformance.suites.clients.placeholders import PREFIX

if TYPE_CHECKING:
    from conformance.http.exchange import Exchange
    from conformance.reference.apps import Pair
    from conformance.reference.counterpart.world import Fault
    from conformance.rules.clients.token_requests import Places
    from conformance.suites.clients.program import Interrupt

type Certificate = Literal["none", "trusted", "strange", "misnamed"]
type Step = Callable[[Stage], None]

KILLED = "killed"
"""The name of the fault at which the client is killed."""

API_VERSION = "v65.0"


class Happening(Protocol):
    """What a client is put through at a stage."""

    @property
    def name(self) -> str:
        """A short, permanent name."""

    @property
    def says(self) -> str:
        """What happens, as a clause."""

    @property
    def turns(self) -> int:
        """How often the client is run."""

    @property
    def restarts(self) -> bool:
        """Whether a client that goes on running is stopped before each further run."""

    @property
    def certificate(self) -> Certificate:
        """Whose certificate the org shows."""

    @property
    def between(self) -> Step:
        """What is done before each further run."""

    def goes_on(self, stage: Stage) -> bool:
        """Whether the client is run once more."""

    def faults_at(self, stage: Stage) -> Sequence[Fault]:
        """The faults at a stage."""

    def environment(self, stage: Stage) -> Mapping[str, str]:
        """Further variables at a stage."""


@cache
def server() -> Server:
    """The server of all counterparts in this process."""
    resources = ExitStack()
    atexit.register(resources.close)
    return resources.enter_context(Server())


@dataclass(repr=False)
class Stage:
    """The surroundings of a client in one scenario, however often it runs there.

    Attributes:
        scenario: what it is put through.
        is_secure: whether the client reaches the org by https in each scenario.
        hosts: the hosts that the client has for the org, which a proxy leads there.
        parameters: the custom parameters of token requests that the client is told of.
        folder: a private folder, with its store, its state and its files.
        org: the org.
        world: what goes wrong at the org, and what it heard.
        elsewhere: what another origin heard, to which answers may lead.
        content: the bytes of the file to upload, and of the one to download.
        first: the main pair of the consumer before the client runs.
        kept: what the store holds before the client runs.
        known: how many pairs there were before the client runs.
        handed_out: the pairs that consumers were given before the client runs.
        turn: how often the client has run.
        consumers: watch the store.
        interrupt: kills the client at a fault of the name `killed`.
        url: the address of the org, as the client has it.
        other_url: the address of the other origin.
        served_at: where the org is on this machine.
        tls_begun: how often a connection to the org by TLS was begun, whatever became of it.
    """

    scenario: Happening
    folder: Path
    is_secure: bool = False
    hosts: tuple[str, ...] = ()
    parameters: Places = field(default_factory=lambda: PARAMETERS)
    org: CounterpartOrg = field(default_factory=CounterpartOrg)
    world: World = field(init=False)
    elsewhere: World = field(default_factory=World)
    content: bytes = field(init=False)
    first: Pair = field(init=False)
    kept: str = ""
    known: int = 0
    turn: int = 0
    handed_out: list[Pair] = field(default_factory=list)
    consumers: Consumers = field(init=False)
    interrupt: Interrupt | None = None
    url: str = ""
    other_url: str = ""
    served_at: str = ""
    tls_begun: int = 0

    def __post_init__(self) -> None:
        for name in ("state", "downloads"):
            (self.folder / name).mkdir()
        self.content = bytes(range(256)) * 16 + b"\r\n\xef\xbb\xbf\x00caf\xe9\r\n" + secrets.token_bytes(512)
        (self.folder / "upload.bin").write_bytes(self.content)
        self.org.files.put_sample(self.content)
        self.first = self.org.consumer.main
        self.keep(self.first)
        self.consumers = Consumers(self)
        is_secure = self.certificate != "none"
        other = authority.trusted() if is_secure else None
        # Many clients tell origins apart by their hosts, and take two ports for one of them.
        self.other_url = server().serve(self.elsewhere.around(_nowhere), tls=other, host=other_host())
        self.world = World(self.scenario.faults_at(self))
        self.world.watchers += [self.consumers, self._interrupted]
        self.served_at = server().serve(self.world.around(self.org.app), tls=self._tls())
        self.url = self.origins[0]
        self.register()

    def register(self) -> Vault:
        """Have every output mask the secrets so far. Returns what knows them, and nothing else."""
        known = Vault()
        for value, kind in self.org.secrets:
            VAULT.register(value, kind)
            known.register(value, kind)
        for code in self.org.codes:
            VAULT.register(code, "one_time_code")
        return known

    @property
    def certificate(self) -> Certificate:
        """Whose certificate the org shows."""
        given = self.scenario.certificate
        return "trusted" if given == "none" and self.is_secure else given

    @property
    def origins(self) -> list[str]:
        """The origins of the org, as the client has them."""
        return [f"https://{host}" for host in self.hosts] or [self.served_at]

    def _tls(self) -> ssl.SSLContext | None:
        served = {"trusted": authority.trusted, "strange": authority.strange, "misnamed": authority.misnamed}
        if self.certificate not in served:
            return None
        context = served[self.certificate]()
        context.sni_callback = self._greeted  # called for each ClientHello, with a name in it or without
        return context

    def _greeted(self, *about: object) -> None:
        self.tls_begun += 1

    def keep(self, pair: Pair) -> None:
        """Have consumers use a pair: it is written into the store."""
        self.handed_out.append(pair)
        self.known = len(self.org.staged.ever)
        self.kept = json.dumps({"client_id": pair.key, "client_secret": pair.secret})
        self.store.write_text(self.kept, "utf-8")

    @property
    def staged(self) -> int:
        """How many pairs the client had staged."""
        return len(self.org.staged.ever) - self.known

    def _interrupted(self, exchange: Exchange) -> None:
        """Have the client killed where that is due."""
        if self.interrupt is not None and self.world.happened[KILLED]:
            self.interrupt.is_due = True

    @property
    def store(self) -> Path:
        """Where a rotation keeps the pair that consumers use."""
        return self.folder / "store.json"

    @property
    def download(self) -> Path:
        """Where a client puts the file that it downloads."""
        return self.folder / "downloads" / "download.bin"

    @property
    def exchanges(self) -> list[Exchange]:
        """What was heard at the org and elsewhere, in the order of the beginnings."""
        return sorted([*self.world.exchanges, *self.elsewhere.exchanges], key=lambda one: one.started)

    def environment(self) -> dict[str, str]:
        """What the client finds in its environment."""
        org, api = self.org, f"{self.url}/services/data/{API_VERSION}"
        values: Mapping[str, str] = {
            "ORG_URL": self.url,
            "TOKEN_URL": f"{self.url}/services/oauth2/token",
            "API_URL": api,
            "API_VERSION": API_VERSION,
            "CLIENT_ID": org.client.client_id,
            "CLIENT_SECRET": org.client.secret,
            "REFRESH_TOKEN": org.refresh_token,
            "ACCESS_TOKEN": org.token.value,
            "CLIENT_AUTHENTICATION": "client_secret_basic",
            "PARAMETERS": json.dumps(self.parameters),
            "STATE_DIR": str(self.folder / "state"),
            "STORE_FILE": str(self.store),
            "FILES_URL": f"{self.url}/files",
            "UPLOAD_FILE": str(self.folder / "upload.bin"),
            "DOWNLOAD_URL": f"{self.url}/files/sample.bin",
            "DOWNLOAD_FILE": str(self.download),
            "FEED_URL": f"{self.url}/erp/accounts",
            "SINK_URL": f"{self.url}/sink",
            "APP": org.rotating.developer_name,
            "APP_ID": org.rotating.identifier,
            "CONSUMER": org.consumer.name,
            "CONSUMER_ID": org.consumer.id,
            "CA_FILE": authority.certificates(),
        }
        named = {PREFIX + name: value for name, value in {**values, **self.scenario.environment(self)}.items()}
        if self.certificate != "none":
            named |= dict.fromkeys(authority.VARIABLES, authority.certificates())
        return named


_empty = answers(200, '{"done": true, "totalSize": 0, "records": [], "items": [], "apps": [], "consumers": []}')


async def _nowhere(scope: object, receive: object, send: object) -> None:
    """Another origin: it answers everything, and knows nobody."""
    from conformance.http.exchange import Request

    reply = _empty(Request("GET", ""))
    headers = [(name.encode(), value.encode()) for name, value in reply.headers]
    await send({"type": "http.response.start", "status": 200, "headers": headers})  # type: ignore[operator] # ASGI
    await send({"type": "http.response.body", "body": reply.body})  # type: ignore[operator] # ASGI
