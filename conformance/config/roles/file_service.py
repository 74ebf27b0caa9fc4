"""The role of a service that stores files, for uploads and downloads by External Services."""

import re
from pathlib import Path
from typing import Annotated, ClassVar, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo, WithJsonSchema, model_validator
from pydantic_core import PydanticCustomError

from conformance.config.field_types import BaseAddress, Count, FileModel, HeaderName, Parameter, Quantity, WebAddress
from conformance.config.roles.access import Access
from conformance.config.roles.feature import Feature
from conformance.config.roles.file_service_access import FileAccess
from conformance.config.roles.file_service_features import FEATURES
from conformance.config.roles.model import RoleModel
from conformance.config.secret_references import References

_MEDIA_TYPE = "[A-Za-z0-9!#$&^_.+-]+/[A-Za-z0-9!#$&^_.+-]+"
_PREFIX = "[A-Za-z0-9][A-Za-z0-9._-]{0,60}"


def _document(value: object, info: ValidationInfo) -> object:
    if not isinstance(value, str) or not value:
        raise PydanticCustomError("document", "must be a file beside the target file, or an https address")
    if "://" in value:
        if not value.startswith(("https://", "http://")):
            raise PydanticCustomError("document", "must be a file beside the target file, or an https address")
        return value
    return info.context.path(value) if isinstance(info.context, References) else Path(value)


def _template(url: str) -> str:
    if url.count("{name}") != 1 or "{" in url.replace("{name}", ""):
        raise ValueError("must hold {name} once, in place of the name of a file: https://files.example.com/{name}")
    if "?" in url.partition("{name}")[0]:
        raise ValueError("must hold {name} in its path, before any query")
    return url


def _media_type(text: str) -> str:
    if re.fullmatch(_MEDIA_TYPE, text) is None:
        raise ValueError("must be a media type without parameters, such as application/octet-stream")
    return text.lower()


def _prefix(text: str) -> str:
    if re.fullmatch(_PREFIX, text) is None:
        raise ValueError(
            "must be letters, digits, dots, hyphens and underscores; a folder belongs into url or base_url"
        )
    return text


type FileAddress = Annotated[WebAddress, AfterValidator(_template)]
type DocumentPlace = Annotated[str | Path, BeforeValidator(_document), WithJsonSchema({"type": "string"})]
type MediaType = Annotated[str, AfterValidator(_media_type)]
type Supported = Literal["application/json", "application/x-www-form-urlencoded", "text/plain"]
type Prefix = Annotated[str, AfterValidator(_prefix)]


class Operations(FileModel):
    """Which operations of the OpenAPI document do what, by operationId."""

    upload: str = Field(min_length=1, description="Stores a file under a name that the caller gives (PUT).")
    download: str = Field(min_length=1, description="Gives a file back (GET).")
    delete: str | None = Field(
        default=None, min_length=1, description="Removes a file (DELETE); left out where deletion is absent."
    )
    probe: str | None = Field(
        default=None, min_length=1, description="Says about a file what its download would say (HEAD)."
    )
    create: str | None = Field(
        default=None, min_length=1, description="Stores a file under an id that the service makes (POST)."
    )


class Creation(FileModel):
    """How a file is stored under an id that the service makes."""

    url: WebAddress | None = Field(default=None, description="Where it is posted; found in the document if left out.")
    id: str = Field(
        default="/id", pattern="^(/[^/]*)+$", description="Where the id is in the answer, as a JSON Pointer."
    )


class Begin(FileModel):
    """The first step of an upload in two: a POST whose answer gives the address of the PUT."""

    url: WebAddress = Field(description="Where the POST goes; {name} stands for the name of the file.")
    body: str = Field(default="", description="The JSON that is posted, with {name}; nothing if left out.")
    at: str | None = Field(
        default=None,
        pattern="^(/[^/]*)+$",
        description="Where the address is in the answer, as a JSON Pointer; in Location if left out.",
    )
    query: str = Field(default="", description="What is added to the query of the address: digest={name}.")


class FileService(RoleModel):
    """A service that stores files by name, as an OpenAPI document or a template of addresses describes it."""

    name: ClassVar[str] = "file_service"
    creates: ClassVar[str] = "files"
    features: ClassVar[tuple[Feature, ...]] = FEATURES
    example: ClassVar[str] = '{url: "https://…/{name}"}'

    url: FileAddress | None = Field(
        default=None, description="The address of a file, with {name} in place of its name; for stores without a spec."
    )
    spec: DocumentPlace | None = Field(default=None, description="The OpenAPI document: a file, or its address.")
    base_url: BaseAddress | None = Field(default=None, description="Where the paths of the document begin.")
    operations: Operations | None = Field(default=None, description="Which operations of the document do what.")
    create: Creation | None = Field(default=None, description="How files are posted, where the service makes the ids.")
    begin: Begin | None = Field(
        default=None, description="The first step of an upload, where a POST gives the address of the PUT."
    )
    access: FileAccess = Field(default=FileAccess(), description="The credentials of the caller.")
    headers: dict[HeaderName, Parameter] = Field(
        default={}, description="Headers that each request has, such as x-ms-blob-type: BlockBlob."
    )
    names: Literal["any", "plain", "uuid", "digest"] = Field(
        default="any",
        description="What names files have: any text, letters and digits with dots and hyphens, UUIDs, or sha256: and "
        "the digest of the file.",
    )
    prefix: Prefix = Field(
        default="seasonproof-", description="What the names of the suite's files begin with; nothing else is touched."
    )
    media_type: MediaType = Field(
        default="application/octet-stream", description="The media type with which files are sent."
    )
    media_types: tuple[MediaType, ...] = Field(default=(), description="Further media types that the service takes.")
    refused_media_type: MediaType | None = Field(default=None, description="A media type that it does not take.")
    mapped_media_types: dict[MediaType, Supported] = Field(
        default={}, description="Media types of the document that the registration maps, to those they are mapped to."
    )
    openapi_3_1: bool = Field(
        default=False, description="Whether the org has registered OpenAPI 3.1, of which Salesforce says nothing."
    )
    max_bytes: Count = Field(
        default=16_000_000, ge=1024, le=1_000_000_000, description="The size up to which files have to work."
    )
    refused_bytes: Count | None = Field(
        default=None, ge=1, le=1_000_000_000, description="A size from which on files are refused."
    )
    consistency_seconds: Quantity = Field(
        default=0.0, ge=0, le=60, description="How long after a change the old state may still be seen."
    )

    late_seconds: Quantity = Field(
        default=0.0,
        ge=0,
        le=60,
        description="How late after an upload that broke off what is left of it may appear: it is looked for again.",
    )

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if self.url is None and (self.spec is None or self.base_url is None or self.operations is None):
            raise ValueError(
                "needs to know where files are: give url with {name} in it, or spec, base_url and operations"
            )
        if self.operations is not None and self.operations.delete is None and self.deletes:
            raise ValueError(
                "operations has no delete: name the operation that removes a file, or say absent: [deletion]"
            )
        if self.operations is not None and self.operations.delete is not None and not self.deletes:
            raise ValueError("deletion cannot be absent, since operations.delete declares it; keep one")
        if self.refused_bytes is not None and self.refused_bytes <= self.max_bytes:
            raise ValueError("refused_bytes has to be larger than max_bytes, which is a size that works")
        if self.refused_media_type in (self.media_type, *self.media_types):
            raise ValueError("refused_media_type is one of the media types that the service takes")
        if self.names in ("uuid", "digest") and self.prefix != "seasonproof-":
            raise ValueError(f"a {self.names} has no prefix: leave prefix out")
        return self

    @property
    def deletes(self) -> bool:
        """Whether files can be removed, as far as the file says."""
        return "deletion" not in self.absent

    @property
    def posts(self) -> bool:
        """Whether files can be posted, as far as the file says."""
        return bool((self.create and self.create.url) or (self.operations and self.operations.create))

    @property
    def address(self) -> str:
        """Where files are: the service's own address, or its origin where only the address of a file is known."""
        if self.base_url is not None:
            return self.base_url
        parts = urlsplit(self.url or "")
        return f"{parts.scheme}://{parts.netloc}"

    @property
    def own_addresses(self) -> tuple[str, ...]:
        """Where its files are."""
        folder = (self.url or "").partition("{name}")[0].rpartition("/")[0]
        return tuple(filter(None, (self.base_url, folder)))

    @property
    def credentials(self) -> Access:
        """The caller's."""
        return self.access
