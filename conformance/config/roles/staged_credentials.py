"""The role of an org's resources for the credentials of external client apps."""

from pathlib import Path
from typing import Annotated, ClassVar

from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo, WithJsonSchema

from conformance.config.field_types import BaseAddress, FileModel, Parameter, WebAddress
from conformance.config.roles.access import Access
from conformance.config.roles.feature import Feature
from conformance.config.roles.model import RoleModel
from conformance.config.roles.staged_credentials_features import FEATURES
from conformance.config.roles.tokens import TokenSource
from conformance.config.secret_references import References, is_plain_path

FIRST_VERSION = 65
"""The first version of the API that can stage credentials."""


def _version(version: str) -> str:
    number = version.removeprefix("v").removesuffix(".0")
    if version != f"v{number}.0" or not number.isdecimal() or int(number) < FIRST_VERSION:
        raise ValueError(f"must be a version that can stage credentials, v{FIRST_VERSION}.0 or later")
    return version


def _delivery(value: object, info: ValidationInfo) -> object:
    if not isinstance(value, str) or not value.startswith("file:") or value == "file:":
        raise ValueError("must be file:path, such as file:main-pair.json; a pair is never shown on the terminal")
    directory = info.context.directory if isinstance(info.context, References) else Path()
    try:
        path = directory / Path(value.removeprefix("file:")).expanduser()
        if isinstance(info.context, References) and not path.parent.is_dir():
            what = f"folder {path.parent}" if is_plain_path(value) else "such folder"
            raise ValueError(f"there is no {what}; a relative path starts at the target file's directory")
        if path.is_dir():
            raise ValueError("is a folder; name a file in it")
    except (OSError, RuntimeError):
        raise ValueError("is not a file path") from None
    return path


type ApiVersion = Annotated[str, AfterValidator(_version), Field(json_schema_extra={"pattern": r"^v\d+\.0$"})]
type Delivery = Annotated[Path, BeforeValidator(_delivery), WithJsonSchema({"type": "string", "pattern": "^file:."})]


class SwitchedOff(FileModel):
    """A consumer of an org whose setting does not allow secrets over the API. There it cannot be found by its name."""

    base_url: BaseAddress = Field(description="The org's own address.")
    app: str = Field(min_length=1, description="The app's identifier (0x…).")
    consumer: str = Field(min_length=1, description="The consumer's id (888…).")
    token: TokenSource = Field(description="An access token of a user who has the permissions for credentials.")


class StagedCredentials(RoleModel):
    """The credentials of one external client app, which are staged, rotated and deleted by the Connect REST API."""

    name: ClassVar[str] = "staged_credentials"
    creates: ClassVar[str] = "pairs"
    features: ClassVar[tuple[Feature, ...]] = FEATURES
    example: ClassVar[str] = "{base_url: https://…, app: …, token: ${TOKEN}}"

    base_url: BaseAddress = Field(description="The org's own address.")
    app: str = Field(min_length=1, description="The app: its identifier (0x…) or its developer name.")
    consumer: str | None = Field(
        default=None, min_length=1, description="The consumer: its id (888…) or its name, where there are several."
    )
    token: TokenSource = Field(description="An access token of a user who may see and change credentials.")
    api_version: ApiVersion = Field(default="v65.0", description="The version of the API.")
    token_url: WebAddress | None = Field(
        default=None, description="The token endpoint that tells whether a pair works; the org's own if left out."
    )
    token_form: dict[str, Parameter] = Field(
        default={}, description="What a token request of the app carries besides grant_type, id and secret."
    )
    deliver_to: Delivery | None = Field(
        default=None, description="The file that gets the new main pair of the app when it is rotated."
    )
    token_without_permission: TokenSource | None = Field(
        default=None, description="A valid token of a user who may not see credentials."
    )
    foreign_token: TokenSource | None = Field(
        default=None, description="A valid token of another org, of a user who may see credentials there."
    )
    switched_off: SwitchedOff | None = Field(
        default=None, description="An app of an org whose setting does not allow secrets over the API."
    )

    @property
    def address(self) -> str:
        """The org's own address."""
        return self.base_url

    @property
    def credentials(self) -> Access:
        """The token of the user who may change credentials."""
        return Access(bearer=self.token)

    @property
    def token_address(self) -> str:
        """The token endpoint that tells whether a pair works."""
        return self.token_url or f"{self.base_url}/services/oauth2/token"
