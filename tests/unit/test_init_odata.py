"""`seasonproof init` with OData services: by their metadata, at their address or saved."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.commands.init import InitOptions, init
from conformance.documents import UsageProblem
from tests.unit.init_servers import ODATA, canned, written


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


ALLOWED = (
    '<Annotations Target="crm.Account/stage"><Annotation Term="Org.OData.Validation.V1.AllowedValues"><Collection>'
    '<Record><PropertyValue Property="Value" String="new"/></Record>'
    '<Record><PropertyValue Property="Value" String="won"/></Record></Collection></Annotation></Annotations></Schema>'
)


def test_the_values_that_metadata_of_odata_allows_are_those_of_an_enumeration(tmp_path: Path) -> None:
    stage = '<Property Name="stage" Type="Edm.String"/></EntityType>'
    content = ODATA["GET /odata/$metadata"][2].replace("</EntityType>", stage, 1).replace("</Schema>", ALLOWED)
    (tmp_path / "metadata.xml").write_text(content, "utf-8")
    found, _ = written(InitOptions(url="https://crm.example.com/odata", source="metadata.xml"))
    assert found["business_system"]["fields"]["stage"] == {"type": "enumeration", "values": ["new", "won"]}


def test_saved_metadata_of_odata_and_an_address_do_where_only_a_login_may_look(tmp_path: Path) -> None:
    (tmp_path / "metadata.xml").write_text(ODATA["GET /odata/$metadata"][2], "utf-8")
    found, _ = written(InitOptions(url="https://crm.example.com/odata/v4/", source="metadata.xml", collection="Orders"))
    assert found["name"] == "crm"
    system = found["business_system"]
    assert (system["base_url"], system["collection"]) == ("https://crm.example.com/odata/v4", "Orders")


@pytest.mark.parametrize(
    ("content", "url", "said"),
    [
        (ODATA["GET /odata/$metadata"][2], None, "give its address before --from"),
        ("<edmx:Edmx Version='4.0'>", "https://crm.example.com", "is damaged or has no entity set"),
        ('{"openapi": "3.0.3", "info": {"title": "An <Edmxer>"}, "paths": {}}', None, "nothing that was looked at"),
        ('{"openapi": "3.0.3", "paths": {}}', "https://crm.example.com", "leave out the URL"),
    ],
)
def test_a_file_and_an_address_that_do_not_go_together_are_refused(
    tmp_path: Path, content: str, url: str | None, said: str
) -> None:
    (tmp_path / "given").write_text(content, "utf-8")
    with pytest.raises(UsageProblem, match=said):
        written(InitOptions(url=url, source="given"))
    assert [path.name for path in tmp_path.iterdir()] == ["given"]


def test_an_odata_service_is_known_by_its_metadata() -> None:
    with canned(ODATA) as server:
        found, _ = written(InitOptions(url=f"{server.url}/odata", name="crm"))
    system = found["business_system"]
    assert (system["adapter"], system["collection"], system["label"]) == ("odata-v4", "Accounts", "title")
    assert system["read"] == {"path": "/Accounts('{id}')"}
    assert system["modified"] == "$.changedAt"
    assert system["fields"] == {
        "title": {"type": "string", "required": True, "max_length": 80},
        "amount": {"type": "decimal", "digits": 18, "scale": 2},
    }


def test_another_collection_can_be_asked_for_and_a_missing_one_is_named() -> None:
    with canned(ODATA) as server:
        found, _ = written(InitOptions(url=f"{server.url}/odata", name="crm", collection="Orders"))
        assert found["business_system"]["collection"] == "Orders"
        with pytest.raises(
            UsageProblem, match="'Orderz' is not an entity set of the service; there are Accounts, Orders"
        ):
            init(
                InitOptions(url=f"{server.url}/odata", name="more", collection="Orderz"), lambda *_: "", lambda _: None
            )


def test_a_document_type_in_metadata_is_not_read() -> None:
    """Whoever serves one wants something expanded or fetched."""
    hostile = '<!DOCTYPE x [<!ENTITY a "b">]>' + ODATA["GET /odata/$metadata"][2]
    with canned({"GET /odata/$metadata": (200, {}, hostile)}) as server, pytest.raises(UsageProblem, match="nothing"):
        init(InitOptions(url=f"{server.url}/odata", name="crm"), lambda *_: "", lambda _: None)
