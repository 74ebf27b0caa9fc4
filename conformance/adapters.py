"""Adapters of known kinds of APIs: what `adapter: odata-v4` in a target file stands for."""

import functools
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from pydantic_core import PydanticCustomError

from conformance.data import data_dir
from conformance.documents import check, did_you_mean, read

_COLLECTION = "{collection}"


class Adapter(BaseModel):
    """One adapter as it stands in its file. `{collection}` in a value stands for the collection of the target file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    adapter: str = Field(description="Its name: the file's name without .yaml.")
    title: str = Field(description="What kind of API it is for.")
    collection: str = Field(description="What the collection is, with an example.")
    business_system: dict[str, Any] = Field(min_length=1, description="Fields of the role.")
    notes: tuple[str, ...] = Field(default=(), description="What to know about such APIs.")


def adapter_files() -> dict[str, Path]:
    """The adapters that come with the package, by name."""
    return {path.stem: path for path in sorted((data_dir("profiles") / "adapters").glob("*.yaml"))}


@functools.cache
def load_adapter(name: str) -> Adapter:
    """An adapter by name.

    Raises:
        KeyError: there is none.
        UsageProblem: its file has errors.
    """
    return check(read(adapter_files()[name]), Adapter)


def with_adapter(data: object) -> object:
    """A role's fields as written, completed by the adapter that they name. A mapping is completed field by field.

    Raises:
        PydanticCustomError: there is no such adapter, or its collection is missing.
    """
    if not isinstance(data, dict) or not isinstance(data.get("adapter"), str):
        return data
    name = str(data["adapter"])
    if name not in adapter_files():
        text = f"there is no adapter {name!r}; {did_you_mean(name, adapter_files())}"
        raise PydanticCustomError("adapter", "adapter: {text}", {"text": text})
    adapter = load_adapter(name)
    wanted = data.get("collection")
    if not isinstance(wanted, str) or not wanted:
        raise PydanticCustomError("collection", "collection: is missing; it is {what}", {"what": adapter.collection})
    filled = _filled(adapter.business_system, wanted)
    return {**filled, **{field: _merged(filled.get(field), value) for field, value in data.items()}}


def _filled(value: Any, wanted: str) -> Any:
    match value:
        case str():
            return value.replace(_COLLECTION, wanted)
        case dict():
            return {name: _filled(inner, wanted) for name, inner in value.items()}
        case list():
            return [_filled(inner, wanted) for inner in value]
        case _:
            return value


def _merged(given: object, written: object) -> object:
    return {**given, **written} if isinstance(given, dict) and isinstance(written, dict) else written
