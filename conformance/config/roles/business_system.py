"""The role of a system whose records are written and polled: any HTTP API that a flow connects to."""

from collections import Counter
from typing import Any, ClassVar, Literal, Self

from pydantic import Field, ValidationInfo, model_validator

from conformance.config.field_types import BaseAddress, Count, File, FileModel, HeaderName, Quantity, Stem, WebAddress
from conformance.config.operations import with_operations
from conformance.config.presets import with_adapter
from conformance.config.roles.access import Access
from conformance.config.roles.business_system_features import FEATURES
from conformance.config.roles.feature import Feature
from conformance.config.roles.model import RoleModel
from conformance.config.roles.record_fields import RecordField
from conformance.config.roles.templates import (
    Begin,
    BulkCreation,
    Call,
    Creation,
    Deletion,
    JsonPath,
    Reading,
    Undeletion,
    Update,
    Upsert,
)


class Paging(FileModel):
    """How the next page is asked for; at most one of these."""

    next_url: JsonPath | None = Field(default=None, description="Where an answer has the address of the next page.")
    next_url_header: HeaderName | None = Field(default=None, description="The header of an answer that has it.")
    link_header: bool = Field(default=False, description="Whether a Link header with rel=next leads on (RFC 8288).")
    token: JsonPath | None = Field(default=None, description="Where an answer has the token of the next page.")
    token_header: HeaderName | None = Field(
        default=None, description="The header of an answer with the token of the next page."
    )
    token_parameter: str = Field(
        default="page_token",
        min_length=1,
        description="The query parameter for the token, where there is no {page}.",
    )
    offset_parameter: str | None = Field(default=None, description="The query parameter for how many records to skip.")
    page_parameter: str | None = Field(default=None, description="The query parameter for the page's number.")
    first: Count | None = Field(
        default=None, ge=0, le=1, description="The number of the first page (1 if left out), or the first offset (0)."
    )
    total: JsonPath | None = Field(
        default=None, description="Where an answer says how many records all pages have, where they are counted."
    )
    by_mark: bool = Field(default=False, description="Whether the next page is asked for by the mark of this one.")

    @model_validator(mode="after")
    def _is_of_one_kind(self) -> Self:
        kinds = (
            "next_url",
            "next_url_header",
            "link_header",
            "token",
            "token_header",
            "offset_parameter",
            "page_parameter",
            "by_mark",
        )
        given = [name for name in kinds if getattr(self, name)]
        if len(given) > 1:
            raise ValueError(f"has {' and '.join(given)}; keep one of them")
        if self.total is not None and given not in (["offset_parameter"], ["page_parameter"]):
            raise ValueError("has total, by which counted pages end; give offset_parameter or page_parameter")
        return self


class Poll(Call):
    """The request that asks what has changed since a mark."""

    method: Literal["GET", "POST", "REPORT", "SEARCH"] = Field(default="GET", description="Its method.")
    items: JsonPath = Field(default="$[*]", description="Where an answer has the records.")
    mark: JsonPath | None = Field(
        default=None, description="Where an answer has the next mark; the latest time of a record if left out."
    )
    mark_header: HeaderName | None = Field(default=None, description="The header of an answer that has the next mark.")
    boundary: Literal["inclusive", "exclusive"] = Field(
        default="inclusive", description="Whether a record that changed exactly at the mark is in the answer."
    )
    start: str | None = Field(default=None, min_length=1, description="The mark of a poller that knows nothing yet.")
    delay_seconds: Quantity = Field(
        default=0, ge=0, le=3600, description="How long a change may take until a poll shows it."
    )
    paging: Paging = Field(default=Paging(), description="How the next page is asked for.")
    largest_page: Count = Field(default=100, gt=0, le=100_000, description="The largest page that may be asked for.")
    deletes: Literal["shown", "hidden"] = Field(
        default="hidden", description="Whether a deleted record shows up, as the role's `deleted` says."
    )

    @property
    def has_marks(self) -> bool:
        """Whether marks come from the answers, and are not times of records."""
        return self.mark is not None or self.mark_header is not None


class FieldList(Call):
    """The request that reads the description of an object."""

    method: Literal["GET", "POST", "OPTIONS"] = Field(default="GET", description="Its method.")
    format: Literal["json", "csdl"] = Field(
        default="json",
        description="JSON, or the XML of OData: its properties have name, type, required and length.",
    )
    fields: JsonPath = Field(default="$.fields[*]", description="Where the answer has the fields.")
    keyed: bool = Field(
        default=False, description="Whether they are one object by name, as in JSON Schema, OpenAPI and OPTIONS."
    )
    name: JsonPath = Field(default="$.name", description="Where a field has its name.")
    type: JsonPath | None = Field(default="$.type", description="Where a field has its type.")
    required: JsonPath | None = Field(default=None, description="Where a field says whether it is required.")
    required_names: JsonPath | None = Field(
        default=None, description="Where the answer has the name of each required field, as in JSON Schema."
    )
    read_only: JsonPath | None = Field(default=None, description="Where a field says that it can't be written.")
    length: JsonPath | None = Field(default=None, description="Where a text has its greatest length.")
    values: JsonPath | None = Field(default=None, description="Where an enumeration has its values.")


class Transactions(FileModel):
    """How writes are held open, and committed together."""

    begin: Begin = Field(description="The request that begins a transaction.")
    commit: Call = Field(description="The request that commits `{transaction}`.")
    header: HeaderName = Field(description="The header by which a write says its transaction.")


class RateLimit(FileModel):
    """How many writes in a row are so many that the system answers 429."""

    writes: Count = Field(gt=0, le=1000, description="How many writes in a row it takes; the next one gets 429.")
    access: Access | None = Field(
        default=None, description="The credentials of a caller with such a limit; those of the connection if left out."
    )


_KEYS = Counter(feature.line.partition(":")[0] for feature in FEATURES)
_DECLARED_BY = {feature.name: key for feature in FEATURES if _KEYS[key := feature.line.partition(":")[0]] == 1}
"""The field that declares a feature and no other one, by the feature's name."""


class BusinessSystem(RoleModel):
    """A system whose records are created, read, updated, deleted and polled over HTTP."""

    name: ClassVar[str] = "business_system"
    creates: ClassVar[str] = "records"
    features: ClassVar[tuple[Feature, ...]] = FEATURES
    example: ClassVar[str] = "{base_url: https://…, adapter: json-api, collection: accounts, fields: {…}}"

    base_url: BaseAddress = Field(description="Where all paths of the role begin.")
    adapter: Stem | None = Field(default=None, description="A file of profiles/adapters, such as odata-v4.")
    collection: str | None = Field(default=None, min_length=1, description="What the adapter puts into its addresses.")
    spec: File | None = Field(default=None, description="The OpenAPI document whose operations the calls name.")
    access: Access = Field(default=Access(), description="The credentials of the connection.")
    without_permission: Access | None = Field(
        default=None, description="The credentials of a caller who may not write these records."
    )
    without_access: Access | None = Field(
        default=None, description="The credentials of a caller who may neither read nor write these records."
    )
    former_tokens: Count = Field(
        default=1, ge=0, le=20, description="How many former tokens stay valid where new ones are fetched."
    )
    create: Creation | None = Field(default=None, description="How a record is created.")
    create_many: BulkCreation | None = Field(default=None, description="How several records are created in one write.")
    upsert: Upsert | None = Field(default=None, description="How a record is written by its external id.")
    read: Reading | None = Field(default=None, description="How a record is read.")
    update: Update | None = Field(default=None, description="How a record is changed.")
    delete: Deletion | None = Field(default=None, description="How a record is deleted.")
    undelete: Undeletion | None = Field(default=None, description="How a deleted record is brought back.")
    poll: Poll | None = Field(default=None, description="How changes are asked for.")
    check: Call | None = Field(default=None, description="How a connection is tested; a poll if left out.")
    metadata: FieldList | None = Field(default=None, description="How the fields of the object are read.")
    id: JsonPath = Field(default="$.id", description="Where a record has its id.")
    modified: JsonPath | None = Field(default=None, description="Where a record has the time of its last change.")
    version: JsonPath | None = Field(default=None, description="Where a record has what is new after each change.")
    deleted: JsonPath | None = Field(default=None, description="Where a record says that it is deleted.")
    record: JsonPath = Field(default="$", description="Where a record has its fields.")
    fields: dict[str, RecordField] = Field(default={}, description="The fields that are written, by name.")
    constants: dict[str, Any] = Field(
        default={}, description="What is beside the fields in each new record, and in each one written as a whole."
    )
    label: str | None = Field(default=None, description="The text field that shows what belongs to a test.")
    idempotency_header: HeaderName | None = Field(
        default=None, description="The header whose key makes a retry harmless, such as Idempotency-Key."
    )
    lock: Literal["etag", "version"] | None = Field(
        default=None, description="What an update shows so that it changes nothing newer: If-Match, or {version}."
    )
    rate_limit: RateLimit | None = Field(
        default=None, description="How many writes in a row are so many that the system answers 429."
    )
    transactions: Transactions | None = Field(default=None, description="How writes are held open.")
    clock: WebAddress | None = Field(default=None, description="Where the clock of the system is stopped and moved.")

    @model_validator(mode="before")
    @classmethod
    def _expand(cls, data: object, info: ValidationInfo) -> object:
        return with_operations(with_adapter(data, _DECLARED_BY), info)

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if self.poll is None and self.create is None:
            raise ValueError("says neither how records are created nor how they are polled: give adapter, or the calls")
        for name, about in self.fields.items():
            if about.type == "lookup" and about.required and about.example is None:
                raise ValueError(f"fields.{name}: a required lookup needs its example: the id of a record")
        if self.upsert is not None and getattr(self.fields.get(self.upsert.key), "type", "") not in ("string", "text"):
            raise ValueError(f"upsert.key: {self.upsert.key} is not a string among the fields")
        if self.label is not None and getattr(self.fields.get(self.label), "type", "") not in ("string", "text"):
            raise ValueError(f"label: {self.label} is not a string among the fields")
        if self.poll is not None and not self.poll.has_marks and self.modified is None and self.poll.has("since"):
            raise ValueError("poll asks since a mark, but nothing says where it comes from: give modified or poll.mark")
        return self

    @property
    def address(self) -> str:
        """Where all its paths begin."""
        return self.base_url

    @property
    def credentials(self) -> Access:
        """The credentials of the connection."""
        return self.access
