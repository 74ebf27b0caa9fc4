"""The reference target: one Starlette application of all roles, and the target file that describes it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import yaml
from starlette.applications import Starlette
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from conformance.reference.business_system import BusinessSystem
from conformance.reference.file_service import FileService
from conformance.reference.org import Clock, Org
from conformance.reference.role import Role
from conformance.reference.single_access import SingleAccess
from conformance.reference.staged_credentials import StagedCredentials
from conformance.reference.token_endpoint import OTHER_ORG, TokenEndpoint

if TYPE_CHECKING:
    from starlette.requests import Request

CLOCK_PATH = "/seasonproof/clock"

ROLES: dict[str, type[Role]] = {
    role.role: role for role in (SingleAccess, TokenEndpoint, StagedCredentials, FileService, BusinessSystem)
}
"""The correct roles, by the names that target files give them."""


def reference_app(variant: type[Role] | None = None) -> Starlette:
    """The reference target.

    Args:
        variant: a variant of one role; every other role is the correct one.
    """
    clock = Clock()
    org = Org(clock)

    async def advance(request: Request) -> Response:
        clock.advance(float((await request.json())["advance_seconds"]))
        return JSONResponse({"now": clock.now()})

    return Starlette(
        routes=[
            *(route for role in _roles(variant).values() for route in role(org).routes()),
            *TokenEndpoint(Org(clock), OTHER_ORG).routes(),
            Route(CLOCK_PATH, advance, methods=["POST"]),
        ]
    )


def describe(base_url: str, name: str = "reference", variant: type[Role] | None = None) -> dict[str, object]:
    """The target file of a reference target, as data.

    Args:
        base_url: where it is served, such as `http://127.0.0.1:8123`.
        name: the target's name.
        variant: the variant of one role that is served.
    """
    roles = _roles(variant)
    capabilities: dict[str, object] = {"clock": base_url + CLOCK_PATH, "disposable": True}
    for role in roles.values():
        capabilities |= role.capabilities
    return {
        "name": name,
        **{name: role.describe(base_url) for name, role in roles.items()},
        "capabilities": capabilities,
        "limits": {"requests_per_second": 10_000, "requests": 100_000},
    }


def _roles(variant: type[Role] | None) -> dict[str, type[Role]]:
    return ROLES | ({variant.role: variant} if variant is not None else {})


def target_file(base_url: str, name: str = "reference", variant: type[Role] | None = None) -> str:
    """The target file of a reference target, as YAML."""
    return yaml.dump(describe(base_url, name, variant), Dumper=_Plain, sort_keys=False)


class _Plain(yaml.SafeDumper):
    """Writes every value out where it stands, without anchors."""

    def ignore_aliases(self, data: object) -> bool:
        """Whether a value is written out again."""
        return True
