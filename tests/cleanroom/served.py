"""The clean-room servers by role, and their target files."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

from tests.cleanroom import business_system, file_service, single_access, staged_credentials, token_endpoint
from tests.cleanroom.staged_credentials import StagedCredentials

ROLES: dict[str, tuple[ModuleType, type[Any]]] = {
    "single_access": (single_access, single_access.SingleAccess),
    "staged_credentials": (staged_credentials, StagedCredentials),
    "token_endpoint": (token_endpoint, token_endpoint.TokenEndpoint),
    "file_service": (file_service, file_service.FileService),
    "business_system": (business_system, business_system.BusinessSystem),
}
TARGETS = Path(__file__).parent / "targets"
ENVIRON: dict[str, str] = {name: value for module, _ in ROLES.values() for name, value in module.ENVIRON.items()}


@contextmanager
def served(role: str, folder: Path, *faults: str) -> Iterator[list[str]]:
    """A server for each fault, or the correct one for the name "correct", as `--target` options."""
    _, made = ROLES[role]
    text = (TARGETS / f"{role}.yaml").read_text("utf-8")
    with ExitStack() as stack:
        off = stack.enter_context(StagedCredentials(switched_on=False).server).url
        options = []
        for fault in faults:
            server = stack.enter_context(made("" if fault == "correct" else fault).server)
            target = folder / f"{fault}.yaml"
            target.write_text(text.replace("NAME", fault).replace("URL", server.url).replace("OFF", off), "utf-8")
            options.append(f"--target={target}")
        yield options
