"""What a model found wrong with a document, in the words of whoever wrote the document.

Pydantic's own messages speak of inputs and types, and show the value. These speak of fields, lists and text,
say what is allowed, and show no value.
"""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, get_args

from pydantic import BaseModel, ValidationError

from conformance.documents.wording import NAME, hint

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pydantic_core import ErrorDetails

_TAG = re.compile(r"<.+>|\[key\]")


def of(error: ValidationError, model: type[BaseModel]) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Each error as its location in the document and a text without any value.

    Args:
        error: what the model raised.
        model: the model of the whole document.
    """
    errors = error.errors(include_url=False)
    places = [details["loc"] for details in errors]
    for details in errors:
        here = details["loc"]
        if details["type"] == "too_short" and any(len(at) > len(here) and at[: len(here)] == here for at in places):
            continue  # there are entries, but they have errors
        # The tags of a union say which of its forms was tried; they are no part of the document.
        at = tuple(part for part in details["loc"] if not (isinstance(part, str) and _TAG.fullmatch(part)))
        if details["type"] == "extra_forbidden":
            yield at, _unknown_field(str(at[-1]), fields_at(model, at[:-1]))
        else:
            yield at, _text(details)


def fields_at(model: type[BaseModel], at: tuple[str | int, ...]) -> list[str]:
    """The names of the fields which a model allows at a location."""
    found: list[object] = [model]
    for part in at:
        found = [inner for annotation in found for inner in _inside(annotation, part)]
    return [name for annotation in found for name in _fields(annotation)]


# ------------------------------------------------------------------ details


def _fields(annotation: object) -> list[str]:
    return list(annotation.model_fields) if isinstance(annotation, type) and issubclass(annotation, BaseModel) else []


def _inside(annotation: object, part: str | int) -> list[object]:
    fields = annotation.model_fields if isinstance(annotation, type) and issubclass(annotation, BaseModel) else {}
    # What is not a field is a list's position or a mapping's key: the models inside are known already.
    return list(_models(fields[part].annotation)) if isinstance(part, str) and part in fields else [annotation]


def _models(annotation: object) -> Iterator[object]:
    annotation = getattr(annotation, "__value__", annotation)
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from _models(argument)


def _unknown_field(name: str, fields: list[str]) -> str:
    return f"unknown field; {hint(name, fields)}" if fields else "unknown field"


def _text(details: ErrorDetails) -> str:
    kind, given, context = details["type"], details["input"], details.get("ctx", {})
    if given is None and kind != "missing":
        return "has no value; give it one, or delete the line"
    if kind == "value_error":
        return str(context["error"])
    if kind == "literal_error":
        allowed = re.findall(r"'([^']*)'", str(context["expected"]))
        said = f"{given!r} is not known" if isinstance(given, str) and NAME.fullmatch(given) else "is not known"
        return f"{said}; {hint(given if isinstance(given, str) else '', allowed)}"
    if kind in _TEXTS:
        return _TEXTS[kind].format_map({name: _plain(value) for name, value in context.items()})
    for beginning, describe in _KINDS:
        if kind.startswith(beginning):
            return describe(given)
    return details["msg"]


def _plain(value: object) -> object:
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _what(given: object) -> str:
    for kind, name in (
        (bool, "true or false"),
        (int, "a number"),
        (float, "a number"),
        (str, "text"),
        (date, "a date"),
    ):
        if isinstance(given, kind):
            return name
    return "a list" if isinstance(given, list | tuple) else "a mapping" if isinstance(given, dict) else "something else"


def _must_be(wanted: str) -> Callable[[object], str]:
    return lambda given: f"must be {wanted}" + ("" if isinstance(given, str | float) else f", not {_what(given)}")


def _must_be_text(given: object) -> str:
    in_quotes = isinstance(given, bool | int | float | date)
    return f"must be text, not {_what(given)}" + ("; put it in quotes" if in_quotes else "")


_TEXTS = {
    "missing": "is missing",
    "greater_than": "must be greater than {gt}",
    "greater_than_equal": "must be at least {ge}",
    "less_than": "must be less than {lt}",
    "less_than_equal": "must be at most {le}",
    "too_short": "needs at least {min_length} entry",
    "too_long": "takes at most {max_length} entries",
    "string_too_short": "must have at least {min_length} characters",
    "string_too_long": "must have at most {max_length} characters",
    "finite_number": "must be a finite number",
}

_KINDS: tuple[tuple[str, Callable[[object], str]], ...] = (
    ("string", _must_be_text),
    ("int", _must_be("a whole number")),
    ("float", _must_be("a number")),
    ("bool", _must_be("true or false")),
    ("date", _must_be("a date such as 2026-03-31")),
    ("model", _must_be("a mapping of fields")),
    ("dict", _must_be("a mapping")),
    ("tuple", _must_be("a list, such as [a, b]")),
    ("list", _must_be("a list, such as [a, b]")),
)
