"""Business systems that are correct, and refuse unusually or offer less."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import TYPE_CHECKING

from starlette.responses import Response

from conformance.reference.business_system import BusinessSystem
from conformance.reference.business_system_pages import Refused
from conformance.reference.records import Record
from conformance.reference.variants import oddity, oddity_without
from conformance.reference.variants.business_system_oddities import declared

if TYPE_CHECKING:
    from starlette.requests import Request


@oddity
class RefusesWithProblemDetails(BusinessSystem):
    """Refuses strangers with 403 and invalid records with 400, as problem details."""

    def refuse(self, refused: Refused) -> Response:
        status = 400 if refused.status == HTTPStatus.UNPROCESSABLE_ENTITY else refused.status
        body = {"type": "about:blank", "title": refused.status.phrase, "status": int(status), "detail": refused.text}
        return Response(json.dumps(body), status, refused.headers, "application/problem+json")


@oddity_without("CON-05")
class StrangersAreForbidden(BusinessSystem):
    """Refuses whoever it does not know with 403."""

    def refuse(self, refused: Refused) -> Response:
        if refused.status == HTTPStatus.UNAUTHORIZED:
            refused = Refused(HTTPStatus.FORBIDDEN, refused.text)
        return super().refuse(refused)


@oddity_without("POL-06")
class NoTransactions(BusinessSystem):
    """Commits each write by itself, and stops no clock: nobody can make what only they make possible."""

    @classmethod
    def describe(cls, base_url: str) -> dict[str, object]:
        return declared(super().describe(base_url), transactions=None, clock=None)


@oddity_without("ACT-09", "ACT-10", "ACT-13", "ACT-14")
class NeitherKeysNorLocks(BusinessSystem):
    """Takes no idempotency keys and no preconditions, and declares none."""

    def key_of(self, request: Request) -> str:
        return ""

    def is_current(self, request: Request, record: Record) -> bool:
        return True

    @classmethod
    def describe(cls, base_url: str) -> dict[str, object]:
        return declared(super().describe(base_url), idempotency_header=None, lock=None)
