"""Change triggers against OData, SCIM, page numbers and tombstones of systems that nobody here wrote."""

from __future__ import annotations

import base64
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from conformance.rules.outcome import Outcome
from tests.interop.servers import DJANGO_REST_FRAMEWORK, HERE, KINTO, SAP_CAP, SCIM2_SERVER, node_server, python_server
from tests.interop.test_business_systems import judged

pytestmark = pytest.mark.proves("change_triggers")

PASSWORD = "made-up-password"


def deviations(folder: Path, role: dict[str, Any]) -> dict[str, Outcome]:
    """What deviates, is broken or could not be judged, by requirement. What has no occasion is left out."""
    result = judged(folder, role)
    assert "system" in result.outcomes, result.output
    calm = (Outcome.PASSED, Outcome.NOT_TESTED, Outcome.NOT_APPLICABLE)
    return {r: o for r, o in result.outcomes["system"].items() if o not in calm}


def test_scim2_server(tmp_path: Path) -> None:
    """Its pages are counted, as SCIM has them, so they lose a user when another one changes."""
    role = {
        "adapter": "scim",
        "collection": "Users",
        "label": "userName",
        "lock": "etag",
        "fields": {
            "userName": {"type": "string", "required": True},
            "displayName": {"type": "string"},
            "active": {"type": "boolean"},
            "profileUrl": {"type": "url"},
            "family": {"type": "string", "write": "name.familyName", "read": "$.name.familyName"},
        },
    }
    started = ("--port", "PORT")
    with python_server(SCIM2_SERVER, tmp_path, *started, ready="/v2/Users", program="scim2-server") as address:
        found = deviations(tmp_path, {**role, "base_url": f"{address}/v2"})

    assert found == {
        "MAP-16": Outcome.DIFFERS,
        **dict.fromkeys(("POL-05", "POL-17", "POL-19"), Outcome.WARNED),
    }


def test_sap_cap(tmp_path: Path) -> None:
    """OData v4 by the adapter alone, and its metadata as CSDL."""
    role = {
        "adapter": "odata-v4",
        "collection": "Accounts",
        "access": {"basic": {"user": "flow", "password": "${INTEROP_PASSWORD}"}},
        "metadata": {"path": "/$metadata", "format": "csdl", "required": "$.required", "length": "$.length"},
        "poll": {"largest_page": 5},
        "fields": {
            "name": {"type": "string", "required": True, "max_length": 80},
            "code": {"type": "string", "max_length": 20, "nullable": True},
            "note": {"type": "text", "max_length": 5000},
            "quantity": {"type": "integer", "minimum": -(2**31), "maximum": 2**31 - 1},
            "amount": {"type": "decimal", "digits": 12, "scale": 4},
            "active": {"type": "boolean"},
            "day": {"type": "date"},
            "opens": {"type": "time"},
            "due": {"type": "datetime"},
            "stage": {"type": "enumeration", "values": ["new", "won"]},
        },
    }
    with node_server(SAP_CAP, "cap_server.cjs", PASSWORD=PASSWORD) as address:
        found = deviations(tmp_path, {**role, "base_url": f"{address}/odata/v4"})

    assert found == dict.fromkeys(("MAP-14", "MAP-16"), Outcome.DIFFERS)


def test_django_rest_framework(tmp_path: Path) -> None:
    """Its metadata comes by OPTIONS, and its pages by number. It trims texts and drops unknown fields."""
    one = {"path": "/accounts/{id}"}
    metadata = {"method": "OPTIONS", "path": "/accounts", "fields": "$.actions.POST", "keyed": True}
    metadata |= {"required": "$.required", "read_only": "$.read_only", "length": "$.max_length"}
    role = {
        "access": {"basic": {"user": "flow", "password": "${INTEROP_PASSWORD}"}},
        "create": {"path": "/accounts"},
        "read": one,
        "update": one,
        "delete": one,
        "poll": {
            "path": "/accounts",
            "query": {"since": "{since}", "size": "{size}"},
            "items": "$.results[*]",
            "paging": {"next_url": "$.next"},
        },
        "metadata": {**metadata, "values": "$.choices[*].value"},
        "modified": "$.modified",
        "fields": {
            "name": {"type": "string", "required": True, "max_length": 80},
            "code": {"type": "string", "max_length": 20, "nullable": True},
            "note": {"type": "text"},
            "quantity": {"type": "integer", "minimum": -(2**63), "maximum": 2**63 - 1},
            "amount": {"type": "decimal", "digits": 12, "scale": 4, "as_text": True},
            "active": {"type": "boolean"},
            "day": {"type": "date"},
            "opens": {"type": "time"},
            "due": {"type": "datetime", "fraction_digits": 6},
            "mail": {"type": "email"},
            "stage": {"type": "enumeration", "values": ["new", "won"]},
        },
    }
    script = (str(HERE / "drf_server.py"), "PORT", str(tmp_path / "accounts.sqlite"))
    with python_server(DJANGO_REST_FRAMEWORK, tmp_path, *script, ready="/accounts") as address:
        found = deviations(tmp_path, {**role, "base_url": address})

    assert found == {
        **dict.fromkeys(("MAP-15", "MAP-16", "MAP-18"), Outcome.DIFFERS),
        **dict.fromkeys(("POL-05", "POL-17", "POL-19"), Outcome.WARNED),
    }


def test_kinto(tmp_path: Path) -> None:
    """Its tombstones and its pages lose nothing. Both ends of its windows are exclusive; it has no schema here."""
    records = "/buckets/crm/collections/accounts/records"
    caller = {"basic": {"user": "flow", "password": "${INTEROP_PASSWORD}"}}
    stranger = {"basic": {"user": "stranger", "password": "${INTEROP_PASSWORD}"}}
    window = {"_since": "{since}", "_before": "{until}", "_limit": "{size}", "_sort": "last_modified"}
    role = {
        "access": caller,
        "without_permission": stranger,
        "without_access": stranger,
        "create": {"path": records, "body": {"data": "{record}"}, "id": "$.data.id"},
        "read": {"path": f"{records}/{{id}}", "item": "$.data"},
        "update": {"path": f"{records}/{{id}}", "body": {"data": "{record}"}},
        "delete": {"path": f"{records}/{{id}}"},
        "check": {"path": records, "query": {"_limit": "1"}},
        "poll": {
            "path": records,
            "query": window,
            "items": "$.data[*]",
            "boundary": "exclusive",
            "paging": {"next_url_header": "Next-Page"},
            "deletes": "shown",
        },
        "modified": "$.last_modified",
        "deleted": "$.deleted",
        "lock": "etag",
    }
    started = ("start", "--ini", str(HERE / "kinto.ini"), "--port", "PORT")
    with python_server(KINTO, tmp_path, *started, ready="/v1/", program="kinto") as address:
        for path in ("/buckets/crm", "/buckets/crm/collections/accounts"):
            _put(f"{address}/v1{path}")
        found = deviations(tmp_path, {**role, "base_url": f"{address}/v1"})
    # It reads a record, merges, and writes it; whether two requests meet there is luck.
    assert found.pop("ACT-11", Outcome.DIFFERS) is Outcome.DIFFERS

    assert found == {
        "ACT-05": Outcome.DIFFERS,
        "POL-02": Outcome.WARNED,
    }


def _put(address: str) -> None:
    who = base64.b64encode(f"flow:{PASSWORD}".encode()).decode()
    request = urllib.request.Request(address, method="PUT", headers={"Authorization": f"Basic {who}"})
    urllib.request.urlopen(request, timeout=30).close()
