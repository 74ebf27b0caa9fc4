"""The reference target: one Starlette application of all roles, and the target file that describes it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import yaml
from starlette.applications import Starlette
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from conformance.reference.org import TOKEN_SECONDS, Clock, Org
from conformance.reference.single_access import SingleAccess
from conformance.reference.tokens import CLIENT_ID, CLIENT_SECRET, REFRESH_TOKEN, REVOKE_PATH, TOKEN_PATH, Tokens

if TYPE_CHECKING:
    from starlette.requests import Request

CLOCK_PATH = "/seasonproof/clock"
OTHER_ORG = "/other-org"

type Role = type[SingleAccess]


def reference_app(role: Role = SingleAccess) -> Starlette:
    """The reference target.

    Args:
        role: a variant of one role; every other role is the correct one.
    """
    clock = Clock()
    org = Org(clock)

    async def advance(request: Request) -> Response:
        clock.advance(float((await request.json())["advance_seconds"]))
        return JSONResponse({"now": clock.now()})

    return Starlette(
        routes=[
            *role(org).routes(),
            *Tokens(org).routes(),
            *Tokens(Org(clock), OTHER_ORG).routes(),
            Route(CLOCK_PATH, advance, methods=["POST"]),
        ]
    )


def describe(base_url: str, name: str = "reference") -> dict[str, object]:
    """The target file of a reference target, as data.

    Args:
        base_url: where it is served, such as `http://127.0.0.1:8123`.
        name: the target's name.
    """
    client = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
    user = {"grant_type": "refresh_token", "refresh_token": REFRESH_TOKEN, **client}
    return {
        "name": name,
        "single_access": {
            "base_url": base_url,
            "token": {"url": base_url + TOKEN_PATH, "form": user},
            "token_lifetime_seconds": TOKEN_SECONDS,
            "foreign_token": {"url": base_url + OTHER_ORG + TOKEN_PATH, "form": user},
            "token_without_web": {
                "url": base_url + TOKEN_PATH,
                "form": {"grant_type": "client_credentials", **client},
            },
            "revocation_url": base_url + REVOKE_PATH,
            "hosts": ["localhost"],
        },
        "capabilities": {"clock": base_url + CLOCK_PATH, "disposable": True, "dialect": "salesforce"},
        "limits": {"requests_per_second": 10_000, "requests": 100_000},
    }


def target_file(base_url: str, name: str = "reference") -> str:
    """The target file of a reference target, as YAML."""
    return yaml.dump(describe(base_url, name), Dumper=_Plain, sort_keys=False)


class _Plain(yaml.SafeDumper):
    """Writes every value out where it stands, without anchors."""

    def ignore_aliases(self, data: object) -> bool:
        """Whether a value is written out again."""
        return True
