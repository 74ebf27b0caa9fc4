"""The role of a business system: its templates, its adapters, and what is wrong with a file."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml
from pydantic import BaseModel

from conformance.config.presets import Adapter, adapter_files
from conformance.config.roles import BusinessSystem, RecordField
from conformance.config.roles.templates import Call
from conformance.config.target import load_target
from conformance.documents import UsageProblem, load
from conformance.http.credentials import carrying
from conformance.http.exchange import Request
from conformance.suites.change_triggers.requests import filled
from conformance.suites.change_triggers.shapes import as_read, to_write
from conformance.suites.change_triggers.values import beyond, choices, plain_value, shortened, telling_decimals

FIELDS = "fields: {name: {type: string, required: true}}"


def problems_of(folder: Path, role: str) -> list[str]:
    (folder / "erp.yaml").write_text(f"business_system:\n{role}", "utf-8")
    with pytest.raises(UsageProblem) as caught:
        load_target(str(folder / "erp.yaml"))
    return [problem.removeprefix(f"{folder}/") for problem in caught.value.problems]


def role_of(adapter: str, **more: object) -> BusinessSystem:
    return BusinessSystem.model_validate(
        {"base_url": "https://erp.example.com", "adapter": adapter, "collection": "Accounts", **more}
    )


@pytest.mark.parametrize("name", adapter_files())
def test_an_adapter_makes_a_role_of_an_address_and_a_collection(name: str) -> None:
    role = role_of(name)
    assert role.poll is not None
    assert "Accounts" in f"{role.poll.path}{role.poll.query}"
    assert "{collection}" not in role.model_dump_json()
    assert load(adapter_files()[name], Adapter).adapter == name


def test_what_stands_beside_an_adapter_takes_its_place_field_by_field() -> None:
    role = role_of("odata-v4", id="$.Key", poll={"boundary": "exclusive"})
    assert role.id == "$.Key"
    assert role.poll is not None
    assert (role.poll.boundary, role.poll.items) == ("exclusive", "$.value[*]")


def test_what_is_absent_is_not_taken_from_an_adapter() -> None:
    assert role_of("odata-v4").lock == "etag"
    without = role_of("odata-v4", absent=["locks", "windows"])
    assert without.lock is None
    assert without.poll == role_of("odata-v4").poll


SPEC = """
openapi: 3.0.3
info: {title: Accounts, version: "1"}
paths:
  /accounts:
    get: {operationId: listAccounts, responses: {}}
    post: {operationId: createAccount, responses: {}}
  /accounts/{accountId}:
    put: {operationId: replaceAccount, responses: {}}
    delete: {operationId: deleteAccount, responses: {}}
  /orgs/{org}/accounts/{accountId}:
    get: {operationId: readAccount, responses: {}}
"""


def test_calls_are_those_of_the_operations_that_they_name(tmp_path: Path) -> None:
    """Method and path are the document's; what the target file says beside stays."""
    (tmp_path / "openapi.yaml").write_text(SPEC, "utf-8")
    (tmp_path / "erp.yaml").write_text(
        "business_system:\n  base_url: https://erp.example.com\n  spec: openapi.yaml\n"
        "  create: {operation: createAccount, id: $.key}\n"
        "  update: {operation: replaceAccount, whole: true}\n"
        "  read: {operation: readAccount, path: '/orgs/1/accounts/{id}'}\n"
        "  delete: {operation: deleteAccount}\n",
        "utf-8",
    )
    role = load_target(str(tmp_path / "erp.yaml")).business_system
    assert role is not None
    assert role.create is not None
    assert (role.create.method, role.create.path, role.create.id) == ("POST", "/accounts", "$.key")
    assert role.update is not None
    assert (role.update.method, role.update.path, role.update.whole) == ("PUT", "/accounts/{id}", True)
    assert role.delete is not None
    assert (role.delete.method, role.delete.path) == ("DELETE", "/accounts/{id}")
    assert role.read is not None
    assert role.read.path == "/orgs/1/accounts/{id}"


@pytest.mark.parametrize(
    ("lines", "problem"),
    [
        ("  create: {operation: createAccount}\n", "spec: is missing; it is the OpenAPI document"),
        ("  spec: other.yaml\n  create: {operation: createAccount}\n", "spec: there is no file"),
        ("  spec: noise.yaml\n  create: {operation: createAccount}\n", "spec: "),
        (
            "  spec: openapi.yaml\n  create: {operation: createAcount}\n",
            "create: the document has no operation 'createAcount'; did you mean createAccount?",
        ),
        (
            "  spec: openapi.yaml\n  create: {path: /accounts}\n  read: {operation: readAccount}\n",
            "read: the path of readAccount has several parameters",
        ),
    ],
)
def test_an_operation_that_cannot_be_used_is_named(tmp_path: Path, lines: str, problem: str) -> None:
    (tmp_path / "openapi.yaml").write_text(SPEC, "utf-8")
    (tmp_path / "noise.yaml").write_bytes(b"\x00\xff{[")
    [found] = problems_of(tmp_path, f"  base_url: https://erp.example.com\n{lines}")
    assert problem in found


@pytest.mark.parametrize(
    ("lines", "problem"),
    [
        ("  adapter: odata\n", "there is no adapter 'odata'; did you mean odata-v4?"),
        ("  adapter: odata-v4\n", "collection: is missing; it is the entity set below base_url, such as Accounts"),
        ("  create: {path: accounts}\n", "create.path: must be a path that begins with one /"),
        ("  create: {path: '/{thing}'}\n", "create.path: has the unknown place {thing}; known: id, record,"),
        ("  create: {path: /a, body: {n: ['{what}']}}\n", "create.body: has the unknown place {what}"),
        ("  create: {path: /a, id: id}\n", "create.id: is not a JSONPath (RFC 9535)"),
        ("  read: {path: /a}\n", "says neither how records are created nor how they are polled"),
        (
            "  poll: {path: /a, query: {since: '{since}'}}\n",
            "where it comes from: give modified or poll.mark",
        ),
        ("  create: {path: /a}\n  label: name\n", "label: name is not a string among the fields"),
        ("  create: {path: /a}\n  fields: {stage: {type: enumeration}}\n", "an enumeration needs its values"),
        (
            "  create: {path: /a}\n  poll: {path: /a, paging: {link_header: true, token: $.next}}\n",
            "has link_header and token; keep one of them",
        ),
        (
            "  create: {path: /a}\n  poll: {path: /a, paging: {total: $.all}}\n",
            "has total, by which counted pages end; give offset_parameter or page_parameter",
        ),
    ],
)
def test_a_mistake_is_named_with_its_line_and_the_way_out(tmp_path: Path, lines: str, problem: str) -> None:
    found = problems_of(tmp_path, f"  base_url: https://erp.example.com\n{lines}")
    assert len(found) == 1
    assert found[0].startswith("erp.yaml:")
    assert problem in found[0]


def test_a_template_takes_text_and_never_more_than_its_place() -> None:
    call = Call(path="/accounts/{id}", query={"since": "gt {since}", "until": "{until}"}, headers={"X-At": "{since}"})
    request = filled(call, "https://erp.example.com", {"id": "a/b?c#d", "since": "1&x=2", "until": None})
    assert request == Request(
        "GET",
        "https://erp.example.com/accounts/a%2Fb%3Fc%23d?since=gt%201%26x%3D2",
        (("Accept", "application/json"), ("X-At", "1&x=2")),
    )


def test_a_record_stands_in_a_body_with_every_digit_and_unfilled_in() -> None:
    call = Call(method="POST", path="/a", body={"data": "{record}", "v": "{version}", "t": ["{id}"]})
    record = {"amount": Decimal("0.10"), "note": "{id}", "big": 2**63}
    request = filled(call, "https://erp.example.com", {"id": "1", "version": None}, record=record)
    assert request.body == b'{"data":{"amount":0.10,"note":"{id}","big":9223372036854775808},"t":["1"]}'


def test_a_shortened_text_fits_a_limit_in_any_count() -> None:
    """JavaScript and Java count the two halves of an emoji, and a text of half an emoji is none."""
    about = RecordField(type="string", max_length=4)
    assert shortened("👧👧👧", about) == "👧"
    assert shortened("abcdef", about) == "abc"


def test_decimals_stay_within_the_range_that_is_declared() -> None:
    about = RecordField(type="decimal", digits=6, scale=2, minimum=5, maximum=7)
    inside = [plain_value(about), *telling_decimals(about)]
    assert inside == [Decimal(7), Decimal(7), Decimal(5)]
    assert [value for _, value in beyond(about)] == [10000, Decimal("7.005"), Decimal("4.99"), Decimal("7.01")]


def test_an_empty_password_can_be_meant(tmp_path: Path) -> None:
    role = '  base_url: https://erp.example.com\n  poll: {path: /}\n  access: {basic: {user: flow, password: ""}}'
    (tmp_path / "erp.yaml").write_text(f"name: erp\nbusiness_system:\n{role}\n", "utf-8")
    system = load_target(str(tmp_path / "erp.yaml")).business_system
    assert system is not None
    assert system.access.basic is not None
    assert system.access.basic.password.reveal() == ""


def test_fields_lie_where_the_target_file_says() -> None:
    """On writing in a folder of another name, on reading elsewhere, and constants beside them."""
    role = role_of(
        "json-api",
        constants={"kind": "person"},
        fields={
            "city": {"type": "string", "write": "address.town", "read": "$.place.city"},
            "name": {"type": "string"},
        },
    )
    assert to_write(role, {"city": "Bonn", "name": "Ada"}, role.constants) == {
        "kind": "person",
        "address": {"town": "Bonn"},
        "name": "Ada",
    }
    assert to_write(role, {"city": "Bonn"}, {"address": {"zip": "1"}}) == {"address": {"zip": "1", "town": "Bonn"}}
    assert as_read(role, {"place": {"city": "Bonn"}, "name": "Ada"})["city"] == "Bonn"


def test_an_example_is_the_plain_value_of_a_field() -> None:
    assert plain_value(RecordField(type="string", example="ada@example.com")) == "ada@example.com"
    assert plain_value(RecordField(type="decimal", example=0.1)) == Decimal("0.1")


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ({"type": "multi_enumeration", "values": ["a", "b"]}, [["a"], ["b"], ["a", "b"]]),
        ({"type": "multi_enumeration", "values": ["a", "b"], "separator": ";"}, ["a", "b", "a;b"]),
    ],
)
def test_several_choices_are_a_list_or_one_text(field: dict[str, object], values: list[object]) -> None:
    assert choices(RecordField.model_validate(field)) == values


def test_a_key_may_stand_beside_another_credential(tmp_path: Path) -> None:
    role = '  base_url: https://erp.example.com\n  poll: {path: /}\n  access: {basic: {user: flow, password: ""}'
    both = f"{role}, api_key: {{header: HEADER, value: made-up-key-0123456789}}}}"
    (tmp_path / "erp.yaml").write_text(f"name: erp\nbusiness_system:\n{both.replace('HEADER', 'X-Key')}\n", "utf-8")
    system = load_target(str(tmp_path / "erp.yaml")).business_system
    assert system is not None
    headers = carrying(lambda request, *, retry: pytest.fail("nothing is sent"), system.access)
    assert [name for name, _ in headers] == ["Authorization", "X-Key"]
    assert "in the same header" in problems_of(tmp_path, both.replace("HEADER", "authorization"))[0]


GUIDE = (Path(__file__).parents[2] / "docs" / "business-systems.md").read_text("utf-8")
EXAMPLES = dict(re.findall(r"^\| `([a-z_.]+)` \| `(.+)` \| .+ \|$", GUIDE, re.MULTILINE))
CALL = set(Call.model_fields)


def names_of(model: type[BaseModel], above: str = "") -> Iterator[str]:
    """The fields of a model and of the models in it, with dots between them. Those of every call stand under `poll`."""
    for name, about in model.model_fields.items():
        if above != "poll." and name in CALL and issubclass(model, Call):
            continue
        yield above + name
        inner = [one for one in models_in(about.annotation) if one is not RecordField or name == "fields"]
        for one in inner if above + name not in ("without_permission", "without_access", "rate_limit.access") else []:
            if one.__module__.startswith("conformance.config.roles") and above.count(".") < 2:
                yield from names_of(one, f"{above}{name}.")


def models_in(annotation: Any) -> list[type[BaseModel]]:
    """The models of an annotation, such as the one of `Poll | None`."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for part in get_args(annotation) for model in models_in(part)]


def test_the_guide_has_each_field() -> None:
    """The table is complete, and names nothing else."""
    details = {"access.bearer.url", "access.bearer.form", "access.basic.user", "access.basic.password"}
    details |= {"access.api_key.header", "access.api_key.value"}
    assert {name for name in names_of(BusinessSystem) if name not in details} - EXAMPLES.keys() == {
        "transactions.begin.id"
    }


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_example_of_a_field_is_read_and_has_it(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("TOKEN", "PASSWORD", "KEY", "READER", "OUTSIDER", "COUNTED"):
        monkeypatch.setenv(variable, f"made-up-credential-{variable.lower()}-0123456789")
    example: dict[str, Any] = yaml.safe_load(EXAMPLES[name])
    first, *rest = name.split(".")
    inner: Any = example[first]
    for key in rest:
        inner = next(iter(inner.values())) if first == "fields" else inner
        inner = inner[key]
    assert inner is not None
    code = {"name": {"type": "string"}, "code": {"type": "string"}}
    plain = {"base_url": "https://erp.example.com", "modified": "$.modified", "create": {"path": "/accounts"}}
    role = {**plain, "fields": code, "spec": "openapi.yaml", "collection": "accounts", **example}
    (tmp_path / "openapi.yaml").write_text(SPEC, "utf-8")
    content: dict[str, Any] = {"name": "erp", "business_system": role}
    if name == "access.token_endpoint":
        content["token_endpoint"] = {
            "url": "https://login.example.com/token",
            "client_id": "flow",
            "client_secret": "${KEY}",
        }
    (tmp_path / "erp.yaml").write_text(yaml.safe_dump(content), "utf-8")
    assert load_target(str(tmp_path / "erp.yaml")).business_system is not None
