"""A pytest plugin that leaves out the tests whose ids are in a file of the run's folder."""

from __future__ import annotations

import json

import pytest

from tests.proof.kill_and_spare.steps import LEFT_OUT


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Deselect them. An id that matches no test is an error."""
    ids = set(json.loads((config.invocation_params.dir / LEFT_OUT).read_text("utf-8")))
    left = [item for item in items if item.nodeid in ids]
    if missing := ids.difference(item.nodeid for item in left):
        raise pytest.UsageError(f"these tests are not there: {', '.join(sorted(missing))}")
    items[:] = [item for item in items if item.nodeid not in ids]
    config.hook.pytest_deselected(items=left)
