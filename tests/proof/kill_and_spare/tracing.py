"""A pytest plugin for a run on the reference with `--role`: it notes the steps of the role that each test reaches.

So are the variants that would answer otherwise there, in steps that only look.

A step that is taken between two tests counts for the former: its server may still be at work, and the end of a test is
a part of it.
"""

from __future__ import annotations

import inspect
import json
import sys
from collections import defaultdict
from collections.abc import Generator, Iterator
from types import CodeType
from typing import TYPE_CHECKING

import pytest

from conformance.plugin.collection import requirement_of
from conformance.plugin.keys import RUN
from conformance.plugin.options import chosen
from conformance.reference.app import roles
from conformance.reference.variants import variants
from tests.proof.kill_and_spare.looking import Comparison
from tests.proof.kill_and_spare.steps import REACHED, replaced

if TYPE_CHECKING:
    from conformance.reference.role import Role

EVENTS = (sys.monitoring.events.PY_START, sys.monitoring.events.PY_RESUME)


class Tracing:
    """The hooks, and what was noted."""

    def __init__(self, role: type[Role]) -> None:
        self.names: dict[CodeType, set[str]] = defaultdict(set)
        for name, code in steps_of(role):
            self.names[code].add(name)
        self.before = self.now = set[str]()
        self.steps: dict[str, set[str]] = {}
        self.differing: dict[str, set[str]] = {}
        self.requirements: dict[str, str] = {}
        known = [variant.role for variant in variants().values() if variant.role.role == role.role]
        self.comparison = Comparison(role, filter(replaced, known))

    def note(self, code: CodeType, offset: int) -> None:
        """A step is taken, in any thread."""
        if not self.comparison.is_at_work:
            self.now |= self.names[code]

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> None:
        """Serve the reference before the first test."""
        run = session.config.stash[RUN]
        run.target(*run.target_names)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, object, object]:
        """A test begins. What an earlier one saw for it is forgotten, so that it has to look itself."""
        item.config.stash[RUN].seen.clear()
        self.now = self.steps[item.nodeid] = set()
        self.comparison.differing = self.differing[item.nodeid] = set()
        self.requirements[item.nodeid] = str(requirement_of(item))
        return (yield)

    @pytest.fixture(autouse=True)
    def forgetting(self, memories: dict[object, object]) -> None:
        """What an earlier test found out is forgotten too."""
        memories.clear()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """What does not plainly pass is run on each variant."""
        found = getattr(report, "seasonproof", {"outcome": "passed"})
        if report.outcome != "passed" or found["outcome"] != "passed":
            self.steps.pop(report.nodeid, None)

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Write down what was noted."""
        steps, differing = (
            {test: sorted(names) for test, names in found.items()} for found in (self.steps, self.differing)
        )
        whole = {
            "before": sorted(self.before),
            "steps": steps,
            "requirements": self.requirements,
            "differing": differing,
        }
        (session.config.invocation_params.dir / REACHED).write_text(json.dumps(whole), "utf-8")


def pytest_configure(config: pytest.Config) -> None:
    """Begin to watch the steps of the role that was chosen."""
    [role] = chosen(config).role
    tracing = Tracing(roles()[role])
    tool = next(number for number in range(6) if sys.monitoring.get_tool(number) is None)
    sys.monitoring.use_tool_id(tool, __name__)
    for event in EVENTS:
        sys.monitoring.register_callback(tool, event, tracing.note)
    for code in tracing.names:
        sys.monitoring.set_local_events(tool, code, sum(EVENTS))
    config.pluginmanager.register(tracing)


def steps_of(role: type[Role]) -> Iterator[tuple[str, CodeType]]:
    """The code of a role's methods, and of the functions inside them, with the name of the method."""
    for cls in role.__mro__:
        for name, value in vars(cls).items():
            function = getattr(value, "__func__", getattr(value, "fget", value))
            if inspect.isfunction(function):
                yield from ((name, code) for code in _with_nested(inspect.unwrap(function).__code__))


def _with_nested(code: CodeType) -> Iterator[CodeType]:
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _with_nested(constant)
