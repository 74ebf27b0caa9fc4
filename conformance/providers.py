"""Presets of known authorization servers: what `provider: auth0` in a target file stands for."""

import functools
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field
from pydantic_core import PydanticCustomError

from conformance.data import data_dir
from conformance.documents import check, did_you_mean, read


class Preset(BaseModel):
    """One preset as it stands in its file. `{tenant}` in a value stands for the tenant of the target file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    provider: str = Field(description="Its name: the file's name without .yaml.")
    title: str = Field(description="What the product is called.")
    tenant: str = Field(description="What the tenant is, with an example.")
    token_endpoint: dict[str, Annotated[str | bool, Field(union_mode="left_to_right")]] = Field(
        min_length=1, description="Fields of the role, unless the target file gives them."
    )
    notes: tuple[str, ...] = Field(default=(), description="What to know about the product.")


def preset_files() -> dict[str, Path]:
    """The presets that come with the package, by name."""
    return {path.stem: path for path in sorted((data_dir("profiles") / "providers").glob("*.yaml"))}


@functools.cache
def load_preset(name: str) -> Preset:
    """A preset by name.

    Raises:
        KeyError: there is none.
        UsageProblem: its file has errors.
    """
    return check(read(preset_files()[name]), Preset)


def with_preset(data: object) -> object:
    """A role's fields as written, completed by the preset that `provider` names.

    Raises:
        PydanticCustomError: there is no such preset, or its tenant is missing.
    """
    if not isinstance(data, dict) or not isinstance(data.get("provider"), str):
        return data
    name = str(data["provider"])
    if name not in preset_files():
        raise PydanticCustomError("provider", "provider: {text}", {"text": _unknown(name)})
    preset = load_preset(name)
    tenant = data.get("tenant")
    if not isinstance(tenant, str) or not tenant:
        raise PydanticCustomError("tenant", "tenant: is missing; it is {what}", {"what": preset.tenant})
    filled = {
        field: value.replace("{tenant}", tenant) if isinstance(value, str) else value
        for field, value in preset.token_endpoint.items()
    }
    return filled | data


def _unknown(name: str) -> str:
    return f"there is no preset {name!r}; {did_you_mean(name, preset_files())}"
