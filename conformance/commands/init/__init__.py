"""From an address to a target file: looks, asks at most three questions, and writes what it found."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from conformance.config.field_types import NAME
from conformance.config.target import load_target, role_names
from conformance.documents import UsageProblem
from conformance.redaction import VAULT
from conformance.reporting.outputs import unwritable

if TYPE_CHECKING:
    from conformance.commands.init.draft import Draft

type Ask = Callable[[str, Sequence[str]], str]
"""Asks a question with some answers, of which the first is taken where nobody can be asked."""


@dataclass(frozen=True, slots=True)
class InitOptions:
    """What was chosen on the command line.

    Attributes:
        url: the address to look at; with `source`, where the service of OData metadata is.
        source: a capture, a collection or a document to read in place of looking.
        name: what the target is called; the first part of the host if None.
        role: the role that is wanted; asked for if None and there are several.
        collection: which collection of records is wanted.
        out: where the file goes; NAME.yaml if None.
    """

    url: str | None = None
    source: str | None = None
    name: str | None = None
    role: str | None = None
    collection: str | None = None
    out: Path | None = None


_BY_FILE = "where there is an OpenAPI document, the metadata of OData or a capture, give it by --from FILE"


def init(options: InitOptions, ask: Ask, say: Callable[[str], None]) -> Path:
    """Write a target file, and return its path.

    Raises:
        UsageProblem: nothing is found, the file exists or cannot be written, or an option does not fit.
    """
    if options.url is None and options.source is None:
        raise UsageProblem(
            ["give an address to look at, or --from FILE; for example seasonproof init https://acme.my.salesforce.com"]
        )
    if options.role is not None and options.role not in role_names():
        raise UsageProblem([f"--role: {options.role!r} is not a role; there are {', '.join(role_names())}"])
    if options.name is not None and re.fullmatch(NAME, options.name) is None:
        raise UsageProblem(
            [f"--name: {options.name!r} must be lower-case letters, digits, dots, hyphens and underscores, at most 41"]
        )
    name = options.name or _name_of(_host_of(options.url) if options.url else Path(options.source or "").stem)
    path = options.out or Path(f"{name}.yaml")
    if path.exists():
        raise UsageProblem([f"{path} exists; choose another file with --out"])
    if reason := unwritable(path):
        raise UsageProblem([f"{path} cannot be written: {reason}"])
    found, how = _found(options, name, say)
    chosen = _chosen(found, options, ask)
    _write(path, name, chosen, how)
    for draft in chosen:
        say(VAULT.shown(f"found {draft.role}: {draft.why}"))
    return path


# ------------------------------------------------------------------ details


def _found(options: InitOptions, name: str, say: Callable[[str], None]) -> tuple[list[Draft], str]:
    if options.source is not None:
        from conformance.commands.init.captured import drafts_of_file

        how = f"Written by seasonproof init --from {Path(options.source).name}; nothing was sent."
        return drafts_of_file(options.source, name, options.collection, options.url), how
    from conformance.commands.init.draft import elsewhere
    from conformance.commands.init.looking import MOST, Look
    from conformance.commands.init.servers import doubted, drafts, skeletons

    look = Look(options.url or "", say)
    answer = look.get()
    found = [elsewhere(draft, look.origin) for draft in drafts(look, name, options.collection)]
    if options.role not in (None, *(draft.role for draft in found)):
        found += [draft for draft in skeletons(look, name) if draft.role == options.role]
    say(f"{look.sent} requests sent, of at most {MOST}; none carried credentials")
    if not found and options.role is None and look.page:
        raise UsageProblem(
            [
                f"GET {look.url} leads to {look.page}, as other addresses beside it do; if that is a login page, init "
                "cannot pass it, for it sends no credentials; give the address of the API itself, or say which role "
                "it plays, such as --role=file_service",
                _BY_FILE,
            ]
        )
    if not found and options.role is None and answer.status in (401, 403):
        raise UsageProblem(
            [
                f"GET {look.url} is answered {answer.status} without credentials, and init sends none; say which role "
                "it plays, such as --role=file_service, and the file gets a place for them",
                _BY_FILE,
            ]
        )
    return [doubted(look, draft) for draft in found], f"Written by seasonproof init {look.url}."


def _chosen(found: Sequence[Draft], options: InitOptions, ask: Ask) -> list[Draft]:
    if options.role is not None:
        kept = [draft for draft in found if draft.role == options.role]
        if not kept:
            seen = ", ".join(draft.role for draft in found) or "nothing"
            raise UsageProblem([f"--role: nothing shows that it plays {options.role}; what shows is {seen}"])
        return kept
    if not found:
        raise UsageProblem(
            [
                "nothing that was looked at shows which role it plays; say it yourself, by --role and one of "
                + ", ".join(role_names()),
                _BY_FILE,
            ]
        )
    # What rotates credentials is asked for, and never just written.
    plain = [draft for draft in found if draft.role != "staged_credentials"]
    answers = {"all of them": plain, **{draft.role: [draft] for draft in found}}
    return plain if len(found) == 1 else answers[ask("Which of its roles do you want to test?", list(answers))]


def _write(path: Path, name: str, drafts: Sequence[Draft], how: str) -> None:
    from conformance.commands.init.draft import written

    try:
        path.write_text(written(name, drafts, how), "utf-8")
    except OSError as error:
        raise UsageProblem([f"{path} cannot be written: {error.strerror}"]) from None
    try:
        load_target(str(path), {}, needs_secrets=False)
    except UsageProblem as problem:  # what a stranger serves may fit no target file
        raise UsageProblem([f"{path} is written, and needs corrections:", *problem.problems]) from None


def _host_of(url: str) -> str:
    from conformance.commands.init.looking import address

    return urlsplit(address(url)).hostname or ""


def _name_of(text: str) -> str:
    first = re.sub(r"[^a-z0-9]+", "-", text.lower().removeprefix("www.").partition(".")[0]).strip("-")
    return first if first and not first.isdecimal() else "target"
