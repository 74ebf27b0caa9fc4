"""A record store that does no more than it has to is conformant in each dialect, and each of its mistakes is seen."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path

import pytest
import yaml

from conformance.rules.outcome import Outcome
from tests.small_record_dialects import DescribesByOptions, PostsByCursor, ReportsAndMerges
from tests.small_record_store import ENVIRON, MISTAKES, Store
from tests.suite import Result, run_suite

pytestmark = pytest.mark.proves("change_triggers")

SUITE = str(Path(__file__).parents[2] / "conformance" / "suites" / "change_triggers")
DIALECTS: dict[str, type[Store]] = {
    "plain": Store,
    "report": ReportsAndMerges,
    "post": PostsByCursor,
    "options": DescribesByOptions,
}

SEEN = {
    "seconds": "POL-10 POL-17",
    "after": "POL-01 POL-17 POL-21",
    "by-id": "POL-17",
    "first-only": "POL-01 POL-04 POL-07 POL-11 POL-16 POL-17 POL-20 POL-21",
    "silent-cap": "POL-04 POL-17 POL-20",
    "counted-pages": "POL-05 POL-17 POL-19",
    "ties-lost": "POL-04 POL-17 POL-20",
    "two-pages": "POL-04 POL-05 POL-17 POL-19",
    "quiet-updates": "POL-10 POL-11 POL-17",
    "cached": "POL-22",
    "rounded-mark": "POL-01 POL-07 POL-17 POL-21",
    "one-a-moment": "POL-04 POL-16 POL-17 POL-20",
    "reads-touch": "POL-23",
    "reused-ids": "ACT-12",
    "crlf": "MAP-06",
    "trims": "MAP-15",
    "cuts-integers": "MAP-16",
    "no-negatives": "MAP-08",
    "poison": "MAP-14",
    "soft-amounts": "ACT-05",
    "no-deletion": "ACT-02",
    "one-writer": "",
    "throttled": "",
}
"""By mistake: the requirements that deviate. What loses a change trips one of the polls at least."""


def judged(folder: Path, stores: Mapping[str, Store]) -> Result:
    """The family run against some stores, at quick depth."""
    options: list[str] = []
    with ExitStack() as stack:
        for name, store in stores.items():
            role = store.role(stack.enter_context(store.server).url)
            limits = {"requests": 50_000, "requests_per_second": 10_000}
            target = folder / f"{name}.yaml"
            target.write_text(yaml.safe_dump({"name": name, "business_system": role, "limits": limits}), "utf-8")
            options.append(f"--target={target}")
        return run_suite(folder, *options, "--depth=quick", SUITE, environ=ENVIRON)


def test_a_store_of_few_lines_is_conformant_in_each_dialect(tmp_path: Path) -> None:
    stores = {name: dialect() for name, dialect in DIALECTS.items()}
    result = judged(tmp_path, stores)

    assert result.status == 0, result.output
    for name, store in stores.items():
        # Marks that are no times have no day that is in no calendar.
        harmless = {Outcome.PASSED, Outcome.NOT_APPLICABLE} | ({Outcome.NOT_TESTED} if name == "post" else set())
        assert set(result.outcomes[name].values()) <= harmless, result.output
        assert f"\n{name}: conformant with winter26" in result.output
        assert store.accounts == {}


def test_the_example_of_the_guide_is_one_of_the_dialects() -> None:
    """So that what the guide says of rare systems is what was run."""
    guide = (Path(__file__).parents[2] / "docs" / "business-systems.md").read_text("utf-8")
    [example] = (text for text in re.findall(r"```yaml\n(.*?)```", guide, re.DOTALL) if text.startswith("name: ledger"))
    said = yaml.safe_load(example)["business_system"]
    run = ReportsAndMerges().role(said["base_url"])

    assert said == {name: value for name, value in run.items() if name not in ("clock", "absent")}


@pytest.mark.parametrize(("form", "dialect"), [("OpenAPI", PostsByCursor), ("OPTIONS", DescribesByOptions)])
def test_the_form_of_metadata_in_the_guide_is_that_of_a_dialect(form: str, dialect: type[Store]) -> None:
    guide = (Path(__file__).parents[2] / "docs" / "business-systems.md").read_text("utf-8")
    [line] = re.findall(rf"^\| {form} \| `(.+)` \|$", guide, re.MULTILINE)
    said = yaml.safe_load(line)["metadata"]

    assert said.items() <= dialect().role("https://ledger.example.com")["metadata"].items()


def test_a_total_that_is_too_low_loses_the_last_record(tmp_path: Path) -> None:
    result = judged(tmp_path, {"short": PostsByCursor("short-total")})
    found = {requirement for requirement, outcome in result.outcomes["short"].items() if outcome.is_deviation}

    assert found == {"POL-04", "POL-05", "POL-17", "POL-19", "POL-20"}, result.output


def test_each_mistake_is_seen_and_what_is_none_is_not(tmp_path: Path) -> None:
    result = judged(tmp_path, {mistake: Store(mistake) for mistake in MISTAKES})
    found = {
        mistake: " ".join(r for r, outcome in sorted(result.outcomes[mistake].items()) if outcome.is_deviation)
        for mistake in MISTAKES
    }

    assert found == SEEN, result.output
