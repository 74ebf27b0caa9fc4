"""Defects of the resources for staged credentials in who may call them, and for what."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.reference.apps import Consumer
from conformance.reference.org import authorization_of
from conformance.reference.staged_credentials import StagedCredentials
from conformance.reference.staged_credentials_access import MANAGE
from conformance.reference.variants import fault

if TYPE_CHECKING:
    from starlette.requests import Request

CHANGES = ("POST", "PATCH", "DELETE")
EVERYBODY = frozenset({"api", MANAGE})


def is_anonymous(request: Request) -> bool:
    return "authorization" not in request.headers


@fault(kills={"STG-14", "STG-54"}, blinds=True)
class ReadableWithoutAToken(StagedCredentials):
    """Shows consumers to whoever has no token."""

    def scopes_of(self, request: Request) -> frozenset[str] | None:
        reads_consumers = request.method == "GET" and not request.url.path.endswith(("/usage", "/staged"))
        return EVERYBODY if is_anonymous(request) and reads_consumers else super().scopes_of(request)


@fault(kills={"STG-39"})
class ChangeableWithoutAToken(StagedCredentials):
    """Looks for a token where something is read, and nowhere else."""

    def scopes_of(self, request: Request) -> frozenset[str] | None:
        return EVERYBODY if is_anonymous(request) and request.method in CHANGES else super().scopes_of(request)


@fault(kills={"STG-35"})
class ShapeOfATokenIsEnough(StagedCredentials):
    """Takes whatever begins like a token of the org."""

    def scopes_of(self, request: Request) -> frozenset[str] | None:
        _, value = authorization_of(request)
        known = super().scopes_of(request)
        return EVERYBODY if known is None and value.startswith(self.org.identifier) else known


@fault(kills={"STG-36", "STG-54"})
class ReadableWithoutPermission(StagedCredentials):
    """Shows credentials to whoever is logged in."""

    def is_permitted(self, request: Request, scopes: frozenset[str]) -> bool:
        return request.method == "GET" or super().is_permitted(request, scopes)


@fault(kills={"STG-54"})
class OneStagedPairWithoutPermission(StagedCredentials):
    """Looks at permissions where staged credentials are listed, and not where one of them is read."""

    def is_permitted(self, request: Request, scopes: frozenset[str]) -> bool:
        reads_one = request.method == "GET" and "/staged/" in request.url.path
        return reads_one or super().is_permitted(request, scopes)


@fault(kills={"STG-39"})
class ChangeableWithoutPermission(StagedCredentials):
    """Lets whoever is logged in delete."""

    def is_permitted(self, request: Request, scopes: frozenset[str]) -> bool:
        return request.method == "DELETE" or super().is_permitted(request, scopes)


@fault(kills={"STG-39"})
class StageableWithoutPermission(StagedCredentials):
    """Lets whoever is logged in stage."""

    def is_permitted(self, request: Request, scopes: frozenset[str]) -> bool:
        return request.method == "POST" or super().is_permitted(request, scopes)


@fault(kills={"STG-38", "STG-39"})
class TokensOfAnyOrg(StagedCredentials):
    """Takes tokens of other orgs for its own."""

    def scopes_of(self, request: Request) -> frozenset[str] | None:
        _, value = authorization_of(request)
        is_foreign = value.startswith("00D") and not value.startswith(self.org.identifier)
        return EVERYBODY if is_foreign else super().scopes_of(request)


@fault(kills={"STG-37"})
class SettingHidesNothing(StagedCredentials):
    """Looks at the setting where something is changed, and nowhere else."""

    def is_switched_on(self, request: Request) -> bool:
        return request.method == "GET" or super().is_switched_on(request)


@fault(kills={"STG-40"})
class SettingStopsNobody(StagedCredentials):
    """Looks at the setting where something is read, and nowhere else."""

    def is_switched_on(self, request: Request) -> bool:
        return request.method != "GET" or super().is_switched_on(request)


@fault(kills={"STG-41"})
class AnyAppWillDo(StagedCredentials):
    """Finds a consumer under whichever app."""

    def consumer_of(self, request: Request) -> Consumer:
        wanted = request.path_params["consumer"]
        found = (app.consumers[wanted] for app in self.apps.values() if wanted in app.consumers)
        return next(found, None) or super().consumer_of(request)
