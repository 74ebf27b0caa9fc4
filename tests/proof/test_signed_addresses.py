"""Who has no signed address, or a forged one, is kept out; a store that lets them in is caught."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from starlette.applications import Starlette
from starlette.requests import Request

from conformance.reference.app import describe
from conformance.reference.file_service import FileService, Refusal
from conformance.reference.org import Org
from conformance.reference.server import Server
from conformance.rules.outcome import Outcome
from tests.suite import run_suite

pytestmark = pytest.mark.proves("binary_files")

SIGNATURE = "bWFkZS11cA.seasonproof"
REQUIREMENTS = ("--require=BIN-31", "--require=BIN-32")


class Signed(FileService):
    """Lets in who asks at an address that is signed."""

    def __init__(self) -> None:
        super().__init__(Org())

    def authorize(self, request: Request) -> None:
        if not self.is_signed(request):
            raise Refusal(403, "the signature is missing or wrong")

    def is_signed(self, request: Request) -> bool:
        """Whether the address has the signature, and what it signs."""
        return request.query_params.get("sig") == SIGNATURE and request.query_params.get("sv") == "1"


class AnySignature(Signed):
    """Looks whether there is a signature, and not at what it is."""

    def is_signed(self, request: Request) -> bool:
        return "sig" in request.query_params


class Unsigned(Signed):
    """Looks at the signature where there is one."""

    def is_signed(self, request: Request) -> bool:
        return "sig" not in request.query_params or super().is_signed(request)


class ReadableByAll(Signed):
    """Looks at the signature of what changes something."""

    def is_signed(self, request: Request) -> bool:
        return request.method in ("GET", "HEAD") or super().is_signed(request)


@pytest.mark.parametrize(
    ("kind", "writes", "reads"),
    [
        (Signed, Outcome.PASSED, Outcome.PASSED),
        (AnySignature, Outcome.FAILED, Outcome.DIFFERS),
        (Unsigned, Outcome.FAILED, Outcome.DIFFERS),
        (ReadableByAll, Outcome.PASSED, Outcome.DIFFERS),
    ],
)
def test_who_has_no_signature_or_a_forged_one_is_kept_out(
    tmp_path: Path, kind: type[Signed], writes: Outcome, reads: Outcome
) -> None:
    service = kind()
    with Server() as server:
        target = describe(server.serve(Starlette(routes=service.routes())), "files")
        role = dict(target["file_service"]) | {"access": {"query": f"sv=1&sig={SIGNATURE}"}}  # type: ignore[call-overload] # a mapping
        (tmp_path / "files.yaml").write_text(yaml.safe_dump({"name": "files", "file_service": role}), "utf-8")
        result = run_suite(tmp_path, "--target=files.yaml", "--depth=quick", *REQUIREMENTS)
    assert result.outcomes["files"] == {"BIN-31": writes, "BIN-32": reads}, result.output
    assert service.store.files == {}
    assert SIGNATURE not in result.output
