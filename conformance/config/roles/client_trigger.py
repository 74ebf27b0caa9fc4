"""How a client is told to act: the words of a command or an HTTP call, with placeholders for values of the run."""

import re
from collections.abc import Iterable
from difflib import get_close_matches
from typing import Annotated, Literal

from pydantic import AfterValidator, Discriminator, Field, Tag

from conformance.config.field_types import FileModel

PLACEHOLDERS = (
    *("org_url", "token_url", "api_url", "api_version", "client_id", "client_secret", "refresh_token", "access_token"),
    *("client_authentication", "parameters", "state_dir", "store_file", "files_url", "upload_file", "download_url"),
    *("download_file", "feed_url", "sink_url", "app", "app_id", "consumer", "consumer_id", "delete_former", "ca_file"),
)
"""Placeholders in braces for values of the run: the documented variables, without their prefix and in lower case."""

TRIGGER_PORT = "trigger_port"
"""The placeholder for a free port on which a long-running client may listen."""

_IN_BRACES = re.compile(r"\{([a-z][a-z_]{4,})\}")


def spelled_right(texts: Iterable[str]) -> None:
    """Refuse a word in braces that is almost a known name; others are the command's own."""
    named = (*PLACEHOLDERS, TRIGGER_PORT)
    for name in (found[1] for text in texts for found in _IN_BRACES.finditer(text)):
        if name not in named and (near := get_close_matches(name, named, n=1, cutoff=0.85)):
            raise ValueError(
                f"{{{name}}} is not a known placeholder; did you mean {{{near[0]}}}? Known: {', '.join(named)}"
            )


def _words(words: tuple[str, ...]) -> tuple[str, ...]:
    spelled_right(words)
    return words


def _text(text: str) -> str:
    spelled_right([text])
    return text


def _url(text: str) -> str:
    if not text.startswith(("http://", "https://")):
        raise ValueError("must be an absolute address, such as http://127.0.0.1:{trigger_port}/sync")
    return _text(text)


def _headers(headers: dict[str, str]) -> dict[str, str]:
    spelled_right(headers.values())
    return headers


type Words = Annotated[tuple[str, ...], Field(min_length=1), AfterValidator(_words)]


class HttpCall(FileModel):
    """A call that has a client act."""

    url: Annotated[str, AfterValidator(_url)] = Field(description="Where the client listens.")
    method: Literal["POST", "GET", "PUT"] = Field(default="POST", description="The method of the call.")
    headers: Annotated[dict[str, str], AfterValidator(_headers)] = Field(
        default={}, description="Headers of the call; {org_url} and the like are replaced, as in its address and body."
    )
    body: Annotated[str, AfterValidator(_text)] = Field(default="", description="The body of the call.")


def _form_of(value: object) -> str:
    return "<call>" if isinstance(value, dict | HttpCall) else "<words>"


type Trigger = Annotated[Annotated[Words, Tag("<words>")] | Annotated[HttpCall, Tag("<call>")], Discriminator(_form_of)]
