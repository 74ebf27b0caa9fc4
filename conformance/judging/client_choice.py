"""Clients that were named on the command line: by a command that runs one, or by captures of their traffic."""

from __future__ import annotations

import itertools
import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import file_digest
from pathlib import Path
from typing import get_args

from pydantic import ValidationError

from conformance.config.roles import Client
from conformance.config.roles.client import ClientRole
from conformance.config.target import Target
from conformance.documents import UsageProblem, did_you_mean, pydantic_errors


@dataclass(frozen=True, slots=True)
class ClientChoice:
    """A client that was named on the command line.

    Attributes:
        command: the command that runs it once, as it was typed; None where a person drives it.
        roles: the roles that it plays; those of any client that calls an API if none is named.
    """

    command: str | None
    roles: Sequence[str] = ()

    def target(self) -> Target:
        """The client as a target. Raises UsageProblem."""
        roles = roles_named(self.roles)
        if self.command is None:
            return Target(name="client", client=Client(manual=True, roles=roles))
        try:
            words = shlex.split(self.command)
        except ValueError as error:
            raise UsageProblem([f"--client: the command cannot be read ({error}); check its quotes"]) from None
        if not words:
            raise UsageProblem(["--client: the command is empty; write one such as --client='python rotate.py'"])
        try:
            return Target.model_validate({"name": "client", "client": {"command": words, "roles": roles}})
        except ValidationError as error:
            problems = [f"--client: {text}" for _, text in pydantic_errors.of(error, Target)]
        raise UsageProblem(problems)


@dataclass(frozen=True, slots=True)
class TrafficChoice:
    """Captures that were named on the command line.

    Attributes:
        files: each holds the traffic of one client.
        roles: the roles that each of them plays, as of any client.
    """

    files: Sequence[str]
    roles: Sequence[str] = ()

    def targets(self) -> dict[str, tuple[Target, str]]:
        """The clients as targets, by name, with the SHA-256 of the files. Raises UsageProblem."""
        found: dict[str, tuple[Target, str]] = {}
        problems = []
        for number, path in enumerate(self.files):
            name = re.sub(r"[^a-z0-9._-]+", "-", Path(path).stem.lower()).lstrip("._-")[:41] or "capture"
            try:
                with open(path, "rb") as file:
                    digest = file_digest(file, "sha256").hexdigest()
            except OSError as error:
                problems.append(f"--traffic: {path}: {error.strerror}; name a HAR file")
                continue
            if any(Path(path).resolve() == Path(other).resolve() for other in self.files[:number]):
                problems.append(f"--traffic: {path}: this file is named twice")
            if name in found:
                name = next(other for count in itertools.count(2) if (other := f"{name}.{count}") not in found)
            client = Client(command=("capture",), roles=roles_named(self.roles)).captured_in(path)
            found[name] = Target(name=name, client=client), digest
        if problems:
            raise UsageProblem(problems)
        return found


def roles_named(named: Sequence[str]) -> tuple[ClientRole, ...]:
    """The roles that were named; that of any client if none was. Raises UsageProblem."""
    known = get_args(ClientRole.__value__)
    if unknown := [name for name in named if name not in known]:
        hints = (f"--client-role: there is no role {name!r}; {did_you_mean(name, known)}" for name in unknown)
        raise UsageProblem(list(hints))
    return tuple(role for role in known if role in named) or ("api_client",)
