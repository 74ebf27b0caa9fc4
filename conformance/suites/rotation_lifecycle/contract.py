"""The OpenAPI contract of the resources for credentials: requests made from it, and answers judged by it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from hypothesis import strategies as st

from conformance.suites.contracts import at_depth, operation
from conformance.suites.rotation_lifecycle.names import Place

if TYPE_CHECKING:
    from conformance.suites.rotation_lifecycle.answers import Answer
    from conformance.suites.rotation_lifecycle.driver import StagedCredentialsOfAnApp

CONTRACT = "staged-credentials"
CONSUMER = "/credentials/{app}/{consumer}"
STAGED = f"{CONSUMER}/staged"
ONE = f"{STAGED}/{{staged}}"
_LONGEST = 2_000  # characters of a query


@dataclass(frozen=True, slots=True)
class Reading:
    """What is read: a path of the contract, and a query as it goes out."""

    path: str
    query: str = ""

    def under(self, place: Place) -> str:
        """Its address for a consumer."""
        filled = self.path.replace("{app}", place.app).replace("{consumer}", place.consumer)
        return f"{place.root}{filled}{'?' if self.query else ''}{self.query}"


READINGS = (
    Reading("/usage"),
    Reading("/usage", "page=first"),
    Reading("/credentials/{app}"),
    Reading(CONSUMER),
    Reading(CONSUMER, "part=keyandsecret"),
    Reading(STAGED),
)
"""What is read at every depth."""

COMMANDS = ({"command": "rotate"}, {"command": "stage"})
"""What is sent to a staged credential at every depth."""


def readings() -> st.SearchStrategy[Reading]:
    """Readings that the contract allows, and some that it does not. The library is loaded at the first of them."""
    return at_depth(READINGS, _readings)


@cache
def _readings() -> st.SearchStrategy[Reading]:
    return st.one_of([_cases(path, "GET").map(_reading_of(path)) for path in ("/usage", CONSUMER)])


def commands() -> st.SearchStrategy[Any]:
    """Bodies for a staged credential that the contract allows, and some that it does not."""
    return at_depth(COMMANDS, _commands)


@cache
def _commands() -> st.SearchStrategy[Any]:
    return _cases(ONE, "PATCH").map(_body_of).filter(lambda body: body not in COMMANDS)


def _cases(path: str, method: str) -> st.SearchStrategy[Any]:
    return operation(CONTRACT, path, method).cases(wrong_ones=True)


def _reading_of(path: str) -> Any:
    def reading(case: Any) -> Reading:
        query = case.query if isinstance(case.query, Mapping) else {}
        pairs = [(_text(name), _text(value)) for name, value in query.items()]
        return Reading(path, urlencode(pairs)[:_LONGEST].rpartition("&")[0] or urlencode(pairs[:1])[:_LONGEST])

    return reading


def _text(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value)
    return text.encode("utf-8", "replace").decode()


def _body_of(case: Any) -> object:
    try:
        json.dumps(case.body)
    except (TypeError, ValueError):
        return None
    return case.body


def encoded(body: object) -> bytes:
    """A body as JSON."""
    return json.dumps(body).encode("utf-8", "replace")


def keeps_to_the_contract(answer: Answer, method: str, path: str, body: object = None) -> None:
    """The answer is one that the contract allows for the operation."""
    names = {name: "made-up" for name in ("app", "consumer", "staged") if f"{{{name}}}" in path}
    given = {"body": body, "media_type": "application/json"} if method == "PATCH" else {}
    contract = operation(CONTRACT, path, method)
    flaw = contract.breach(contract.case(path_parameters=names, **given), answer.exchange)
    expected = f"what profiles/openapi/{CONTRACT}.yaml says about {method} {path}"
    answer.case.judge(flaw, expected, "contract", answer.exchange)


def stages_and_deletes_by_the_contract(app: StagedCredentialsOfAnApp) -> None:
    """Stage a pair and delete it: both answers are ones that the contract allows."""
    answer = app.staging()
    staged = app.shown_in(answer)
    keeps_to_the_contract(answer, "POST", STAGED)
    keeps_to_the_contract(app.delete(staged), "DELETE", ONE)
