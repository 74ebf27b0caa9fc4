"""Models that keep what they have computed of themselves, and whose copies compute it for themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from pydantic import BaseModel

if TYPE_CHECKING:
    from collections.abc import Mapping


class FreshCopies(BaseModel):
    """A model with a `cached_property`: pydantic copies its value too, although an update may have made it wrong."""

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """The copy of pydantic, without what the original has computed."""
        copied = super().model_copy(update=update, deep=deep)
        for name in vars(copied).keys() - type(copied).model_fields.keys():
            del vars(copied)[name]
        return copied
