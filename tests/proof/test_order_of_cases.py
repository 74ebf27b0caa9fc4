"""No verdict hangs on the order of the cases: pytest-xdist and other plugins hand them out as they like."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.rules.outcome import Outcome
from tests.suite import run_suite

IN_ORDER = """
ORDER = {order!r}

import pytest

@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items):
    items.sort(key=lambda item: ORDER.index(item.get_closest_marker("requirement").args[0]))
"""


@pytest.mark.parametrize("moves_the_clock", ["STG-45", "SAB-18"])
def test_a_case_that_moves_the_clock_costs_no_later_one_its_verdict(tmp_path: Path, moves_the_clock: str) -> None:
    """The tokens that earlier cases fetched, of any role, have ended then."""
    order = ["POL-16", "STG-04", moves_the_clock, "POL-17", "STG-10"]
    (tmp_path / "in_order.py").write_text(IN_ORDER.format(order=order))
    chosen = [f"--require={one}" for one in order]
    result = run_suite(tmp_path, *chosen, "-p", "in_order", "--depth=quick")
    assert result.outcomes["reference"] == dict.fromkeys(order, Outcome.PASSED), result.output
