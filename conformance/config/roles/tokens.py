"""Where a token comes from, as a target file says it."""

from typing import Annotated

from pydantic import BeforeValidator, Discriminator, Field, Tag

from conformance.config.field_types import FileModel, FormValue, SecretText, WebAddress, with_names


def _form_of(source: object) -> str:
    return "<request>" if isinstance(source, dict | TokenRequest) else "<secret>"


class TokenRequest(FileModel):
    """A form which is posted to a token endpoint; the answer's access_token is the token."""

    url: WebAddress = Field(description="The address of the token endpoint.")
    form: Annotated[dict[str, FormValue], BeforeValidator(with_names)] = Field(
        min_length=1, description="The form's fields: ${NAME} and file:path for all but the public ones."
    )


type TokenSource = Annotated[
    Annotated[SecretText, Tag("<secret>")] | Annotated[TokenRequest, Tag("<request>")], Discriminator(_form_of)
]
"""A token by reference, or the request that fetches a new one."""
