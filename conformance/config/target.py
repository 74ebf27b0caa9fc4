"""Target files: which roles an implementation plays, where, and with which credentials.

A later role is one class in `conformance.config.roles` and one field of `Target`.
"""

import hashlib
import json
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Literal, Self, get_args, get_origin
from urllib.parse import urlsplit

from pydantic import BaseModel, Field, PrivateAttr, model_validator

from conformance.config.field_types import NAME, File, FileModel, Name, WebAddress
from conformance.config.limits import LOCAL_RATE, Limits, stays_here
from conformance.config.loopback import is_loopback
from conformance.config.presets import dialects
from conformance.config.roles import (
    BusinessSystem,
    Client,
    FileService,
    RoleModel,
    SingleAccess,
    StagedCredentials,
    TokenEndpoint,
)
from conformance.config.roles.feature import Feature
from conformance.config.secret_references import References, is_too_short, stands_in_the_file
from conformance.documents import Document, Location, Problem, UsageProblem, check, did_you_mean, read
from conformance.redaction import ALONE, VAULT, Secret


class Capabilities(FileModel):
    """What a target lets a run do beyond plain requests."""

    clock: WebAddress | None = Field(default=None, description="Where the target's test clock is moved.")
    disposable: bool = Field(default=False, description="Whether what cannot be undone may be done to it.")
    dialect: Name | None = Field(default=None, description="Whose documented deviations it shares.")


class Tls(FileModel):
    """How connections are secured. Paths start at the target file's directory."""

    ca: File | None = Field(default=None, description="Certificates to trust in place of the system's, as PEM.")
    certificate: File | None = Field(default=None, description="The client's certificate, as PEM.")
    key: File | None = Field(default=None, description="The client's private key, as PEM.")
    verify: bool = Field(default=True, description="Whether the target's certificate is checked.")

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if self.key is not None and self.certificate is None:
            raise ValueError("a key without a certificate; give tls.certificate too")
        return self


class Target(FileModel):
    """An implementation under test.

    Made by `load_target`, or for an embedded target by `Target.model_validate` from the same data.
    """

    name: Name = Field(default="target", description="What reports call it; the file's stem if left out.")
    single_access: SingleAccess | None = Field(default=None, description="The role of an org's single access endpoint.")
    token_endpoint: TokenEndpoint | None = Field(
        default=None, description="The role of an authorization server's token endpoint."
    )
    staged_credentials: StagedCredentials | None = Field(
        default=None, description="The role of an org's resources for the credentials of external client apps."
    )
    file_service: FileService | None = Field(default=None, description="The role of a service that stores files.")
    business_system: BusinessSystem | None = Field(
        default=None, description="The role of a system whose records are written and polled."
    )
    client: Client | None = Field(default=None, description="A client that is started, and judged by what it does.")
    capabilities: Capabilities = Field(default=Capabilities(), description="What the target lets a run do.")
    tls: Tls = Field(default=Tls(), description="How connections are secured.")
    proxy: WebAddress | None = Field(default=None, description="The address of the proxy to go through.")
    limits: Limits = Field(default=Limits(), description="The bounds of a run.")
    owner: str | None = Field(default=None, min_length=1, description="Whose target it is, for --select owner=….")
    labels: dict[str, str] = Field(default={}, description="What else --select finds it by, such as env: test.")

    _source: str = PrivateAttr(default="")
    _brought: tuple[tuple[str, str], ...] = PrivateAttr(default=())  # the values of references, and their names
    _warnings: tuple[str, ...] = PrivateAttr(default=())
    _inherited: tuple[str, ...] = PrivateAttr(default=())

    @property
    def inherited(self) -> tuple[str, ...]:
        """The sections that come in whole or in part from the file `defaults.yaml` beside it."""
        return self._inherited

    @property
    def source(self) -> str:
        """The path of the target file as it was given, empty for an embedded target."""
        return self._source

    @property
    def warnings(self) -> tuple[str, ...]:
        """What is unwise in the file, one line each, without the value of any secret."""
        return self._warnings

    @property
    def roles(self) -> frozenset[str]:
        """The roles which the target declares."""
        return frozenset(role for model in self.models for role in model.plays)

    @property
    def models(self) -> tuple[RoleModel, ...]:
        """What the target declares, in the order of the fields."""
        values = (getattr(self, name) for name in type(self).model_fields)
        return tuple(value for value in values if isinstance(value, RoleModel))

    @property
    def is_called(self) -> bool:
        """Whether anything is sent to the target: a client calls, and is not called."""
        return any(model.address for model in self.models)

    def role(self, name: str) -> RoleModel:
        """What the file says about a role that it declares. Raises KeyError where it declares none of this name."""
        for model in self.models:
            if name in (model.name, *model.plays):
                return model
        raise KeyError(f"{self.name} does not declare the role {name}")

    def declared[R: RoleModel](self, model: type[R]) -> R | None:
        """What the file says about a role; None where it does not declare it."""
        found = getattr(self, model.name)
        return found if isinstance(found, model) else None

    @property
    def requests_per_second(self) -> float:
        """The highest rate of requests: what the file says, or more than usual if nothing leaves this machine."""
        is_said = "requests_per_second" in self.limits.model_fields_set
        is_local = self.proxy is None and stays_here(self.models)  # what a proxy calls is anywhere
        return LOCAL_RATE if is_local and not is_said else self.limits.requests_per_second

    @property
    def dialect(self) -> str | None:
        """Whose known deviations it shares: what the file says, or else what its token endpoint is by its preset."""
        return self.capabilities.dialect or (self.token_endpoint.provider if self.token_endpoint else None)

    @property
    def digest(self) -> str:
        """SHA-256 in hex over everything but the secrets and the directories of files."""
        canonical = json.dumps(_plain(self, self._brought), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return hashlib.sha256(canonical.encode()).hexdigest()


def role_names() -> tuple[str, ...]:
    """The roles which a target file can declare."""
    return tuple(name for name, info in Target.model_fields.items() if _role_of(info.annotation))


def role_line(name: str) -> str:
    """The line by which a target file declares a role, such as `single_access: {base_url: https://…, …}`."""
    model = role_model(name)
    return f"{model.name or name}: {model.example.replace(model.played[0], name) if model.played else model.example}"


def role_model(name: str) -> type[RoleModel]:
    """What a target file may say about a role; what all roles have in common, where it cannot declare this one."""
    models = (_role_of(field.annotation) for field in Target.model_fields.values())
    return next((model for model in models if model is not None and name in (model.name, *model.played)), RoleModel)


DEFAULTS = "defaults.yaml"
"""The file that holds what the target files of its folder have in common."""


def load_target(path: str, environ: Mapping[str, str] | None = None, *, needs_secrets: bool = True) -> Target:
    """Load a target file. What `defaults.yaml` in its folder says holds where the file itself says nothing else.

    Args:
        path: where it is; messages call it so.
        environ: what `${NAME}` refers to; the process's environment if left out.
        needs_secrets: whether what a reference leads to has to be there. A plan sends nothing, so it can do without.

    Raises:
        UsageProblem: it cannot be read or has errors; all of them, and never the value of a secret.
    """
    document = read(path)
    references = References(Path(path).parent, os.environ if environ is None else environ, is_lenient=not needs_secrets)
    common = _defaults_beside(path)
    data = references.replaced(_completed(document.data, common))
    problems = references.problems
    if isinstance(data, dict):
        if "name" not in data:
            data["name"] = Path(path).stem.lower()
            if re.fullmatch(NAME, data["name"]) is None:
                data["name"] = "target"
                problems.append((("name",), "is missing, and the file's own name is not fit for one; add name: acme"))
        if not set(role_names()) & set(data):
            problems.append(((), f"declares no role, so nothing can be tested; add one of: {', '.join(role_names())}"))
    try:
        target = check(document, Target, data=data, known=problems, context=references)
    except UsageProblem as problem:
        _register(references, None)
        raise UsageProblem(problem.problems) from None
    document.refuse([*_contradictions(target), *_unguarded(target), *_unmaskable(references, target)])
    _register(references, target)
    target._source = path
    if target.client is not None:
        target = target.model_copy(update={"client": target.client.started_in(str(Path(path).parent))})
    target._inherited = tuple(sorted(common))
    target._brought = tuple(sorted(((value, name) for _, name, value in references.brought), key=_longest_first))
    unset = (document.problem(at, said) for at, said in references.unset)
    target._warnings = (*_unwise(target, document), *_masked_addresses(references, document), *unset)
    return target


# ------------------------------------------------------------------ details


def _defaults_beside(path: str) -> dict[str, object]:
    """What the file of defaults in the folder of a target file says; empty where there is none.

    Raises:
        UsageProblem: it cannot be read, or holds no mapping.
    """
    place = Path(path).parent / DEFAULTS
    if Path(path).name == DEFAULTS or not os.path.lexists(place):
        return {}
    if not place.is_file():
        raise UsageProblem(
            [f"{place}: is not a file, or leads to none; what the target files share has to be in a file"]
        )
    document = read(str(place))
    if not isinstance(document.data, dict):
        raise UsageProblem([f"{place}:1: must be a mapping, with sections of a target file"])
    if "name" in document.data:
        raise UsageProblem([document.problem(("name",), "belongs into each target file; take it out of the defaults")])
    return document.data


def _completed(own: object, common: Mapping[str, object]) -> object:
    """The sections of a file, completed from the defaults member by member."""
    if not isinstance(own, dict):
        return own
    inner = {
        key: _completed(own[key], value) for key, value in common.items() if key in own and isinstance(value, dict)
    }
    return {**common, **own, **inner}


def _role_of(annotation: object) -> type[RoleModel] | None:
    kinds = (annotation, *get_args(annotation))
    return next((kind for kind in kinds if isinstance(kind, type) and issubclass(kind, RoleModel)), None)


def _contradictions(target: Target) -> Iterator[Problem]:
    """What the file says and cannot be: a dialect of nobody, something absent that it shows to be there, or needs."""
    spoken = target.capabilities.dialect
    if spoken is not None and spoken not in dialects():
        yield ("capabilities", "dialect"), f"there is no dialect {spoken!r}; {did_you_mean(spoken, dialects())}"
    for role in target.models:
        name = role.name
        for position, absent in enumerate(role.absent):
            feature = role.feature(absent)
            parts = [one for one in role.features if absent in (one.name, one.part_of)]
            declared = next((one for one in parts if one.given is not None and one.given(role, target)), None)
            at = (name, "absent", position)
            if declared is not None:
                yield at, f"{absent} cannot be absent, since {_place_of(declared, role, target)} declares it; keep one"
            elif feature.everywhere and _is_salesforce(urlsplit(role.address).hostname or ""):
                yield at, f"every org of Salesforce has it, so {absent} is not absent; write {role.line_of(feature)}"
            elif feature.undoes and not target.capabilities.disposable:
                text = "what the suite creates would stay; say that this may be: capabilities: {disposable: true}"
                yield at, f"without {feature.what} {text}"


def _place_of(feature: Feature, role: RoleModel, target: Target) -> str:
    """Where a file declares a feature: its field, and of several `fields` the first one that does."""
    place = role.line_of(feature).partition(":")[0]
    declaring = feature.given(role, target) if feature.given is not None else None
    return f"{place}.{next(iter(declaring))}" if isinstance(declaring, dict) else place


def _unguarded(target: Target) -> Iterator[Problem]:
    """Files whose names are digests may be somebody's already, and would be deleted with those of the suite."""
    service = target.file_service
    if service is not None and service.names == "digest" and not target.capabilities.disposable:
        text = "a file of the same bytes may be there already, and is deleted with the suite's"
        yield ("file_service", "names"), f"{text}; say that this may be: capabilities: {{disposable: true}}"


def _is_salesforce(host: str) -> bool:
    return host.endswith((".salesforce.com", ".force.com", ".salesforce.mil"))


def _unwise(target: Target, document: Document) -> Iterator[str]:
    for at, _ in _secrets(target, ()):
        raw: object = document.data
        for part in at:
            raw = raw.get(part) if isinstance(raw, dict) else None
        if stands_in_the_file(raw):
            variable = re.sub(r"[^A-Z0-9]+", "_", f"{target.name}_{at[-1]}".upper())
            yield document.problem(at, f"the secret is in the file itself; write ${{{variable}}} or file:… instead")
    for declared in target.models:
        role, base = declared.name, urlsplit(declared.address)
        if base.scheme == "http" and not is_loopback(base.hostname or ""):
            field = next((name for name in ("base_url", "url", "issuer") if getattr(declared, name, None)), "")
            yield document.problem((role, field), "tokens are sent over http, so everybody on the way can read them")
    if not target.tls.verify:
        yield document.problem(
            ("tls", "verify"), "the certificate is not checked, so anybody on the way can read the tokens"
        )


def _secrets(value: object, at: Location) -> Iterator[tuple[Location, Secret]]:
    if isinstance(value, Secret):
        yield at, value
    elif isinstance(value, BaseModel):
        for name in type(value).model_fields:
            yield from _secrets(getattr(value, name), (*at, name))
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield from _secrets(inner, (*at, str(name)))


def _plain(value: object, brought: Sequence[tuple[str, str]]) -> object:
    if isinstance(value, BaseModel):
        return {name: _plain(getattr(value, name), brought) for name in type(value).model_fields}
    if isinstance(value, dict):
        return {name: _plain(inner, brought) for name, inner in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(inner, brought) for inner in value]
    if isinstance(value, str):
        for secret, name in brought:
            value = value.replace(secret, f"${{{name}}}")
        return value
    return "secret" if isinstance(value, Secret) else value.name if isinstance(value, Path) else value


# ------------------------------------------------------------------ what references bring


def _longest_first(brought: tuple[str, str]) -> tuple[int, str, str]:
    return -len(brought[0]), *brought


def _register(references: References, target: Target | None) -> None:
    """Have every output mask what references brought, numbers and words of a closed list apart."""
    for at, _, value in references.brought:
        if not is_too_short(value) if target is None else _may_be_secret(target, at):
            VAULT.register(value, "secret")


def _unmaskable(references: References, target: Target) -> Iterator[Problem]:
    """What a reference brought and no output could keep to itself."""
    for at, name, value in references.brought:
        if at == ("name",):
            yield at, "every report shows it, so no reference can bring it; write it out"
        elif is_too_short(value) and isinstance(_place(target, at)[0], str) and _may_be_secret(target, at):
            text = f"shorter than {ALONE} characters, so no report could mask it; if it is not a secret, write it out"
            yield at, f"what {name} brings is {text}"


def _masked_addresses(references: References, document: Document) -> Iterator[str]:
    for at, name, value in references.brought:
        if value.startswith(("http://", "https://")):
            text = f"reports mask what {name} brings, so they do not show it; if it is not a secret, write it out"
            yield document.problem(at, text)


def _may_be_secret(target: Target, at: Location) -> bool:
    value, annotation = _place(target, at)
    return not isinstance(value, bool | int | float) and value not in _words(annotation)


def _place(target: Target, at: Location) -> tuple[object, object]:
    """The value at a location of the file, and the type of the field that holds it."""
    value: object = target
    annotation: object = None
    for part in at:
        if isinstance(value, BaseModel):
            fields = type(value).model_fields
            annotation = fields[str(part)].annotation if part in fields else None
            value = getattr(value, str(part), None)
        elif isinstance(value, dict):
            value = value.get(part)
        elif isinstance(value, list | tuple) and isinstance(part, int) and part < len(value):
            value = value[part]
    return value, annotation


def _words(annotation: object) -> tuple[object, ...]:
    """The words that a field allows, if it allows but a few."""
    annotation = getattr(annotation, "__value__", annotation)
    if get_origin(annotation) is Literal:
        return get_args(annotation)
    return tuple(word for inner in get_args(annotation) for word in _words(inner))
