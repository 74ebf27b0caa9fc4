"""What all roles have in common."""

from typing import ClassVar

from conformance.config.field_types import FileModel
from conformance.config.roles.access import Access


class RoleModel(FileModel):
    """What a target file says about one role.

    Attributes:
        example: the least that a target file says about it, on one line.
    """

    example: ClassVar[str] = "{base_url: https://…, token: ${TOKEN}}"

    @property
    def address(self) -> str:
        """Where the role is reached, as an absolute URL."""
        raise NotImplementedError

    @property
    def credentials(self) -> Access:
        """Who the suite is to this role, for calls that remove what it left there."""
        return Access()
