"""The suite of change triggers against systems that nobody here wrote: the exact set of what is not a pass."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from conformance.rules.outcome import Outcome
from tests.interop.servers import EXPRESS_POUCHDB, JSON_SERVER, node_server
from tests.suite import Result, run_suite

pytestmark = pytest.mark.proves("change_triggers")

SUITE = str(Path(__file__).parents[2] / "conformance" / "suites" / "change_triggers")
LIMITS = {"requests_per_second": 1000, "requests": 20_000}
FIELDS: dict[str, Any] = {
    "name": {"type": "string", "max_length": 200, "nullable": True},
    "note": {"type": "text"},
    "quantity": {"type": "integer"},
    "amount": {"type": "decimal"},
    "active": {"type": "boolean"},
    "day": {"type": "date"},
    "due": {"type": "datetime"},
}
NOT_DECLARED = (
    *("CON-01", "CON-03", "CON-04", "CON-05", "CON-06", "CON-07", "CON-08", "CON-09", "CON-10"),
    *("CON-12", "CON-13", "CON-14", "CON-15", "CON-16", "CON-17"),
    *("ACT-13", "ACT-14", "ACT-15", "ACT-16", "ACT-17", "POL-24"),
    *("MAP-19", "MAP-20", "MAP-21", "MAP-22", "MAP-23", "MAP-24"),
    *("CON-11", "ACT-09", "MAP-12", "MAP-13", "POL-06", "POL-09", "POL-18"),
)
"""What neither has: credentials, metadata, keys, enumerations, transactions, bulk writes, marks with an offset."""

WITHOUT_A_SCHEMA = {
    "ACT-05": Outcome.DIFFERS,
    "ACT-06": Outcome.NOT_TESTED,
    "ACT-07": Outcome.NOT_TESTED,
    "MAP-14": Outcome.DIFFERS,
    "POL-15": Outcome.DIFFERS,
}
"""Both take in whatever they are given, so there is no refusal, and an integer beyond JavaScript's becomes another one;
and what is not a mark is one to them."""


def judged(folder: Path, role: dict[str, object]) -> Result:
    """Run the family against one system."""
    role = {"label": "name", "fields": FIELDS, **role}
    target = folder / "system.yaml"
    target.write_text(yaml.safe_dump({"name": "system", "business_system": role, "limits": LIMITS}), "utf-8")
    environ = {"INTEROP_PASSWORD": "made-up-password"}
    return run_suite(folder, f"--target={target}", "--depth=quick", SUITE, environ=environ)


def not_passed(result: Result) -> dict[str, Outcome]:
    """What did not pass, by requirement."""
    assert "system" in result.outcomes, result.output
    return {r: o for r, o in result.outcomes["system"].items() if o is not Outcome.PASSED}


def test_express_pouchdb(tmp_path: Path) -> None:
    """The feed by sequences loses nothing; documents have neither a time nor a schema."""
    with node_server(EXPRESS_POUCHDB, "pouchdb_server.mjs", LOG=str(tmp_path / "log.txt")) as address:
        result = judged(tmp_path, {"base_url": address, "adapter": "couchdb", "collection": "accounts"})
    whole_documents = ("ACT-04", "ACT-11")
    sequences = ("POL-01", "POL-02", "POL-06", "POL-07", "POL-09", "POL-14")

    assert not_passed(result) == {
        **dict.fromkeys((*NOT_DECLARED, "POL-08"), Outcome.NOT_TESTED),
        **dict.fromkeys(("ACT-12", *whole_documents, *sequences), Outcome.NOT_APPLICABLE),
        **WITHOUT_A_SCHEMA,
    }


def test_json_server(tmp_path: Path) -> None:
    """Pages by number lose a record when another one changes, and the time line shows how."""
    poll = {
        "path": "/accounts",
        "query": {
            "modified_gte": "{since}",
            "modified_lte": "{until}",
            "_limit": "{size}",
            "_sort": "modified,id",
            "_order": "asc,asc",
        },
        "paging": {"page_parameter": "_page"},
    }
    one = {"path": "/accounts/{id}"}
    calls = {"create": {"path": "/accounts"}, "read": one, "update": one, "delete": one, "poll": poll}
    with node_server(JSON_SERVER, "json_server.mjs") as address:
        result = judged(tmp_path, {"base_url": address, "modified": "$.modified", **calls})
    found = not_passed(result)
    # Its times are milliseconds of a real clock, so a tie of several records is luck.
    assert found.pop("POL-04", Outcome.NOT_TESTED) is Outcome.NOT_TESTED
    missing = ("ACT-10", "POL-12")
    losses = dict.fromkeys(("POL-05", "POL-17", "POL-19"), Outcome.WARNED) | {"ACT-12": Outcome.DIFFERS}
    assert found == {**dict.fromkeys((*NOT_DECLARED, *missing), Outcome.NOT_TESTED), **WITHOUT_A_SCHEMA, **losses}
    [story] = result.messages["system", "POL-17"]
    assert story.splitlines()[-3:-1] == ["poll in pages of 1: A, C and A", "between two pages: update A"]
