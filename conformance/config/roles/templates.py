"""Requests as a target file writes them: text with places in braces, and JSONPath (RFC 9535) for the answers.

A template is data. Its places are filled with text, its paths look values up, and nothing in it is executed.
"""

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, ConfigDict, Field, ValidationInfo
from pydantic.config import JsonDict

from conformance.config.field_types import FileModel, HeaderName
from conformance.config.secret_references import References
from conformance.documents import json_path

PLACES = ("id", "record", "records", "since", "until", "size", "page", "key", "version", "transaction")
"""What a template may leave open: `{id}` and so on. `{collection}` is filled in when the file is read."""

_PLACE = re.compile(r"\{([a-z_]+)\}")


def places_in(text: str) -> list[str]:
    """The names of the places in a text."""
    return _PLACE.findall(text)


def _template(text: str, info: ValidationInfo) -> str:
    references = info.context if isinstance(info.context, References) else None
    for name in places_in(text):
        if name not in PLACES:
            place = f"{{{name}}}"
            shown = (
                "a place that is unknown" if references and references.bring(place) else f"the unknown place {place}"
            )
            raise ValueError(f"has {shown}; known: {', '.join(PLACES)}")
    return text


def _referring_template(text: str, info: ValidationInfo) -> str:
    template = _template(text, info)
    return info.context.text(template) if isinstance(info.context, References) else template


def _template_of_a_path(path: str, info: ValidationInfo) -> str:
    if not path.startswith("/") or path.startswith("//") or re.search(r"[\s\x00-\x1f\x7f?#]", path):
        raise ValueError("must be a path that begins with one /, without query, fragment and spaces")
    return _template(path, info)


def _templates_inside(body: object, info: ValidationInfo) -> object:
    match body:
        case str():
            return _referring_template(body, info)
        case dict():
            return {name: _templates_inside(value, info) for name, value in body.items()}
        case list():
            return [_templates_inside(value, info) for value in body]
    return body


def _json_path(path: str) -> str:
    if not json_path.is_valid(path):
        raise ValueError("is not a JSONPath (RFC 9535); write one such as $.items[*] or $['@odata.nextLink']")
    return path


type Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "MERGE", "REPORT", "SEARCH"]
type Template = Annotated[str, AfterValidator(_referring_template)]
type PathTemplate = Annotated[str, AfterValidator(_template_of_a_path)]
type BodyTemplate = Annotated[object, AfterValidator(_templates_inside)]
type JsonPath = Annotated[str, AfterValidator(_json_path)]

_BODY = '"{record}" stands for the whole record; text may hold other places.'


def _path_may_come_from_elsewhere(schema: JsonDict) -> None:
    """An adapter, or the operation that is named, gives the path where a target file does not."""
    if isinstance(required := schema.get("required"), list):
        schema["required"] = [name for name in required if name != "path"]


class Call(FileModel):
    """One request. A query parameter or header whose place has no value is left out."""

    model_config = ConfigDict(json_schema_extra=_path_may_come_from_elsewhere)

    operation: str | None = Field(
        default=None, min_length=1, description="The operation of the document `spec` whose method and path it has."
    )
    method: Method = Field(default="GET", description="Its method.")
    path: PathTemplate = Field(description="Its path below base_url, such as /accounts/{id}.")
    query: dict[str, Template] = Field(default={}, description="The parameters of its query.")
    headers: dict[HeaderName, Template] = Field(default={}, description="Its headers besides the credentials.")
    body: BodyTemplate = Field(default=None, description=f"Its JSON body. {_BODY}")

    def has(self, place: str) -> bool:
        """Whether a place such as `since` stands anywhere in it."""
        texts = [self.path, *self.query.values(), *self.headers.values(), str(self.body)]
        return any(f"{{{place}}}" in text for text in texts)


class Creation(Call):
    """The request that creates a record. Where `{id}` stands in it, the caller chooses the id."""

    method: Literal["POST", "PUT", "PATCH"] = Field(default="POST", description="Its method.")
    body: BodyTemplate = Field(default="{record}", description=f"Its JSON body. {_BODY}")
    id: JsonPath = Field(default="$.id", description="Where the answer has the id of the new record.")


class BulkCreation(Call):
    """The request that creates several records in one write."""

    method: Literal["POST", "PUT", "PATCH"] = Field(default="POST", description="Its method.")
    body: BodyTemplate = Field(
        default="{records}", description='Its JSON body. "{records}" stands for the list of records.'
    )
    ids: JsonPath = Field(default="$[*].id", description="Where the answer has the ids, in the order of the records.")
    results: JsonPath | None = Field(
        default=None, description="Where the answer has one result for each record, where some may fail alone."
    )
    success: JsonPath = Field(default="$.success", description="Where a result says whether its record was written.")


class Upsert(Call):
    """The request that writes the record with an external id, which is `{key}`: a new one if there is none yet."""

    method: Literal["POST", "PUT", "PATCH"] = Field(default="PUT", description="Its method.")
    body: BodyTemplate = Field(default="{record}", description=f"Its JSON body. {_BODY}")
    key: str = Field(min_length=1, description="The field that is the external id.")
    id: JsonPath = Field(default="$.id", description="Where the answer has the id of the record.")


class Reading(Call):
    """The request that reads one record."""

    item: JsonPath = Field(default="$", description="Where the answer has the record, in the shape of polled ones.")


class Update(Call):
    """The request that changes a record."""

    method: Literal["POST", "PUT", "PATCH", "MERGE"] = Field(default="PATCH", description="Its method.")
    body: BodyTemplate = Field(default="{record}", description=f"Its JSON body. {_BODY}")
    whole: bool = Field(
        default=False, description="Whether it takes the whole record as it was read, with the changes in it."
    )


class Deletion(Call):
    """The request that deletes a record."""

    method: Literal["DELETE", "POST"] = Field(default="DELETE", description="Its method.")


class Undeletion(Call):
    """The request that brings a deleted record back."""

    method: Literal["POST", "PUT", "PATCH"] = Field(default="POST", description="Its method.")


class Begin(Call):
    """The request that begins a transaction."""

    method: Literal["POST", "PUT"] = Field(default="POST", description="Its method.")
    id: JsonPath = Field(default="$.id", description="Where the answer has the id of the transaction.")
