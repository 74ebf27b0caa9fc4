"""Which tests the proof of a family leaves out on a variant: those that nothing of it can reach."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from conformance.reference.framing import Framing
from conformance.reference.single_access import SingleAccess
from conformance.reference.variants import variants
from conformance.rules.outcome import Outcome
from tests.proof.kill_and_spare import steps
from tests.proof.kill_and_spare.steps import LEFT_OUT, Reached, on, replaced, run_against
from tests.suite import Result, run_suite

FAULT = "frontdoor-works-twice"
BEFORE = frozenset({"__init__", "routes"})


@pytest.fixture(scope="module")
def reached(tmp_path_factory: pytest.TempPathFactory) -> Reached:
    return Reached.on_the_reference(tmp_path_factory.mktemp("reached"), "single_access")


def test_a_variant_is_known_by_the_methods_that_it_replaces_and_those_that_are_its_own() -> None:
    class Changed(SingleAccess):
        """A variant that annotates something, as any class may."""

        asked: int

        def is_bearer(self, scheme: str) -> bool:
            self.asked = self.helper()
            return True

        def helper(self) -> int:
            return 1

    class ChangedMore(Changed):
        """One that derives from it."""

        def helper(self) -> int:
            return 2

    assert replaced(Changed) == replaced(ChangedMore) == {"is_bearer", "helper"}
    assert replaced(SingleAccess) == set()


@pytest.mark.parametrize(
    "changed",
    [
        {"framing": Framing()},
        {"capabilities": {"dialect": "okta"}},
        {"describe": classmethod(lambda cls, base_url: {})},
        {"is_bearer": property(lambda self: True)},
        {"__getattribute__": object.__getattribute__},
        {"helper": property(lambda self: True)},
    ],
    ids=lambda changed: next(iter(changed)),
)
def test_what_is_no_plain_method_may_change_every_test(changed: dict[str, object]) -> None:
    variant = type("Changed", (SingleAccess,), {"__module__": __name__, **changed})
    everything = Reached(BEFORE, {"test": frozenset({"accept"})}, {"test": "SAB-01"}, {"test": frozenset()})

    assert replaced(variant) is None
    assert everything.unchanged_by(variant) == set()


def test_what_is_replaced_before_the_first_test_may_change_every_test() -> None:
    class Changed(SingleAccess):
        """Has a state of its own."""

        def __init__(self, org: object) -> None:
            self.used: set[str] = set()

    found = Reached(BEFORE, {"test": frozenset()}, {"test": "SAB-01"}, {"test": frozenset()})

    assert found.unchanged_by(Changed) == set()


def test_a_test_is_left_out_if_it_reaches_nothing_that_is_replaced() -> None:
    class Changed(SingleAccess):
        """Has another page."""

        async def page(self) -> None:
            raise AssertionError

    steps = {"one": frozenset({"accept", "page"}), "two": frozenset({"accept"})}
    found = Reached(BEFORE, steps, {}, dict.fromkeys(steps, frozenset()))

    assert found.unchanged_by(Changed) == {"two"}


def test_a_test_is_left_out_if_all_that_is_replaced_only_looks_and_answers_the_same() -> None:
    class Changed(SingleAccess):
        """Lets nobody in, and has another page."""

        def accept(self, value: str) -> None:
            return None

        async def page(self) -> None:
            raise AssertionError

    steps = dict.fromkeys(("one", "two"), frozenset({"accept"})) | {"three": frozenset({"accept", "page"})}
    found = Reached(BEFORE, steps, {}, {"one": frozenset({"Changed"}), "two": frozenset(), "three": frozenset()})

    assert found.unchanged_by(Changed) == {"two"}


def test_each_test_reaches_what_it_is_about_whatever_was_found_out_before_it(reached: Reached) -> None:
    """The frontdoor is entered by tests of frontdoor URLs, and by no test of tokens in URLs."""
    files = {test.partition("::")[0] for test, names in reached.steps.items() if "frontdoor" in names}

    assert "token_handling/test_frontdoor_urls.py" in files
    assert "token_handling/test_tokens_in_urls.py" not in files
    assert all("token_of" in names for names in reached.steps.values())
    assert {"routes", "describe", "__init__"} <= reached.before
    assert reached.steps.keys() == reached.requirements.keys()


def test_what_is_left_out_counts_as_passed_and_the_rest_is_run(
    reached: Reached, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTEST_ADDOPTS", "--junitxml=junit.xml")
    left = reached.unchanged_by(variants()[FAULT].role)

    found = run_against(tmp_path, [FAULT], reached)

    ran = {str(case.get("name")) for case in ET.parse(tmp_path / "junit.xml").iter("testcase")}
    assert left
    assert ran == {on(FAULT, test).partition("::")[2] for test in reached.steps.keys() - left}
    assert found.outcomes[FAULT].keys() == set(reached.requirements.values())
    assert {found.outcomes[FAULT][reached.requirements[test]] for test in left} == {Outcome.PASSED}
    assert {name for name, outcome in found.outcomes[FAULT].items() if outcome.is_deviation} == variants()[FAULT].kills


def test_a_run_that_ends_early_passes_nothing(
    reached: Reached, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(steps, "run_suite", lambda *arguments: Result(4, "", {}))

    with pytest.raises(AssertionError, match="have no outcome, though their tests were not left out"):
        run_against(tmp_path, [FAULT], reached)


def test_a_test_that_is_not_there_is_not_left_out(tmp_path: Path) -> None:
    (tmp_path / LEFT_OUT).write_text(json.dumps(["token_handling/test_frontdoor_urls.py::test_gone[reference]"]))

    done = run_suite(tmp_path, "-p", f"{steps.__package__}.leaving_out", "--require=SAB-01", "-qq")

    assert "these tests are not there: token_handling/test_frontdoor_urls.py::test_gone[reference]" in done.output
    assert not done.outcomes
