"""Waivers: accepted deviations with a reason, an owner and a last day."""

from datetime import date
from pathlib import Path

import pytest

from conformance.config.profile import Profile
from conformance.config.waivers import Waiver, load_waivers
from conformance.documents import UsageProblem
from conformance.judging.verdict import Case, Part, Verdict, sum_up
from conformance.judging.waiving import unused, waived
from conformance.rules.outcome import Outcome
from tests.profiles import builtin

TODAY = date(2026, 1, 15)
GOOD = "{id: SAB-07, target: acme, reason: the gateway is replaced in spring, owner: platform team, until: 2026-01-15}"


@pytest.fixture(scope="module")
def profile() -> Profile:
    return builtin("winter26")


def load(path: Path, text: str, profile: Profile) -> tuple[Waiver, ...]:
    path.write_text(text)
    return load_waivers(str(path), profile, ["acme"], TODAY)


def test_a_waiver_holds_on_its_last_day(tmp_path: Path, profile: Profile) -> None:
    (waiver,) = load(tmp_path / "w.yaml", f"waivers:\n  - {GOOD}\n", profile)
    assert (waiver.id, waiver.target, waiver.until, waiver.line) == ("SAB-07", "acme", "2026-01-15", 2)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("01-15", "01-14", "w.yaml:2: waivers[0].until: the waiver ended on 2026-01-14; fix SAB-07 on acme, or"),
        ("2026-01-15", "spring", "w.yaml:2: waivers[0].until: must be a date such as 2026-03-31"),
        ("SAB-07", "SAB-70", "w.yaml:2: waivers[0].id: the profile winter26 has no requirement SAB-70; did you mean"),
        ("SAB-07", "SAB-7", "w.yaml:2: waivers[0].id: must be three capital letters"),
        ("acme", "acmee", "w.yaml:2: waivers[0].target: no target of this run is called acmee; did you mean acme?"),
        ("the gateway is replaced in spring", "later", "w.yaml:2: waivers[0].reason: must have at least 10 characters"),
        ("owner: platform team, ", "", "w.yaml:2: waivers[0].owner: is missing"),
        ("owner:", "ownr:", "w.yaml:2: waivers[0].ownr: unknown field; did you mean owner?"),
        ("}", f"}}\n  - {GOOD}", "w.yaml:3: waivers[1]: SAB-07 on acme is waived in line 2 already; keep one of them"),
        ("}", f"}}, {GOOD}", "SAB-07 on acme is waived in line 2 already"),
    ],
)
def test_a_mistake_is_told_with_its_line_and_the_way_out(
    tmp_path: Path, profile: Profile, old: str, new: str, said: str
) -> None:
    entries = f"  [{GOOD.replace(old, new)}]" if new.startswith("},") else f"  - {GOOD.replace(old, new)}"
    with pytest.raises(UsageProblem) as caught:
        load(tmp_path / "w.yaml", f"waivers:\n{entries}\n", profile)
    assert any(said in problem for problem in caught.value.problems)


@pytest.mark.parametrize(
    ("outcome", "said"),
    [
        (Outcome.PASSED, "the requirement passed, so the waiver is not needed; delete it"),
        (Outcome.NOT_TESTED, "the requirement was not tested, so the waiver waives nothing; delete it"),
        (Outcome.WAIVED, None),
        (Outcome.THROTTLED, None),
        (Outcome.INCONCLUSIVE, None),
        (Outcome.HARNESS_ERROR, None),
    ],
)
def test_a_waiver_that_waives_nothing_is_told(
    tmp_path: Path, profile: Profile, outcome: Outcome, said: str | None
) -> None:
    path = tmp_path / "w.yaml"
    waivers = load(path, f"waivers:\n  - {GOOD}\n", profile)
    verdicts = [Verdict(profile.requirement("SAB-07"), "acme", outcome)]
    assert unused(waivers, verdicts) == ([f"{path}:2: SAB-07 on acme: {said}"] if said else [])


def test_nothing_is_said_of_what_was_not_selected(tmp_path: Path, profile: Profile) -> None:
    assert unused(load(tmp_path / "w.yaml", f"waivers:\n  - {GOOD}\n", profile), []) == []


def test_a_waiver_may_name_the_cases_and_values_that_deviate(tmp_path: Path, profile: Profile) -> None:
    """What it does not name stays a failure, and what it names in vain is told."""
    path = tmp_path / "w.yaml"
    waivers = load(path, f"waivers:\n  - {GOOD.replace('}', ', cases: [day, stage]}')}\n", profile)
    parts = tuple(Part(name, Outcome.FAILED, "why") for name in ("day", "owner"))
    found = Case("SAB-07", "acme", "", Outcome.FAILED, parts=parts, values=3)
    verdict = sum_up(profile.requirement("SAB-07"), "acme", [waived(found, waivers[0])], waivers[0])
    assert verdict.outcome is Outcome.FAILED
    assert {part.name: part.outcome for part in verdict.findings} == {"day": Outcome.WAIVED, "owner": Outcome.FAILED}
    assert unused(waivers, [verdict]) == [
        f"{path}:2: SAB-07 on acme: nothing that is called 'stage' deviates; delete it"
    ]
