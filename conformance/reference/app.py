"""The reference target: one Starlette application of all roles, and the target file that describes it."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from types import MappingProxyType
from typing import TYPE_CHECKING

import yaml
from starlette.applications import Starlette
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

import conformance.reference
from conformance.reference.org import Clock, Org
from conformance.reference.role import CORRECT
from conformance.reference.token_endpoint import OTHER_ORG, TokenEndpoint

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request

    from conformance.reference.role import Role

CLOCK_PATH = "/seasonproof/clock"


@cache
def roles() -> Mapping[str, type[Role]]:
    """The correct roles, by the names that target files give them: each module of this room may define one."""
    for module in iter_modules(conformance.reference.__path__):
        import_module(f"conformance.reference.{module.name}")
    return MappingProxyType(dict(CORRECT))


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
    played = _roles(variant)
    capabilities: dict[str, object] = {"clock": base_url + CLOCK_PATH, "disposable": True}
    for role in played.values():
        capabilities |= role.capabilities
    return {
        "name": name,
        **{name: role.describe(base_url) for name, role in played.items()},
        "capabilities": capabilities,
        "limits": {"requests_per_second": 10_000, "requests": 100_000},
    }


def _roles(variant: type[Role] | None) -> dict[str, type[Role]]:
    return {**roles(), **({variant.role: variant} if variant is not None else {})}


def target_file(base_url: str, name: str = "reference", variant: type[Role] | None = None) -> str:
    """The target file of a reference target, as YAML."""
    return yaml.dump(describe(base_url, name, variant), Dumper=_Plain, sort_keys=False)


class _Plain(yaml.SafeDumper):
    """Writes every value out where it stands, without anchors."""

    def ignore_aliases(self, data: object) -> bool:
        """Whether a value is written out again."""
        return True
