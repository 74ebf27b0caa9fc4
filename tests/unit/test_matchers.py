"""The record of a case: what is counted, what needs a control, and what a failure says."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from conformance.http.exchange import Exchange, Request, Response
from conformance.http.whole_answer import answer_to
from conformance.judging.matchers import RECENT, CaseRecord
from conformance.rules.flaw import FlawOfKind
from conformance.rules.outcome import Inconclusive, NonConformant, NotApplicable, NotTested, Stopped, Throttled


def exchange(response: Response | None = None, problem: str = "") -> Exchange:
    return Exchange(Request("GET", "https://acme.example.com/"), response, problem, datetime.now(UTC), 0.1)


def test_every_judgement_counts_and_a_flaw_raises_with_what_was_expected() -> None:
    """How often it failed of how many tries is part of the evidence."""
    case = CaseRecord()
    case.judge(None, "a refusal", "refused")
    with pytest.raises(NonConformant, match=r"^the answer has status 200; expected: a refusal$"):
        case.judge("the answer has status 200", "a refusal", "refused")
    assert (case.tried, case.missed) == (2, 1)


def test_a_control_that_does_not_work_proves_nothing_about_the_target() -> None:
    """It is inconclusive, and nothing is counted."""
    case = CaseRecord()
    with pytest.raises(Inconclusive, match=r"the control did not work \(GET\): the answer has status 401, so what"):
        case.control("the answer has status 401", "GET")
    assert (case.tried, case.missed, case.controlled) == (0, 0, False)


@pytest.mark.parametrize(
    ("status", "way_out"),
    [
        (401, "credentials under single_access that are good now"),
        (404, "the right address under single_access"),
        (500, ""),
    ],
)
def test_a_control_that_does_not_work_says_what_to_look_at(status: int, way_out: str) -> None:
    control = exchange(Response(status, ()))
    with pytest.raises(Inconclusive) as caught:
        CaseRecord().control("it is refused", "GET", control, "single_access")
    assert caught.value.advice.startswith(way_out)
    assert bool(caught.value.advice) is bool(way_out)


def test_a_refusal_without_a_control_is_a_defect_of_the_suite() -> None:
    """It is never a judgement of the target."""
    case = CaseRecord()
    with pytest.raises(RuntimeError, match="without a control"):
        case.needs_its_control()
    case.control(None, "GET")
    case.needs_its_control()


def test_each_example_needs_a_control_of_its_own() -> None:
    """Counts go on, controls and exchanges do not."""
    case = CaseRecord()
    case.control(None, "GET")
    case.judge(None, "a refusal", "refused")
    case.exchanges.append(exchange())
    case.begin_example()
    assert (case.tried, case.controlled, list(case.exchanges)) == (1, False, [])


def test_the_last_exchanges_are_kept_as_evidence() -> None:
    """A control and what followed it; not thousands."""
    case = CaseRecord()
    sent = [exchange(Response(status, ())) for status in range(200, 210)]
    case.exchanges.extend(sent)
    assert list(case.exchanges) == sent[-RECENT:]


def test_an_answer_is_judged_only_where_it_came_whole() -> None:
    """Silence is neither a refusal nor an acceptance."""
    whole = Response(403, ())
    assert answer_to(exchange(whole)) is whole
    with pytest.raises(Inconclusive, match="no whole answer came: the connection was closed"):
        answer_to(exchange())
    with pytest.raises(Inconclusive, match="no whole answer came: connection reset"):
        answer_to(exchange(Response(200, (), complete=False), "connection reset"))


# ------------------------------------------------------------------ several values


def at(case: CaseRecord, flaws: dict[str, str | None]) -> None:
    """Judge each value, after an exchange of its own."""
    for each in case.each(flaws.items()):
        with each as (_, flaw):
            sent = exchange(Response(200 if flaw else 403, ()))
            case.exchanges.append(sent)
            case.judge(flaw, "a refusal", "refused", sent)


def test_every_value_is_tried_whatever_is_found_at_the_first() -> None:
    """Each deviation keeps its own exchange, with the control beside it."""
    case = CaseRecord()
    control = exchange(Response(200, ()))
    case.control(None, "the allowed form", control)
    with pytest.raises(NonConformant, match="it opens; expected: a refusal") as caught:
        at(case, {"basic": "it opens", "post": None, "none": FlawOfKind("session", "it opens too")})
    found = caught.value
    assert (found.values, case.tried, case.missed) == (3, 3, 2)
    assert [(part.name, part.error.judgement) for part in found.parts] == [  # type: ignore[union-attr] # deviations
        ("basic", "refused"),
        ("none", "refused:session"),
    ]
    shown = [part.exchanges for part in found.parts]
    assert [first for first, _ in shown] == [control, control]
    assert shown[0][1] is not shown[1][1]


def test_what_is_done_several_times_does_not_end_at_the_first_deviation() -> None:
    case = CaseRecord()

    def try_again() -> None:
        for each in case.times(4):
            with each as number:
                case.judge("it opens" if number % 2 else None, "a refusal", "refused")

    with pytest.raises(NonConformant) as caught:
        try_again()
    assert ([part.name for part in caught.value.parts], caught.value.values) == (["time 1", "time 3"], 4)
    assert (case.missed, case.tried) == (2, 4)


def test_a_loop_without_a_finding_says_nothing() -> None:
    at(CaseRecord(), {"basic": None, "post": None})


def test_what_could_not_be_judged_hides_no_deviation_at_another_value() -> None:
    """Nor the other way round: both are parts."""
    case = CaseRecord()

    def try_each() -> None:
        for each in case.each(("silent", "open")):
            with each as value:
                if value == "silent":
                    answer_to(exchange())
                case.judge("it opens", "a refusal", "refused")

    with pytest.raises(NonConformant) as caught:
        try_each()
    assert [(part.name, type(part.error)) for part in caught.value.parts] == [
        ("silent", Inconclusive),
        ("open", NonConformant),
    ]


def test_loops_stand_inside_each_other() -> None:
    """The names say both values, and every value counts once."""
    case = CaseRecord()

    def try_each() -> None:
        for each in case.each(("name", "code")):
            with each as field:
                at(case, {"": None, "null": "it is lost" if field == "code" else None})

    with pytest.raises(NonConformant) as caught:
        try_each()
    assert [part.name for part in caught.value.parts] == ["code / null"]
    assert caught.value.values == 4


@pytest.mark.parametrize(("error", "tried"), [(Throttled("429"), 1), (None, 2)])
def test_a_loop_ends_where_the_target_is_overloaded_or_silent(error: Throttled | None, tried: int) -> None:
    """A value more would take as long again."""
    case = CaseRecord()
    seen = []

    def try_each() -> None:
        for each in case.each("abcd"):
            with each as value:
                seen.append(value)
                if error is not None:
                    raise error
                answer_to(exchange())

    with pytest.raises(Stopped):
        try_each()
    assert len(seen) == tried


def test_one_cause_that_has_nothing_to_do_with_the_values_is_said_once() -> None:
    case = CaseRecord()

    def try_each() -> None:
        for each in case.each(("basic", "post")):
            with each:
                raise NotTested("no secret is declared", "token_endpoint.client_secret: ${SECRET}")

    with pytest.raises(NotTested) as caught:
        try_each()
    assert caught.value.parts == ()


CLAIM = "file_service.absent: deletion"


def test_values_that_do_not_apply_are_kept_as_claims_where_others_pass() -> None:
    """Also those of a loop inside another one, under names that say both."""
    case = CaseRecord()
    for outer in case.each(("bin", "txt")):
        with outer as kind:
            for each in case.each(("get", "delete")):
                with each as call:
                    if (kind, call) == ("txt", "delete"):
                        raise NotApplicable("there is no deletion", claim=CLAIM)
    assert case.claims == {"txt / delete": CLAIM}


def test_a_loop_in_which_nothing_applies_has_not_passed() -> None:
    """Nor has one whose only value is a loop of which that holds."""
    case = CaseRecord()

    def tried() -> None:
        for outer in case.each(("bin",)):
            with outer:
                for each in case.each(("get", "delete")):
                    with each:
                        raise NotApplicable("there is no deletion", claim=CLAIM)

    with pytest.raises(NotApplicable, match="there is no deletion"):
        tried()
    assert case.claims == {}


def test_values_of_one_name_are_told_apart() -> None:
    case = CaseRecord()
    names = [each.name for each in case.each([("quantity", 1), ("quantity", 2), "\n", "x" * 80])]
    assert names == ["quantity", "quantity (2)", "\\n", "x" * 60 + "…"]


def test_several_claims_about_one_answer_are_all_judged() -> None:
    case = CaseRecord()
    with pytest.raises(NonConformant) as caught:
        case.judge_all(
            status=lambda: case.judge("it is 200", "413", "refused"),
            reason=lambda: case.judge(None, "a reason", "explains-itself"),
            file=lambda: case.judge("it is there", "404", "gone"),
        )
    assert [part.name for part in caught.value.parts] == ["status", "file"]


def test_a_judgement_shows_the_exchanges_that_it_names() -> None:
    """The control stands beside one alone; what is compared needs none."""
    case = CaseRecord()
    control, first, second = (exchange(Response(status, ())) for status in (200, 201, 202))
    case.control(None, "GET", control)
    for named, shown in (((second,), (control, second)), ((first, second), (first, second)), ((control,), (control,))):
        with pytest.raises(NonConformant) as caught:
            case.judge("they differ", "the same", "alike", *named)
        assert caught.value.exchanges == shown
