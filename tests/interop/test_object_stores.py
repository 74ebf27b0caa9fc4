"""The suite of binary files against object stores that nobody here wrote, each described as the guide says."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
import yaml

from conformance.rules.outcome import Outcome
from tests.interop.object_stores import azurite, moto, rclone, registry
from tests.suite import run_suite

ROOT = Path(__file__).parents[2]
SUITE = str(ROOT / "conformance" / "suites" / "binary_files")
LIMITS = {"requests_per_second": 2000, "requests": 20_000}
LINES = 12
"""How many lines describe a store at most."""

type Store = Callable[[Path], AbstractContextManager[dict[str, str]]]


def kinds() -> dict[str, str]:
    """The target files of the guide, by their names."""
    guide = (ROOT / "docs" / "file-services.md").read_text("utf-8")
    section = guide.partition("## Kinds of stores")[2].partition("\n## ")[0]
    return {text.split()[1]: text for text in re.findall(r"```yaml\n(.*?)```", section, re.DOTALL)}


def deviations(folder: Path, store: Store, kind: str, address: str, **more: object) -> dict[str, Outcome]:
    """Run the family against a store, and return what neither passed nor lacked an occasion, by requirement.

    Args:
        folder: an empty folder.
        store: starts it.
        kind: the name of its target file in the guide.
        address: what stands in that file for the address of the store.
        more: what only this store has, beside what the guide says.
    """
    (folder / "store").mkdir()
    with store(folder / "store") as said:
        text = kinds()[kind].replace(address, said.pop("address")).replace("AKIAIOSFODNN7EXAMPLE", "${AWS_KEY_ID}")
        text = text.replace("${AWS_KEY_ID}", said.get("AWS_KEY_ID", "")).replace("eu-central-1", "us-east-1")
        target = yaml.safe_load(text) | {"limits": LIMITS}
        target["file_service"] |= more
        (folder / "store.yaml").write_text(yaml.safe_dump(target), "utf-8")
        result = run_suite(folder, f"--target={folder / 'store.yaml'}", "--depth=quick", SUITE, environ=said)
    assert kind in result.outcomes, result.output
    assert list((folder / "state").rglob("*.jsonl")) == [], "a file is left"
    spared = (Outcome.PASSED, Outcome.NOT_TESTED, Outcome.NOT_APPLICABLE)
    return {r: o for r, o in sorted(result.outcomes[kind].items()) if o not in spared}


@pytest.mark.parametrize("kind", kinds())
def test_a_kind_of_store_is_described_in_a_few_lines(kind: str) -> None:
    """By the guide alone."""
    assert len(kinds()[kind].splitlines()) <= LINES


def test_azurite(tmp_path: Path) -> None:
    """It reads one tag of a list, calls an overwrite a creation, and takes ranges of any unit.

    Its answer to a range from the end has a length below 0, so nothing can be said of that.
    """
    found = deviations(tmp_path, azurite, "azure", "https://acme.blob.core.windows.net/files")
    numbers = (19, 36, 37, 38, 40, 41, 42, 46, 47, 49)
    assert found == warned(*numbers) | {"BIN-21": Outcome.DIFFERS, "BIN-14": Outcome.INCONCLUSIVE}


def test_moto(tmp_path: Path) -> None:
    """It answers strangers who store with 500, reads no list of tags, and takes whatever framing its server takes."""
    found = deviations(tmp_path, moto, "s3", "https://s3.eu-central-1.amazonaws.com/acme-files")
    numbers = (37, 38, 40, 42, 44, 45, 46, 47, 49, 50)
    assert found == warned(*numbers) | {"BIN-21": Outcome.DIFFERS, "BIN-31": Outcome.FAILED}


def test_a_container_registry(tmp_path: Path) -> None:
    """It keeps gzip without its name, decodes slashes, deletes any version, and answers HEAD in parts."""
    found = deviations(tmp_path, registry, "registry", "https://registry.example.com/v2")
    found.pop("BIN-24", None)  # it answers some of those who read during an upload with 500
    assert found == warned(19, 30, 39, 46) | {"BIN-21": Outcome.DIFFERS}


def test_rclone(tmp_path: Path) -> None:
    """It keeps what came of an upload that broke off, ignores conditions, and answers HEAD in parts."""
    found = deviations(tmp_path, rclone, "webdav", "https://dav.example.com/scratch")
    found.pop("BIN-24", None)  # whether somebody reads half a file hangs on the moment
    failed = dict.fromkeys(("BIN-23", "BIN-27", "BIN-43"), Outcome.FAILED)
    differs = dict.fromkeys(("BIN-21", "BIN-52"), Outcome.DIFFERS)
    assert found == warned(17, 19, 36, 38, 39, 42, 46, 50) | failed | differs


def warned(*numbers: int) -> dict[str, Outcome]:
    """These requirements, warned."""
    return {f"BIN-{number}": Outcome.WARNED for number in numbers}
