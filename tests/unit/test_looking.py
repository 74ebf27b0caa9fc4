"""Which steps of the reference only look, and which variants answer otherwise in them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from starlette.datastructures import Headers
from starlette.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse

from conformance.reference.file_service import FileService, Refusal
from conformance.reference.org import Org
from conformance.reference.single_access import SingleAccess
from conformance.reference.variants import variants
from tests.proof.kill_and_spare.looking import Comparison, compared, is_same, only_looks

if TYPE_CHECKING:
    from starlette.requests import Request


def rewritten(path: Path) -> None:
    path.write_bytes(b"new")


class Looking(SingleAccess):
    """Steps that only look, each in its way."""

    def asks_another(self, value: str) -> bool:
        return self.accept(value) is None

    def picks(self, values: list[str]) -> str | None:
        return next((value for value in values if value), None)

    def makes_something_new(self, values: list[str]) -> dict[str, object]:
        return {value: [value, *values] for value in values}

    def writes_to_the_file_that_it_is_given(self, path: Path) -> None:
        path.write_bytes(b"new")
        rewritten(path)


class Changing(SingleAccess):
    """Steps that change something, each in its way."""

    def assigns(self) -> None:
        self.org = Org()

    def puts_in_its_place(self, values: dict[str, str]) -> None:
        values["one"] = "two"

    def takes_away(self, values: dict[str, str]) -> None:
        del values["one"]

    def adds_in_place(self, values: list[str]) -> None:
        values += ["one"]

    def calls_what_changes(self, values: list[str]) -> None:
        values.append("one")

    def takes_the_next(self) -> object:
        return next(self.numbers)

    def comes_in_pieces(self) -> object:
        yield 1

    async def waits(self) -> None:
        pass

    def has_a_part_that_waits(self) -> object:
        async def part() -> None:
            pass

        return part

    def asks_a_step_that_changes(self) -> None:
        self.assigns()

    def asks_the_org(self, code: str) -> object:
        return self.org.redeem(code)

    def goes_on_to_a_class_before(self, request: Any) -> object:
        return super().enter(request)

    def cannot_be_read(self) -> None:
        pass


Changing.cannot_be_read = eval("lambda self: None")  # a function without a source


@pytest.mark.parametrize("name", [name for name in vars(Looking) if not name.startswith("_")])
def test_a_step_looks_if_nothing_is_another_after_it(name: str) -> None:
    assert only_looks(Looking, name)


@pytest.mark.parametrize("name", [name for name in vars(Changing) if not name.startswith("_")])
def test_a_step_does_not_look_if_anything_may_be_another_after_it(name: str) -> None:
    assert not only_looks(Changing, name)


def test_a_step_is_compared_if_it_looks_in_the_correct_role_and_in_the_variant() -> None:
    class Changed(SingleAccess):
        """Two steps that look, one that changes something here, and one that does so in the correct role."""

        def is_bearer(self, scheme: str) -> bool:
            return self.helper()

        def helper(self) -> bool:
            return True

        def accept(self, value: str) -> None:
            self.org.tokens.clear()

        def enter(self, landing: str) -> Response:
            return Response()

    assert compared(Changed) == {"is_bearer"}


def test_no_step_of_a_fault_that_blinds_is_compared() -> None:
    """It ends the token of one test when another gets one, though each test by itself sees nothing of that."""
    fault = variants()["new-tokens-end-former-ones"]

    assert fault.blinds
    assert not compared(fault.role)


@dataclass(frozen=True)
class Pair:
    """Two values."""

    first: object
    second: object = None


@pytest.mark.parametrize(
    "make",
    [
        lambda: None,
        lambda: {"a": [1, 2.0, True], "b": ("x", b"y")},
        lambda: datetime(2026, 1, 1, tzinfo=UTC),
        lambda: Pair(1, [2]),
        lambda: Refusal(404, "there is none", {"A": "b"}),
        lambda: JSONResponse({"a": 1}, 201, {"A": "b"}),
    ],
    ids=["nothing", "values", "time", "record", "refusal", "response"],
)
def test_answers_of_the_same_content_are_the_same(make: Callable[[], object]) -> None:
    assert is_same(make(), make())


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (1, 1.0),
        (1, True),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}),
        ([1], [1, 2]),
        ([1], (1,)),
        (datetime(2026, 1, 1, 12, tzinfo=UTC), datetime(2026, 1, 1, 13, tzinfo=timezone(timedelta(hours=1)))),
        (Pair(1), Pair(2)),
        (Refusal(404, "there is none"), Refusal(410, "there is none")),
        (ValueError("a"), ValueError("b")),
        (JSONResponse({}, 200), JSONResponse({}, 201)),
        (JSONResponse({}), JSONResponse({}, headers={"A": "b"})),
        (JSONResponse([]), JSONResponse({})),
        (JSONResponse("a"), PlainTextResponse('"a"')),
        (StreamingResponse(iter(())), StreamingResponse(iter(()))),
        (object(), object()),
    ],
)
def test_answers_that_somebody_can_tell_apart_are_not_the_same(one: object, other: object) -> None:
    assert not is_same(one, other)


@pytest.fixture
def comparison() -> Comparison:
    """All variants of the file service, beside a correct one of its own."""
    return Comparison(Service, [variant.role for variant in variants().values() if variant.role.role == "file_service"])


class Service(FileService):
    """A correct file service whose steps may be replaced."""


def request(headers: dict[str, str]) -> Request:
    return SimpleNamespace(headers=Headers(headers))


def test_a_variant_that_answers_otherwise_is_noted(comparison: Comparison) -> None:
    service = Service(Org())

    service.check_whole(request({}))
    assert "PartsReplaceTheFile" not in comparison.differing
    with pytest.raises(Refusal, match="a file is put as a whole"):
        service.check_whole(request({"Content-Range": "bytes 0-1/2"}))

    assert "PartsReplaceTheFile" in comparison.differing
    assert not comparison.is_at_work


def test_the_correct_answer_is_given_and_a_variant_changes_no_file(comparison: Comparison, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"one\r\ntwo")

    Service(Org()).kept("name", file)

    assert {"CrlfBecomesLf", "LfBecomesCrlf"} <= comparison.differing
    assert "NulEndsTheFile" not in comparison.differing
    assert file.read_bytes() == b"one\r\ntwo"
    assert [*tmp_path.iterdir()] == [file]
