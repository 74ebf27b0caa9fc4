"""Bulk API 1.0 of the org that a client talks to: each answer in the format that its clients read."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient

from conformance.reference.counterpart.org import CounterpartOrg

JOB = '<?xml version="1.0"?><jobInfo xmlns="a"><operation>query</operation><contentType>CSV</contentType></jobInfo>'
JSON_JOB = '{"operation": "query", "contentType": "CSV"}'
PATH = "/services/async/65.0/job"


@pytest.fixture
def org() -> CounterpartOrg:
    return CounterpartOrg()


def of(org: CounterpartOrg, token: str = "") -> TestClient:
    """A client that shows a token of the org, or another one."""
    return TestClient(org.app, headers={"X-SFDC-Session": token or org.token.value})


def test_a_job_in_xml_is_answered_in_xml_and_its_records_in_the_format_of_the_job(org: CounterpartOrg) -> None:
    client = of(org)
    kind = {"Content-Type": "application/xml"}
    made = client.post(PATH, content=JOB, headers=kind)
    assert (made.status_code, "<state>Open</state>" in made.text) == (201, True)
    job = made.text.partition("<id>")[2].partition("</id>")[0]
    batch = client.post(f"{PATH}/{job}/batch", content="SELECT Id FROM Account", headers=kind)
    number = batch.text.partition("<id>")[2].partition("</id>")[0]
    assert "<state>Completed</state>" in client.get(f"{PATH}/{job}/batch/{number}").text
    assert f"<id>{number}</id>" in client.get(f"{PATH}/{job}/batch").text
    results = client.get(f"{PATH}/{job}/batch/{number}/result").text
    result = results.partition("<result>")[2].partition("</result>")[0]
    assert client.get(f"{PATH}/{job}/batch/{number}/result/{result}").text.splitlines()[0] == '"Id","Name"'


def test_what_is_said_of_batches_has_the_format_of_the_job_however_that_was_made(org: CounterpartOrg) -> None:
    client = of(org)
    kind = {"Content-Type": "application/json"}
    job = client.post(PATH, content=JSON_JOB, headers=kind).json()["id"]
    assert client.get(f"{PATH}/{job}", headers=kind).json()["contentType"] == "CSV"
    batch = client.post(f"{PATH}/{job}/batch", content="SELECT Id FROM Account", headers={"Content-Type": "text/csv"})
    assert batch.headers["content-type"].startswith("application/xml")


@pytest.mark.parametrize("kind", ["application/xml", "application/json"])
def test_a_token_that_has_ended_is_refused_by_400(org: CounterpartOrg, kind: str) -> None:
    refused = of(org, "00D000000000001!made-up").post(PATH, content=JOB, headers={"Content-Type": kind})
    assert (refused.status_code, "InvalidSessionId" in refused.text) == (400, True)
    assert refused.headers["content-type"].startswith(kind)
