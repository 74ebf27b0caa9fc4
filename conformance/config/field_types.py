"""The types of the fields of a target file: addresses, names, numbers, and secrets by reference."""

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainValidator,
    ValidationInfo,
    WithJsonSchema,
)
from pydantic_core import PydanticCustomError

from conformance.config.secret_references import References, Text, is_too_short
from conformance.redaction import Secret

PUBLIC_FORM_FIELDS = frozenset(
    {"grant_type", "response_type", "client_id", "client_assertion_type", "scope", "audience", "resource", "username"}
    | {"redirect_uri", "token_type_hint", "requested_token_type", "subject_token_type", "actor_token_type", "format"}
)
"""Fields of a token request whose values are no secrets."""

_HTTP_TOKEN = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"  # RFC 9110, section 5.6.2

NAME = "[a-z0-9][a-z0-9._-]{0,40}"
STEM = "[a-z0-9][a-z0-9-]{0,99}"


class FileModel(BaseModel):
    """A part of a file that people write: nothing in it is unknown, nothing in it changes."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


def web_address(url: str) -> str:
    """The address itself, if it is http or https, with a host, and without a password and a fragment.

    Raises:
        ValueError: it is not. The message goes on after the name of the field, and does not repeat the value.
    """
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise ValueError("is not an address; write one such as https://acme.my.salesforce.com") from None
    if parts.scheme not in {"http", "https"} or not host or re.search(r"[\s\x00-\x1f\x7f\\]", url):
        raise ValueError("must be an http or https address, such as https://acme.my.salesforce.com")
    if "@" in parts.netloc:
        raise ValueError("must not hold a user name or a password before the host")
    if "#" in url:
        raise ValueError("must not have a fragment (#…)")
    return url


def _base_address(url: str) -> str:
    if "?" in web_address(url):
        raise ValueError("must not have a query (?…)")
    return url.rstrip("/")


def _absolute_path(path: str) -> str:
    if not path.startswith("/") or path.startswith(("//", "/\\")) or re.search(r"[\s\x00-\x1f\x7f]", path):
        raise ValueError("must be a path that begins with one /, without host and without spaces")
    return path


def _path_only(path: str) -> str:
    if {"?", "#"} & set(_absolute_path(path)):
        raise ValueError("must be a path without a query (?…) and without a fragment (#…)")
    return path


def _host_name(host: str) -> str:
    host = host.lower()
    if "://" in host or "/" in host:
        raise ValueError("must be a host name such as acme.my.site.com, without https:// and without a path")
    if re.fullmatch(r"[a-z0-9]([a-z0-9_.-]{0,251}[a-z0-9])?(:[0-9]{1,5})?", host) is None:
        raise ValueError("must be a host name such as acme.my.site.com")
    return host


def _cookie_name(name: str) -> str:
    if re.fullmatch(_HTTP_TOKEN, name) is None:
        raise ValueError("must be the name of a cookie, such as sid")
    return name


def _header_name(name: str) -> str:
    if re.fullmatch(_HTTP_TOKEN, name) is None:
        raise ValueError("must be the name of a header, such as X-Api-Key")
    return name


def _name(name: str) -> str:
    if re.fullmatch(NAME, name) is None:
        raise ValueError("must be lower-case letters, digits, dots, hyphens and underscores, at most 41")
    return name


def _number(value: object) -> object:
    if isinstance(value, bool):
        raise PydanticCustomError("number", "must be a number, not true or false")
    return value


def _existing_file(value: object, info: ValidationInfo) -> object:
    if isinstance(value, str) and value and isinstance(info.context, References):
        return info.context.path(value)
    return value


def _secret(value: object, info: ValidationInfo) -> Secret:
    name = info.field_name or "token"
    secret = _revealed(value, "token" if name.startswith("token") else name, info)
    if re.search(r"[^\x21-\x7e]", secret.reveal()):
        raise ValueError("the token has spaces, line breaks or letters in it that no token has")
    return secret


def _credential(value: object, info: ValidationInfo) -> Secret:
    return _revealed(value, "secret", info)


def _password(value: object, info: ValidationInfo) -> Secret:
    return Secret("", "password") if isinstance(value, str) and not value else _credential(value, info)


def _open_or_secret(value: object, info: ValidationInfo) -> str | Secret:
    if isinstance(value, Secret):
        return value
    if not isinstance(value, str) or not value:
        raise PydanticCustomError("parameter", "must be text; put it in quotes")
    is_reference = isinstance(value, Text) or value.startswith("file:")
    return _revealed(value, "secret", info) if is_reference else value


def _file_stem(name: str) -> str:
    if re.fullmatch(STEM, name) is None:
        raise ValueError("must be lower-case letters, digits and hyphens, at most 100, as in a file name without .yaml")
    return name


@dataclass(frozen=True, slots=True)
class _FormField:
    name: str
    value: object = field(repr=False)


def with_names(form: object) -> object:
    return {name: _FormField(str(name), value) for name, value in form.items()} if isinstance(form, dict) else form


def _form_value(value: object, info: ValidationInfo) -> str | Secret:
    name, value = (value.name, value.value) if isinstance(value, _FormField) else ("secret", value)
    if isinstance(value, str) and value and is_too_short(value) and not isinstance(value, Text):
        return value  # it stands in the file, and nobody could keep it a secret
    if value is None:
        raise PydanticCustomError("form", "has no value; give it one, or delete the line")
    if name in PUBLIC_FORM_FIELDS and not isinstance(value, str):
        raise PydanticCustomError("form", "must be text; put it in quotes")
    return str(value) if name in PUBLIC_FORM_FIELDS else _revealed(value, name, info)


def _revealed(value: object, kind: str, info: ValidationInfo) -> Secret:
    if isinstance(value, Secret):
        return value
    if not isinstance(value, str):
        raise PydanticCustomError("secret", "must be text that refers to a secret: ${NAME} or file:relative/path")
    return info.context.secret(value, kind) if isinstance(info.context, References) else Secret(value, kind)


type WebAddress = Annotated[str, AfterValidator(web_address)]
type BaseAddress = Annotated[str, AfterValidator(_base_address)]
type UrlPath = Annotated[str, AfterValidator(_path_only)]
type Landing = Annotated[str, AfterValidator(_absolute_path)]
type Name = Annotated[str, AfterValidator(_name), Field(json_schema_extra={"pattern": f"^{NAME}$"})]
type Host = Annotated[str, AfterValidator(_host_name)]
type Cookie = Annotated[str, AfterValidator(_cookie_name)]
type HeaderName = Annotated[str, AfterValidator(_header_name)]
type File = Annotated[Path, BeforeValidator(_existing_file)]
Count = Annotated[int, BeforeValidator(_number)]
Quantity = Annotated[float, BeforeValidator(_number)]
type SecretText = Annotated[Secret, PlainValidator(_secret), WithJsonSchema({"type": "string"})]
type FormValue = Annotated[Secret | str, PlainValidator(_form_value), WithJsonSchema({"type": "string"})]
type Credential = Annotated[Secret, PlainValidator(_credential), WithJsonSchema({"type": "string"})]
"""A secret of any characters, by reference: a client secret, or a private key as PEM or JWK."""
type Password = Annotated[Secret, PlainValidator(_password), WithJsonSchema({"type": "string"})]
"""A secret of any characters, by reference, or the empty text where there is none."""
type Parameter = Annotated[Secret | str, PlainValidator(_open_or_secret), WithJsonSchema({"type": "string"})]
"""A value that is a secret exactly where it is written as a reference."""
type Stem = Annotated[str, AfterValidator(_file_stem), Field(json_schema_extra={"pattern": f"^{STEM}$"})]
