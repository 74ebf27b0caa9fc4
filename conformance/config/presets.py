"""Presets and adapters: what `provider: auth0` and `adapter: odata-v4` in a target file stand for."""

from collections.abc import Mapping
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field
from pydantic_core import PydanticCustomError

from conformance.config.field_types import FileModel
from conformance.config.profile_files import PublicUrl, RequirementId
from conformance.documents import did_you_mean, load
from conformance.documents.package_data import data_dir

type Fields = dict[str, Annotated[str | bool, Field(union_mode="left_to_right")]]


class KnownAnswer(FileModel):
    """A deviation that a product is known for: on a target of this dialect it is shown as waived, never as passed."""

    requirement: RequirementId = Field(description="The requirement that the product deviates from.")
    judgement: str = Field(min_length=1, description="The judgement that goes against it, such as refused:error-code.")
    says: str = Field(min_length=1, description="What the message of this deviation says, and that of no other.")
    answer: str = Field(min_length=1, description="What the product answers, in one sentence.")
    source: PublicUrl = Field(description="The page of the vendor, or else of the person who saw it.")

    def matches(self, judgement: str, message: str) -> bool:
        """Whether it is this deviation that was found."""
        return judgement == self.judgement and self.says in message


class Special(FileModel):
    """What differs for some tenants."""

    tenant: str = Field(min_length=1, description="Which tenants, with * for any characters.")
    token_endpoint: Fields = Field(min_length=1, description="The fields that differ.")


class Preset(FileModel):
    """One preset as it stands in its file. `{tenant}` in a value stands for the tenant of the target file."""

    provider: str = Field(description="Its name: the file's name without .yaml.")
    title: str = Field(description="What the product is called.")
    tenant: str = Field(description="What the tenant is, with an example.")
    token_endpoint: Fields = Field(min_length=1, description="Fields of the role, unless the target file gives them.")
    special: tuple[Special, ...] = Field(default=(), description="What differs for some tenants.")
    notes: tuple[str, ...] = Field(default=(), description="What to know about the product; the plan shows it.")
    dialect: tuple[KnownAnswer, ...] = Field(default=(), description="The deviations that the product is known for.")


class Adapter(FileModel):
    """One adapter as it stands in its file. `{collection}` in a value stands for the collection of the target file."""

    adapter: str = Field(description="Its name: the file's name without .yaml.")
    title: str = Field(description="What kind of API it is for.")
    collection: str = Field(description="What the collection is, with an example.")
    business_system: dict[str, Any] = Field(min_length=1, description="Fields of the role.")
    notes: tuple[str, ...] = Field(default=(), description="What to know about such APIs.")


def preset_files() -> dict[str, Path]:
    """The presets that come with the package, by name."""
    return _files("providers")


@cache
def preset(name: str) -> Preset:
    """The preset of this name, which there is."""
    return load(preset_files()[name], Preset)


@cache
def dialects() -> tuple[str, ...]:
    """The presets whose products are known for deviations."""
    return tuple(name for name in preset_files() if preset(name).dialect)


def adapter_files() -> dict[str, Path]:
    """The adapters that come with the package, by name."""
    return _files("adapters")


def with_preset(data: object) -> object:
    """A role's fields as written, completed by the preset that `provider` names.

    Raises:
        PydanticCustomError: there is no such preset, or its tenant is missing.
        UsageProblem: its file has errors.
    """
    if not isinstance(data, dict) or not isinstance(data.get("provider"), str):
        return data
    found = load(_named(data["provider"], "provider", "preset", preset_files()), Preset)
    tenant, given = data.get("tenant"), dict(found.token_endpoint)
    for special in found.special:
        if isinstance(tenant, str) and fnmatchcase(tenant, special.tenant):
            given |= special.token_endpoint
    return _completed(data, given, "tenant", found.tenant)


def with_adapter(data: object, fields: Mapping[str, str]) -> object:
    """A role's fields as written, completed by the adapter that they name. A mapping is completed field by field.

    What the file says is absent is not taken from the adapter.

    Args:
        data: the fields as written.
        fields: the field by which a feature is declared, by the name of the feature.

    Raises:
        PydanticCustomError: there is no such adapter, or its collection is missing.
        UsageProblem: its file has errors.
    """
    if not isinstance(data, dict) or not isinstance(data.get("adapter"), str):
        return data
    adapter = load(_named(data["adapter"], "adapter", "adapter", adapter_files()), Adapter)
    absent = data.get("absent")
    denied = {fields.get(str(name)) for name in absent} if isinstance(absent, list) else set()
    given = {field: value for field, value in adapter.business_system.items() if field not in denied}
    return _completed(data, given, "collection", adapter.collection)


# ------------------------------------------------------------------ details


def _files(folder: str) -> dict[str, Path]:
    return {path.stem: path for path in sorted((data_dir("profiles") / folder).glob("*.yaml"))}


def _named(name: str, field: str, kind: str, known: Mapping[str, Path]) -> Path:
    if name not in known:
        text = f"there is no {kind} {name!r}; {did_you_mean(name, known)}"
        raise PydanticCustomError("name", "{field}: {text}", {"field": field, "text": text})
    return known[name]


def _completed(data: Mapping[str, Any], given: Mapping[str, Any], place: str, what: str) -> dict[str, Any]:
    """What is written and what a preset gives, with the value of `place` in its place, which is `what`."""
    wanted = data.get(place)
    if not isinstance(wanted, str) or not wanted:
        raise PydanticCustomError("place", "{place}: is missing; it is {what}", {"place": place, "what": what})
    if "://" in wanted:
        bare = wanted.partition("://")[2].rstrip("/")
        told = {"place": place, "bare": bare, "what": what}
        raise PydanticCustomError("place", "{place}: is written as an address; write {bare}: it is {what}", told)
    filled = {field: _filled(value, f"{{{place}}}", wanted) for field, value in given.items()}
    return {**filled, **{field: _merged(filled.get(field), value) for field, value in data.items()}}


def _filled(value: Any, place: str, wanted: str) -> Any:
    match value:
        case str():
            return value.replace(place, wanted)
        case dict():
            return {name: _filled(inner, place, wanted) for name, inner in value.items()}
        case list():
            return [_filled(inner, place, wanted) for inner in value]
        case _:
            return value


def _merged(given: object, written: object) -> object:
    return {**given, **written} if isinstance(given, dict) and isinstance(written, dict) else written
