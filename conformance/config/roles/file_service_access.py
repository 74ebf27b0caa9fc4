"""How a caller of a file service proves who it is: as with every role, by a signed address, or by the keys of AWS."""

from pydantic import Field

from conformance.config.field_types import Credential, FileModel
from conformance.config.roles.access import Access


class AwsKeys(FileModel):
    """What requests are signed with (AWS Signature Version 4)."""

    key_id: str = Field(min_length=1, pattern="^[A-Za-z0-9]+$", description="The id of the access key.")
    secret: Credential = Field(description="The secret access key, by reference.")
    region: str = Field(default="us-east-1", pattern="^[a-z0-9-]+$", description="The region of the store.")
    service: str = Field(default="s3", pattern="^[a-z0-9-]+$", description="The service that requests are signed for.")
    session_token: Credential | None = Field(default=None, description="The token of temporary keys, by reference.")


class FileAccess(Access):
    """The credentials of a caller, of at most one kind. Without any, requests are anonymous."""

    query: Credential | None = Field(
        default=None, description="What a signed address has behind its question mark, by reference: a SAS."
    )
    aws: AwsKeys | None = Field(default=None, description="Keys that sign each request.")

    @property
    def is_anonymous(self) -> bool:
        """Whether nothing proves who calls."""
        return super().is_anonymous and self.query is None and self.aws is None
