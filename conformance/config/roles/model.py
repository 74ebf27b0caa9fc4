"""What all roles have in common."""

from collections.abc import Iterator
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field, field_validator

from conformance.config.field_types import FileModel
from conformance.config.roles.access import Access
from conformance.config.roles.feature import Feature
from conformance.documents import did_you_mean


def _with_its_absences(schema: dict[str, Any], model: type["RoleModel"]) -> None:
    """Let editors offer what may be absent, each with the sentence that makes it optional."""
    entries = [
        {"const": feature.name, "description": f"{feature.optional.because} ({feature.optional.source})."}
        for feature in model.features
        if feature.optional is not None
    ]
    schema["properties"]["absent"]["items"] = {"oneOf": entries} if entries else False


def _addresses_in(value: object) -> Iterator[str]:
    if isinstance(value, BaseModel):
        for name in type(value).model_fields:
            if not name.endswith("audience"):  # which names whom a token is for, and is called by nobody
                yield from _addresses_in(getattr(value, name))
    elif isinstance(value, str) and value.startswith(("http://", "https://")):
        yield value


class RoleModel(FileModel):
    """What a target file says about one role.

    Attributes:
        name: the role, as profiles and target files call it.
        creates: what the suite creates there.
        example: the least that a target file says about it, on one line.
        features: what it may have or lack; the ones with a reason may be absent.
        played: the roles that a target may play by it, where they are not the one of its name.
    """

    model_config = ConfigDict(json_schema_extra=_with_its_absences)

    name: ClassVar[str] = ""
    creates: ClassVar[str] = "tokens"
    example: ClassVar[str] = "{base_url: https://…, token: ${TOKEN}}"
    features: ClassVar[tuple[Feature, ...]] = ()
    played: ClassVar[tuple[str, ...]] = ()

    absent: tuple[str, ...] = Field(
        default=(),
        description="What the implementation does not have: a claim of its owner, which the run disproves if it can.",
    )

    @field_validator("absent")
    @classmethod
    def _may_be_absent(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        known = [feature.name for feature in cls.features if feature.optional is not None]
        for name in names:
            if name not in known:
                raise ValueError(f"{name!r} is not among what may be absent; {did_you_mean(name, known)}")
        return names

    @property
    def plays(self) -> tuple[str, ...]:
        """The roles that a target plays by this."""
        return (self.name,)

    @property
    def address(self) -> str:
        """Where the role is reached, as an absolute URL; empty where it calls, and is not called."""
        raise NotImplementedError

    @property
    def addresses(self) -> tuple[str, ...]:
        """Every address that the file names for the role: requests go there, and where answers from there lead."""
        return tuple(dict.fromkeys(_addresses_in(self)))

    @property
    def own_addresses(self) -> tuple[str, ...]:
        """The addresses below which calls that remove what the suite left may be made."""
        return (self.address,)

    @property
    def credentials(self) -> Access:
        """Who the suite is to this role, for calls that remove what it left there."""
        return Access()

    @classmethod
    def feature(cls, name: str) -> Feature:
        """The feature of this name. Raises KeyError where the role has none."""
        for feature in cls.features:
            if feature.name == name:
                return feature
        raise KeyError(f"{cls.name} has no feature {name}")

    def denial_of(self, name: str) -> tuple[Feature, str] | None:
        """Which feature the file denies so that there is none of this name, and in which words.

        Returns:
            The feature itself or one that it is part of, and such words as `token_endpoint.absent: audiences`; None
            where the file denies neither.
        """
        feature: Feature | None = self.feature(name)
        while feature is not None:
            if feature.name in self.absent:
                return feature, f"{self.name}.absent: {feature.name}"
            if denied := feature.denied(self):
                return feature, f"{self.name}.{denied}"
            feature = self.feature(feature.part_of) if feature.part_of else None
        return None

    @classmethod
    def line_of(cls, feature: Feature) -> str:
        """The line of the target file that declares a feature; empty where nothing has to be declared."""
        is_of_the_role = feature.line and not feature.line.startswith("capabilities")
        return f"{cls.name}.{feature.line}" if is_of_the_role else feature.line

    @classmethod
    def way_out(cls, feature: Feature) -> str:
        """The lines of the target file by which a feature is tested, or said to be absent."""
        line = cls.line_of(feature)
        absent = f"{cls.name}.absent: [{feature.name}], where there is none" if feature.optional is not None else ""
        return f"{line}\nor {absent}" if line and absent else line or absent
