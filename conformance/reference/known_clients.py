"""The clients that the reference knows, and what they may do. Their credentials are made up."""

from __future__ import annotations

import functools
import hashlib
import json
from dataclasses import dataclass

from joserfc.jwk import ECKey

API_AUDIENCE = "https://api.example.com/accounts?region=eu&plan=a+b"
"""The audience of the protected resource; it holds reserved characters on purpose."""
ORG_AUDIENCE = "https://org.example.com"
"""The audience of the org's own API."""

USABLE_SCOPES = ("accounts.read", "api")
"""What a client may be granted without a user. The app also has `web`, which this grant cannot carry."""

TENANT_HEADER = ("X-Tenant", "acme")
VERSION_PARAMETER = ("api-version", "2026-01")
"""What a request for `API_AUDIENCE` carries in its place: a header and a query parameter."""


def _made_up(label: str, length: int) -> str:
    digits = "".join(hashlib.sha256(f"seasonproof {label} {n}".encode()).hexdigest() for n in range(4))
    return digits[:length]


# They open nothing but a reference target on loopback.
CLIENT_ID = "3MVG9" + _made_up("consumer key", 80)
CLIENT_SECRET = _made_up("consumer secret", 64).upper()
OUTSIDER = ("outsider", "made-up-password-of-somebody-without-access")
"""The user and the password of somebody who may neither read nor write."""
COUNTED = ("counted", "made-up-password-of-somebody-who-may-create-two-records")
"""The user and the password of somebody who may create two records in an hour."""
REFRESH_TOKEN = "5Aep861" + _made_up("refresh token", 80)
USER_TOKEN = "00D000000000001!" + _made_up("user token", 96)
KEY_ID = "client-key-1"


@dataclass(frozen=True, slots=True)
class Client:
    """A client.

    Attributes:
        client_id: its id.
        secret: its secret.
        has_key: whether it also signs assertions with a key of its own.
        has_user: whether the app has a user to run as.
    """

    client_id: str
    secret: str
    has_key: bool = False
    has_user: bool = True


MAIN = Client(CLIENT_ID, CLIENT_SECRET, has_key=True)
SECOND = Client("second client: a+b/c=100%", f"{_made_up('second secret', 24)} :%+/=&?é")
USERLESS = Client("3MVG9" + _made_up("userless key", 80), _made_up("userless secret", 64).upper(), has_user=False)
RESOURCE = Client("resource", _made_up("resource secret", 48))
CLIENTS = {client.client_id: client for client in (MAIN, SECOND, USERLESS, RESOURCE)}


@functools.cache
def client_key() -> ECKey:
    """The key of the main client, new in each process."""
    return ECKey.generate_key("P-256", {"kid": KEY_ID})


def client_key_as_text() -> str:
    """The same as JSON Web Key, for a target file."""
    return json.dumps(client_key().as_dict(private=True))


def user_form() -> dict[str, str]:
    """A token request for a user with web access."""
    pair = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
    return {"grant_type": "refresh_token", "refresh_token": REFRESH_TOKEN, **pair}


def api_form() -> dict[str, str]:
    """A token request for the API alone."""
    pair = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
    return {"grant_type": "client_credentials", "audience": ORG_AUDIENCE, **pair}
