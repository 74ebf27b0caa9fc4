"""What the terminal shows: a table, all that is not a plain pass, and one line that says it all."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest

from conformance.http.exchange import Evidence, Exchange, Request, Response
from conformance.judging.run import Run
from conformance.judging.run_options import RunOptions
from conformance.judging.verdict import Case, Part
from conformance.reference.embedded import EmbeddedTargets
from conformance.reporting.explanation import explanation
from conformance.reporting.terminal import LETTERS, summary
from conformance.rules.outcome import Outcome
from tests.profiles import builtin
from tests.statements import of_run

ALL = len(builtin("winter26").requirements)

LONG_URL = "https://acme.example.com/services/oauth2/singleaccess?" + "&".join(f"x{n}=1" for n in range(40))
SENT = Evidence.of(
    Exchange(
        Request("GET", LONG_URL),
        Response(200, (("Content-Type", "application/json"),), b'{"frontdoor_uri": "..."}'),
        "",
        datetime.now(UTC),
        0.012,
    )
).as_json()


def finished(*cases: Case, target: str = "reference", variants: tuple[str, ...] = ()) -> Run:
    run = Run(RunOptions("winter26", variants=variants), EmbeddedTargets)
    run.cases += cases
    run.selected |= {(case.target, case.requirement) for case in cases}
    return run


def case(identifier: str, outcome: Outcome, message: str = "", target: str = "reference", **more: object) -> Case:
    return Case(identifier, target, **{"case": "", "outcome": outcome, "message": message, **more})  # type: ignore[arg-type]


def shown(run: Run, verbosity: int = 0, unused: tuple[str, ...] = ()) -> list[str]:
    whole = of_run(run)
    footer = whole.footer.model_copy(update={"unused_waivers": unused}) if whole.footer else None
    return [line.text for line in summary(whole.model_copy(update={"footer": footer}), verbosity)]


FAILED = case(
    "SAB-01", Outcome.FAILED, "the answer has status 200; expected: a refusal", exchanges=(SENT,), tried=7, missed=3
)
PASSED = case("SAB-04", Outcome.PASSED)


def test_outcomes_have_letters_of_their_own() -> None:
    """What is not a pass is never a dot."""
    letters = [letter for letter, _ in LETTERS.values()]
    assert len(set(letters)) == len(Outcome) == len(LETTERS)
    assert LETTERS[Outcome.PASSED][0] == "."


def test_a_failure_is_explained_in_full() -> None:
    lines = shown(finished(FAILED, PASSED))
    text = "\n".join(lines)
    assert "family          passed  failed" in lines
    assert "Token handling       1       1" in lines
    assert "SAB-01  failed  A token in the query of a GET is refused" in lines
    for label, begins in {
        "why": "the answer has status 200; expected: a refusal",
        "sent": f"curl -i '{LONG_URL}'",
        "came back": '200 application/json in 12 ms: {"frontdoor_uri": "..."}',
        "tries": "3 of 7",
        "source": "must, documented: ",
        "remedy": "Send the access token in the Authorization header",
    }.items():
        assert f"  {label:<10}  {begins}" in text
    selection = f"2 of {ALL} requirements, a selection: 1 passed, 1 failed"
    assert lines[-1] == f"reference: not conformant with winter26 ({selection})"


def test_commands_and_addresses_stay_whole_and_the_rest_is_wrapped() -> None:
    """Whoever copies a line gets all of it."""
    long = case("SAB-01", Outcome.FAILED, "word " * 60, exchanges=(SENT,), missed=1, tried=1)
    lines = shown(finished(long))
    assert any(line.endswith(f"'{LONG_URL}'") for line in lines)
    assert all(len(line) <= 120 for line in lines if "curl" not in line and "http" not in line)


def test_one_cause_is_said_once() -> None:
    """Thirty requirements behind one closed door are one explanation."""
    why = "no whole answer came: connection reset"
    open_ = [case(f"SAB-0{n}", Outcome.INCONCLUSIVE, why) for n in (1, 2, 4)]
    lines = shown(finished(*open_, case("SAB-05", Outcome.INCONCLUSIVE, "another")))
    assert sum(why in line for line in lines) == 1
    assert sum(line.startswith("SAB-") for line in lines) == 4
    selection = f"4 of {ALL} requirements, a selection: 4 inconclusive"
    assert lines[-2:] == [
        f"reference: incomplete with winter26 ({selection})",
        "open: SAB-01, SAB-02, SAB-04, SAB-05",
    ]


def test_each_value_that_deviates_is_shown_with_its_own_exchange_and_what_it_is_compared_with() -> None:
    """At how many of how many, the gravest first, and what could not be judged beside them."""
    control = {**SENT, "method": "POST", "status": 201}
    parts = (
        Part("day", Outcome.FAILED, "the day moved", exchanges=(control, SENT)),
        Part("stage", Outcome.FAILED, "the stage is lost", exchanges=({**SENT, "status": 204},)),
        Part("owner", Outcome.INCONCLUSIVE, "no whole answer came"),
    )
    lines = shown(finished(case("SAB-01", Outcome.FAILED, parts=parts, values=7)))
    assert "SAB-01  failed  A token in the query of a GET is refused [3 of 7]" in lines
    facts = [line.strip() for line in lines if line.startswith(("  at ", "  why", "  beside", "  came back"))]
    assert [fact.split(":")[0].partition("https")[0] for fact in facts] == [
        "at          day",
        "why         the day moved",
        "beside      POST ",
        "came back   200 application/json in 12 ms",
        "at          stage",
        "why         the stage is lost",
        "came back   204 application/json in 12 ms",
        "at          owner (inconclusive)",
        "why         no whole answer came",
    ]


def test_of_many_values_the_first_few_are_shown_and_the_others_named() -> None:
    """-v shows all."""
    parts = tuple(Part(f"field {n}", Outcome.FAILED, "lost", exchanges=(SENT,)) for n in range(8))
    run = finished(case("SAB-01", Outcome.FAILED, parts=parts, values=9))
    assert sum(line.startswith("  sent") for line in shown(run)) == 5
    assert "  and at      field 5, field 6, field 7; the page shows what was sent" in shown(run)
    assert sum(line.startswith("  sent") for line in shown(run, 1)) == 8


def test_every_case_that_deviates_is_shown() -> None:
    """Not only the gravest."""
    failed = [case("SAB-28", Outcome.FAILED, f"{name} works", case=name, exchanges=(SENT,)) for name in ("get", "post")]
    lines = shown(finished(*failed, case("SAB-28", Outcome.PASSED)))
    assert [line for line in lines if line.startswith("  why")] == [
        "  why         get works",
        "  why         post works",
    ]
    assert lines[4].endswith("[2 of 3]")


def test_what_was_unstable_is_said_whatever_the_outcome() -> None:
    lines = shown(finished(case("SAB-05", Outcome.PASSED, unstable="inconclusive at first: no whole answer came")))
    assert "  unstable    inconclusive at first: no whole answer came" in lines


def test_deviations_are_never_lumped_together() -> None:
    again = case("SAB-02", Outcome.FAILED, FAILED.message, exchanges=(SENT,))
    assert sum("why" in line for line in shown(finished(FAILED, again))) == 2


CLOCK = case("SAB-16", Outcome.NOT_TESTED, "there is no clock", advice="capabilities.clock: https://…")  # a should
OTHER = case(
    "SAB-20",
    Outcome.NOT_TESTED,
    "the target file names no other org",
    advice="single_access.foreign_token: ${TOKEN}\nor single_access.absent: [other_orgs], where there is none",
)
ABSENT = [
    case(
        identifier,
        Outcome.NOT_APPLICABLE,
        "there are no scopes\nThey are optional (RFC 6749)",
        claim="single_access.absent: scopes",
    )
    for identifier in ("SAB-11", "SAB-12")
]


def test_what_is_not_tested_is_a_row_with_the_line_to_add() -> None:
    """What no verdict waits for. -v says why."""
    lines = shown(finished(CLOCK, PASSED))
    assert lines[lines.index("not tested, and not needed for the verdict (the page says why)") + 1] == (
        "  SAB-16  capabilities.clock: https://…"
    )
    selection = f"2 of {ALL} requirements, a selection: 1 passed, 1 not tested"
    assert lines[-1] == f"reference: conformant with winter26 ({selection})"
    assert "  why         there is no clock" not in lines
    assert "  why         there is no clock" in shown(finished(CLOCK, PASSED), 1)


def test_the_musts_that_keep_a_run_from_a_verdict_come_last_with_the_lines_to_add() -> None:
    """Those that were tried and not judged are explained above."""
    lines = shown(finished(CLOCK, OTHER, PASSED, case("SAB-01", Outcome.INCONCLUSIVE, "no whole answer came")))
    assert lines[lines.index("2 requirements keep reference from a verdict:") :] == [
        "2 requirements keep reference from a verdict:",
        "  SAB-01  inconclusive, as explained above",
        "  SAB-20  single_access.foreign_token: ${TOKEN}",
        "          or single_access.absent: [other_orgs], where there is none",
        "",
        f"reference: incomplete with winter26 (4 of {ALL} requirements, a selection: 1 passed, 2 not tested, "
        "1 inconclusive)",
        "open: SAB-01, SAB-20",
    ]


def test_a_run_with_a_verdict_is_kept_from_none() -> None:
    assert not any("keep" in line for line in shown(finished(OTHER, FAILED)))


def test_a_must_that_was_not_tested_is_named_beside_a_failure_too() -> None:
    """The run has its verdict then, and each outcome that is counted is also named."""
    lines = shown(finished(CLOCK, OTHER, PASSED, case("SAB-01", Outcome.FAILED, "it answers 200")))
    start = lines.index("not tested, and needed to be conformant (the page says why)")
    assert lines[start + 1] == "  SAB-20  single_access.foreign_token: ${TOKEN}"
    assert lines[-1].startswith("reference: not conformant")
    assert "not tested, and needed to be conformant (the page says why)" not in shown(finished(OTHER, PASSED))


def test_what_stopped_before_it_ran_is_open_too() -> None:
    run = finished(PASSED)
    run.selected.add(("reference", "SAB-01"))
    assert "  SAB-01  the run stopped before it" in shown(run)


def test_a_run_that_tested_nothing_says_so() -> None:
    assert shown(finished(*ABSENT))[-1] == "open, because nothing was tested"


def test_what_does_not_apply_is_a_row_for_each_claim() -> None:
    """-v says by which sentence it may be absent. It is counted last, and never among what passed."""
    lines = shown(finished(*ABSENT, PASSED))
    assert lines[
        lines.index("not applicable, as the target's owner says or the target shows (the page says why that may be)")
        + 1
    ] == ("  SAB-11, SAB-12  single_access.absent: scopes")
    assert lines[-1].endswith("a selection: 1 passed, 2 not applicable)")
    assert "              They are optional (RFC 6749)" in shown(finished(*ABSENT, PASSED), 1)


def test_what_the_target_itself_shows_not_to_apply_says_so_without_a_claim() -> None:
    shows = "the client id has no letters"
    alone = Case("SAB-11", "reference", "", Outcome.NOT_APPLICABLE, shows)
    assert f"  SAB-11  {shows}" in shown(finished(alone, PASSED))
    other = Case("SAB-11", "reference", "upper case", Outcome.NOT_APPLICABLE, shows)
    passed = Case("SAB-11", "reference", "lower case", Outcome.PASSED)
    assert any(f"claimed     {shows} (upper case)" in line for line in shown(finished(other, passed), 1))


def test_a_false_claim_is_explained_once_with_the_way_out_and_blames_no_requirement() -> None:
    """It concerns every requirement on what was said to be absent."""
    false = [
        case(
            identifier,
            Outcome.FAILED,
            "single_access.absent says that there are no scopes, but the token answer has one",
            advice="delete it",
            claim="single_access.absent: scopes",
            exchanges=(SENT,),
        )
        for identifier in ("SAB-11", "SAB-12")
    ]
    lines = shown(finished(*false, PASSED))
    assert [line[:12] for line in lines if line.startswith("SAB-")] == ["SAB-11  fail", "SAB-12  fail"]
    assert sum(line.startswith("  why") for line in lines) == 1
    assert "  way out     delete it" in lines
    assert not any(line.startswith(("  source", "  remedy")) for line in lines)
    assert "not conformant" in lines[-1]


@pytest.mark.parametrize("width", [60, 80, 120])
def test_nothing_but_what_is_copied_is_wider_than_the_screen(width: int) -> None:
    """A table that does not fit becomes a line of words for each family."""
    cases = [case(f"SAB-0{n}", outcome, "word " * 40) for n, outcome in enumerate(Outcome) if n]
    lines = [line.text for line in summary(of_run(finished(*cases, OTHER, FAILED)), width=width) if not line.separator]
    is_copied = re.compile("curl|http|^reference: ")
    assert all(len(line) <= width for line in lines if not is_copied.search(line))
    assert any(line.startswith("family") for line in lines) is (width == 120)
    assert any(line.startswith("Token handling") for line in lines)


def test_what_was_seen_is_shown_whatever_the_outcome() -> None:
    """A pass without a note stays silent."""
    noted = case("SAB-05", Outcome.PASSED, notes=("the staged id is that of the new pair",))
    lines = shown(finished(noted, PASSED))
    assert "  seen        the staged id is that of the new pair" in lines
    assert not any(line.startswith(PASSED.requirement) for line in lines)


def test_a_harness_error_blames_the_harness() -> None:
    lines = shown(finished(case("SAB-04", Outcome.HARNESS_ERROR, "Traceback …")))
    assert "  why         the harness itself broke; see the traceback above and report it" in lines
    assert not any("Traceback" in line for line in lines)


@pytest.mark.parametrize(
    ("verbosity", "table", "explained", "passes"),
    [(1, True, True, True), (0, True, True, False), (-1, False, True, False), (-2, False, False, False)],
)
def test_verbosity_takes_away_and_adds(verbosity: int, table: bool, explained: bool, passes: bool) -> None:
    """The verdict stays."""
    lines = shown(finished(FAILED, PASSED), verbosity)
    assert ("family          passed  failed" in lines) is table
    assert ("SAB-01  failed  A token in the query of a GET is refused" in lines) is explained
    assert any(line.startswith("SAB-04  passed") for line in lines) is passes
    assert lines[-1].startswith("reference: not conformant")


def test_many_targets_are_shown_in_brief() -> None:
    """One line for each deviation; -v explains."""
    names = ("landing-is-not-checked", "frontdoor-works-twice", "scope-is-ignored", "no-challenge")
    failures = [case("SAB-01", Outcome.FAILED, "x", target=name, exchanges=(SENT,)) for name in names]
    run = finished(*failures, variants=names)
    assert not any("why" in line for line in shown(run))
    assert sum("why" in line for line in shown(run, 1)) == 4
    assert [line.partition(":")[0] for line in shown(run)[-4:]] == list(names)


def test_an_unused_waiver_is_said_before_the_verdict() -> None:
    lines = shown(finished(PASSED), unused=("waivers.yaml:2: delete it",))
    assert lines[-2:] == [
        "waivers.yaml:2: delete it",
        f"reference: conformant with winter26 (1 of {ALL} requirements, a selection: 1 passed)",
    ]


@pytest.mark.parametrize("identifier", ["SAB-01", "SAB-16", "SAB-29"])
def test_a_requirement_explains_itself(identifier: str) -> None:
    """With its source, its remedy, and the fault that proves its check."""
    text = explanation("winter26", identifier)
    for section in ("level and basis", "role", "why", "remedy", "sources", "caught faults", "spared"):
        assert f"\n\n{section}\n" in text
    assert ("\n\nparameters\n  lifetime_seconds: 86400" in text) is (identifier == "SAB-16")


# --------------------------------------------------------- clients


def in_scenarios(judgement: str, *messages: str) -> Case:
    """A case with a finding in each of several scenarios."""
    parts = [
        Part(f"scenario-{n}", Outcome.DIFFERS, f"{text}\nin the scenario scenario-{n}, where", judgement=judgement)
        for n, text in enumerate(messages)
    ]
    return case("CCS-15", Outcome.DIFFERS, "in short", parts=tuple(parts), values=len(parts))


def test_what_a_client_does_alike_in_several_scenarios_is_explained_once() -> None:
    """Ports and secrets are made for each of them; another cause is explained beside it, and -v explains each."""
    alike = "a token went to http://127.0.0.1:{}: 00D{}…(112 characters)"
    run = finished(in_scenarios("x", alike.format(1, "a"), alike.format(22, "bc"), "another one"), PASSED)
    text = "\n".join(shown(run))
    assert "  at          scenario-0, scenario-1" in text
    assert text.count("a token went to") == 1
    assert text.count("another one") == 1
    assert "\n".join(shown(run, verbosity=1)).count("a token went to") == 2


def test_deviations_of_inferred_requirements_are_counted_beside_the_verdict() -> None:
    run = finished(
        case("CCS-15", Outcome.DIFFERS, "it takes JSON"), case("CCS-07", Outcome.DIFFERS, "the same"), PASSED
    )
    assert shown(run)[-1] == "2 deviations of inferred requirements, which fail nobody: CCS-07, CCS-15"
    footer = of_run(run).footer
    assert footer is not None
    assert "with 2 deviations of inferred requirements" in footer.results[0].sentence
    alone = of_run(finished(case("CCS-15", Outcome.DIFFERS, "it takes JSON"), PASSED)).footer
    assert alone is not None
    assert "with 1 deviation of an inferred requirement" in alone.results[0].sentence
