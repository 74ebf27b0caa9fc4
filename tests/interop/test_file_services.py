"""The suite of binary files against real file services: the exact set of what is not a pass."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
import yaml

from conformance.rules.outcome import Outcome
from tests.interop.file_services import PASSWORD, USER, nginx_dav, wsgidav
from tests.suite import run_suite

pytestmark = pytest.mark.proves("binary_files")

SUITE = str(Path(__file__).parents[2] / "conformance" / "suites" / "binary_files")
LIMITS = {"requests_per_second": 2000, "requests": 20_000}


def not_passed(
    folder: Path, service: Callable[[Path], AbstractContextManager[str]], **role: object
) -> dict[str, Outcome]:
    """Run the family against one service and return what did not pass, by requirement."""
    (folder / "service").mkdir()
    with service(folder / "service") as address:
        access = {"basic": {"user": USER, "password": "${FILES_PASSWORD}"}}
        declared = {"url": f"{address}/{{name}}", "access": access, "max_bytes": 2_000_000, **role}
        target = {"name": "service", "file_service": declared, "limits": LIMITS}
        (folder / "service.yaml").write_text(yaml.safe_dump(target), "utf-8")
        options = (f"--target={folder / 'service.yaml'}", "--depth=quick", SUITE)
        result = run_suite(folder, *options, environ={"FILES_PASSWORD": PASSWORD})
    assert "service" in result.outcomes, result.output
    assert list((folder / "service" / "files").iterdir()) == [], "a file is left"
    return {r: o for r, o in sorted(result.outcomes["service"].items()) if o is not Outcome.PASSED}


NOT_DECLARED = dict.fromkeys(
    ("BIN-05", "BIN-06", "BIN-10", "BIN-11", "BIN-20", "BIN-33", "BIN-34", "BIN-51"), Outcome.NOT_TESTED
)
"""What a store without an OpenAPI document gives no occasion to: types that it takes or refuses, names, ids."""


def test_nginx_dav(tmp_path: Path) -> None:
    """Its tags count seconds, it ignores conditions and encodings, decodes slashes, and answers HEAD in parts."""
    found = not_passed(tmp_path, nginx_dav, refused_bytes=2_000_001)
    warned = dict.fromkeys(
        ("BIN-15", "BIN-16", "BIN-17", "BIN-19", "BIN-30", "BIN-36", "BIN-39", "BIN-46", "BIN-50"), Outcome.WARNED
    )
    assert found == NOT_DECLARED | warned | {"BIN-21": Outcome.DIFFERS}


def test_wsgidav(tmp_path: Path) -> None:
    """Its tags count seconds and are missing from 304; it writes uploads over the old file, and keeps what came.

    It takes the first of two lengths, counts ranges in any unit, and calls a file what its extension says.
    """
    found = not_passed(tmp_path, wsgidav)
    failed = dict.fromkeys(("BIN-23", "BIN-27", "BIN-43"), Outcome.FAILED)
    warned = dict.fromkeys(("BIN-15", "BIN-16", "BIN-41", "BIN-45", "BIN-46"), Outcome.WARNED)
    differs = dict.fromkeys(("BIN-21", "BIN-24", "BIN-52"), Outcome.DIFFERS)
    assert found == NOT_DECLARED | failed | warned | differs | {"BIN-29": Outcome.NOT_TESTED}
