"""Every report is a function of the statement: the same live and later, and with the same numbers everywhere."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections import Counter
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given

from conformance.commands.report import FORMATS, rendered, report
from conformance.documents import UsageProblem
from conformance.judging.statement import Statement, totals_of
from conformance.judging.statement_file import read_statement, write
from conformance.judging.verdict import Case, left_open
from conformance.reporting.junit import SHOWN_AS
from conformance.reporting.terminal import Line
from conformance.reporting.timeline import picture
from conformance.reporting.view import DEVIATING, UNTESTED, by_order, is_accepted
from conformance.rules.outcome import Outcome
from tests.allure_runs import PROFILE, exchange
from tests.examples import examples
from tests.statements import one_of_each_outcome, statement, statements
from tests.suite import run_suite

REPOSITORY = Path(__file__).resolve().parents[2]
TEXTS = ("html", "markdown", "terminal", "sarif", "junit", "badge", "badge-json")
WHOLE = one_of_each_outcome()


class Page(HTMLParser):
    """What a page holds: its numbers by name, its rows, its text, and what it would load."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.numbers: dict[str, int] = {}
        self.rows: list[dict[str, str]] = []
        self.loads: list[str] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if "data-number" in given:
            self.numbers[given["data-number"]] = int(given["value"])
        if given.get("class") == "row":
            self.rows.append(given)
        self.loads += [given[name] for name in ("src", "srcset", "action", "data") if name in given]
        self.loads += [given["href"]] if tag == "link" else []

    def handle_data(self, data: str) -> None:
        self.text += data


def verdicts(one: Statement) -> list[Any]:
    return [verdict for name in one.target_names for verdict in one.of(name)]


@examples(15)
@given(statements())
def test_every_number_of_the_page_is_that_of_the_statement(one: Statement) -> None:
    page = Page(rendered(one, "html"))
    expected: dict[str, int] = {}
    for at, name in enumerate(one.target_names):
        totals = totals_of(one.of(name))
        expected |= {f"selected.{at}": len(one.of(name)), f"total.{at}": one.total(name), f"requests.{at}": 1234}
        expected |= {f"outcomes.{at}.{outcome}": count for outcome, count in totals.outcomes.items()}
        for family, counts in totals.families.items():
            expected |= {f"families.{at}.{family}.{outcome}": count for outcome, count in counts.items()}
    for card, outcomes in (("deviating", DEVIATING), ("untested", UNTESTED)):
        expected[f"cards.{card}"] = sum(verdict.outcome in outcomes for verdict in verdicts(one))
    expected["cards.accepted"] = sum(map(is_accepted, verdicts(one)))
    assert {name: number for name, number in page.numbers.items() if number or name in expected} == expected
    assert Counter(row["data-outcome"] for row in page.rows) == Counter(str(v.outcome) for v in verdicts(one))


@examples(15)
@given(statements())
def test_every_number_of_the_other_reports_is_that_of_the_statement(one: Statement) -> None:
    terminal, markdown = rendered(one, "terminal"), rendered(one, "markdown")
    for name in one.target_names:
        totals = totals_of(one.of(name)).outcomes
        [line] = [line for line in terminal.splitlines() if line.startswith(f"{name}: ")]
        assert {(int(n), o) for n, o in re.findall(rf"(\d+) ({'|'.join(Outcome)})", line.partition("(")[2])} == {
            (count, str(outcome)) for outcome, count in totals.items()
        }
    alls = [line for line in markdown.splitlines() if line.startswith("| all |")]
    assert [sum(map(int, re.findall(r"\d+", line))) for line in alls] == [len(one.of(n)) for n in one.target_names]
    findings = [finding for verdict in verdicts(one) for finding in verdict.findings]
    [log] = json.loads(rendered(one, "sarif"))["runs"]
    shown = [f for f in findings if f.outcome.is_deviation or f.outcome is Outcome.WAIVED]
    assert len(log["results"]) == len(shown)
    assert sum("suppressions" in result for result in log["results"]) == sum(f.outcome is Outcome.WAIVED for f in shown)
    cases = [case for verdict in verdicts(one) for case in verdict.cases]
    suites = ET.fromstring(rendered(one, "junit")).findall("testsuite")
    failed = [case for case in cases if _is_failed(case, one)]
    assert sum(int(suite.get("failures") or 0) for suite in suites) == len(failed)
    assert sum(len(suite.findall("testcase")) for suite in suites) == sum(int(s.get("tests") or 0) for s in suites)


CLAIM = "single_access.absent: scopes"


@pytest.mark.parametrize(
    ("cases", "parts"),
    [
        ([Case("SAB-01", "acme", "get", Outcome.NOT_APPLICABLE, claim=CLAIM)], "get"),
        ([Case("SAB-01", "acme", "", Outcome.PASSED, claims=(("get", CLAIM), ("head", CLAIM)))], "get, head"),
        ([Case("SAB-01", "acme", "xml", Outcome.PASSED, claims=(("get", CLAIM),))], "xml / get"),
    ],
    ids=["a case", "values", "a value of a case"],
)
def test_a_part_that_is_claimed_to_be_absent_is_a_claim_in_every_report(cases: list[Case], parts: str) -> None:
    """The rest passed, and so has the requirement: in part."""
    one = statement([*cases, Case("SAB-01", "acme", "post", Outcome.PASSED)])
    for name in ("html", "markdown", "terminal", "sarif", "junit"):
        text = rendered(one, name).replace("\\_", "_")
        assert CLAIM in text, name
        assert all(part in text for part in re.split(", | / ", parts)), name
    assert f"{CLAIM} ({parts})" in rendered(one, "terminal")
    for name in ("html", "markdown", "terminal"):
        assert "passed in part" in rendered(one, name), name
    assert "1 passed, 1 of them in part" in rendered(one, "terminal")


def _is_failed(case: Case, one: Statement) -> bool:
    return SHOWN_AS[case.outcome] == "failed" or (one.header.strict and case.outcome is Outcome.WARNED)


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A run with a fault, and what it printed."""
    folder = tmp_path_factory.mktemp("live")
    options = ("--variant=header-wins-over-the-query", "--require=SAB-0*", "--statement=out", "--alluredir=results")
    return folder, run_suite(folder, *options).output


def test_the_summary_is_the_same_live_and_later(live: tuple[Path, str], tmp_path: Path) -> None:
    folder, output = live
    report([folder / "out" / "statement.json"], "terminal", tmp_path / "later.txt", lambda line: None)
    later = (tmp_path / "later.txt").read_text("utf-8").splitlines()
    assert any(line.startswith("SAB-02  failed") for line in later)
    printed = [line.strip() for line in output.splitlines()]
    # pytest's terminal draws the heading in its own width.
    assert [line for line in later if line.strip() not in printed and "=" * 10 not in line] == []


def test_a_statement_keeps_no_exchanges_of_passes(live: tuple[Path, str]) -> None:
    """Even where Allure is told of them: most of what it holds would be theirs."""
    folder, _ = live
    cases = [case for verdict in read_statement(folder / "out" / "statement.json").verdicts for case in verdict.cases]
    assert {(case.outcome is Outcome.PASSED, bool(case.exchanges)) for case in cases} == {(True, False), (False, True)}


def test_the_page_is_the_same_live_and_later(live: tuple[Path, str], tmp_path: Path) -> None:
    folder, _ = live
    report([folder / "out" / "statement.json"], "html", tmp_path, lambda line: None)
    assert (tmp_path / "statement.html").read_bytes() == (folder / "out" / "statement.html").read_bytes()


def test_allure_is_told_the_same_live_and_later(live: tuple[Path, str], tmp_path: Path) -> None:
    """But for identifiers, times of pytest's own, and the exchanges of passes, which no statement keeps."""
    from conformance.reporting.allure import VERDICT, write_results

    folder, _ = live
    write_results(tmp_path, read_statement(folder / "out" / "statement.json"))

    def told(results: Path) -> dict[str, Any]:
        found = [json.loads(path.read_text("utf-8")) for path in results.glob("*-result.json")]
        kept = ("status", "statusDetails", "description", "parameters", "links", "historyId", "testCaseId", "titlePath")
        return {
            one["name"]: {name: one.get(name) for name in kept}
            | {"steps": [step["name"] for step in one.get("steps", ()) if one["status"] != "passed"]}
            | {"labels": sorted((la["name"], la["value"]) for la in one["labels"] if la["name"] not in OF_PYTEST)}
            for one in found
        }

    assert told(tmp_path) == told(folder / "results")
    now, later = (json.loads((one / VERDICT).read_text("utf-8")) for one in (folder / "results", tmp_path))
    assert [sample["value"] for sample in now] == [sample["value"] for sample in later] == [0]


OF_PYTEST = ("thread", "framework", "language", "package", "host")


def test_the_page_loads_nothing_and_lets_nothing_in() -> None:
    """Whatever a target said."""
    evil = '"><script>alert(1)</script><img src=https://evil.example/x>'
    one = statement([Case("SAB-01", "acme", evil, Outcome.FAILED, evil, evil, exchanges=(exchange(query=evil),))])
    html = rendered(one, "html")
    assert Page(html).loads == ["data:,"]
    assert html.count("<script") == 1
    assert "<img" not in html
    assert "default-src 'none'" in html
    assert "<script>alert" not in rendered(one, "markdown").replace("&lt;", "")


def test_what_the_verdict_waits_for_comes_before_what_it_does_not_wait_for() -> None:
    untested = [Case(r.id, "acme", "", Outcome.NOT_TESTED, "no token") for r in PROFILE.requirements]
    ordered = by_order(list(reversed(statement(untested).of("acme"))))
    waits = [bool(left_open([one], frozenset({one.requirement.role}))) for one in ordered]
    assert len(set(waits)) == 2
    assert waits == sorted(waits, reverse=True)


def test_no_heading_of_the_page_leaves_out_a_level() -> None:
    """Screen readers go from heading to heading."""
    case = Case("SAB-01", "acme", "", Outcome.FAILED, "no", exchanges=(exchange(),))
    levels = [int(level) for level in re.findall(r"<h([1-6])\b", rendered(statement([case]), "html"))]
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_the_first_answers_come_before_everything_else() -> None:
    text = Page(rendered(WHOLE, "html")).text
    places = [
        text.index(part)
        for part in (
            "acme is not ready for Made-up",
            "Deviations",
            "Not tested, and why",
            "59 days left",
            "In numbers",
        )
    ]
    assert places == sorted(places)


def test_a_statement_without_a_footer_has_no_verdict_in_any_report() -> None:
    cut = WHOLE.model_copy(update={"footer": None})
    for form in ("html", "markdown", "terminal"):
        assert "ended early" in rendered(cut, form)
    assert "is ready" not in rendered(cut, "html").replace("whether acme is ready", "")
    assert json.loads(rendered(cut, "sarif"))["runs"][0]["invocations"][0]["executionSuccessful"] is False


def test_a_history_is_drawn_as_a_time_line() -> None:
    html = rendered(WHOLE, "html")
    assert "Time line of 5 steps. At its end: the last change of A is delivered by no poll" in html
    assert html.count("<circle") == 6
    assert picture("no history\nat all") is None


def test_markdown_shows_words_of_others_as_they_are() -> None:
    evil = "a | b\n# c <script> [d](https://evil.example) @everyone"
    [line] = [
        line
        for line in rendered(statement([Case("SAB-01", "acme", "", Outcome.FAILED, evil)]), "markdown").splitlines()
        if line.startswith("| failed")
    ]
    assert len(re.findall(r"(?<!\\)\|", line)) == 5
    assert "<script>" not in line
    assert "https://" not in line


@pytest.mark.parametrize("evil", ["`<img src=x>", "www.evil.example", "ftp://evil.example", "mailto:a@evil.example"])
def test_no_word_of_a_statement_is_a_link_or_a_tag_in_markdown(evil: str) -> None:
    """The statement may come from somebody else's run."""
    header = WHOLE.header.model_copy(update={"run": evil, "suite": evil})
    shown = rendered(WHOLE.model_copy(update={"header": header}), "markdown").splitlines()[2]
    assert evil not in shown
    assert not re.search(r"<img|(?<!\\)`|www\.|mailto:|://", shown)


def test_reports_are_written_where_the_user_says(tmp_path: Path) -> None:
    write(tmp_path / "statement.json", WHOLE)
    said: list[Line] = []
    for form in TEXTS:
        report([tmp_path / "statement.json"], form, tmp_path if form == "html" else tmp_path / form, said.append)
    assert {path.name for path in tmp_path.iterdir()} == {"statement.json", "statement.html", *TEXTS} - {"html"}
    report([tmp_path / "statement.json"], "html", tmp_path / "page.html", said.append)
    assert (tmp_path / "page.html").read_bytes() == (tmp_path / "statement.html").read_bytes()
    with pytest.raises(UsageProblem, match="--format pdf is not known"):
        report([tmp_path], "pdf", None, said.append)
    assert set(TEXTS) == set(FORMATS) - {"allure"}


def test_ten_thousand_verdicts_are_a_page_of_bounded_memory(tmp_path: Path) -> None:
    """In a process of its own: what it takes at most is measured there."""
    targets = [f"target-{number}" for number in range(1000)]
    passes = [Case(r.id, name, "", Outcome.PASSED, tried=3) for name in targets for r in PROFILE.requirements]
    many = [
        Case(c.requirement, c.target, "", Outcome.FAILED, "why", exchanges=(exchange(),)) if i % 7 == 0 else c
        for i, c in enumerate(passes)
    ]
    write(tmp_path / "statement.json", statement(many, targets=targets))
    # The peak that `getrusage` tells counts the process which started this one.
    script = (
        "import re, resource, sys; from pathlib import Path; from conformance.commands.report import report\n"
        f"report([Path({str(tmp_path / 'statement.json')!r})], 'html', Path({str(tmp_path)!r}), print)\n"
        "told = Path('/proc/self/status')\n"
        "peak = re.search(r'VmHWM:\\s*(\\d+)', told.read_text()) if told.exists() else None\n"
        "print(peak[1] if peak else resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    unit = 1024 if sys.platform != "darwin" else 1
    assert int(done.stdout.splitlines()[-1]) * unit < 300_000_000
    assert (tmp_path / "statement.html").read_text("utf-8").count('class="row"') == 10_000


@pytest.mark.parametrize("gravest", DEVIATING)
def test_deviations_look_as_grave_as_the_gravest_of_them(gravest: Outcome) -> None:
    """Somebody who conforms sees no red, though a warning or a difference is listed."""
    found = DEVIATING[DEVIATING.index(gravest) :]
    cases = [Case(f"SAB-0{place}", "acme", "", outcome) for place, outcome in enumerate(found, 1)]
    assert f'class="card deviating {gravest}"' in rendered(statement(cases), "html")


def test_the_published_sample_is_what_the_reports_make_of_its_statement() -> None:
    """`seasonproof report reports/sample/statement.json --out=reports/sample` writes the page.

    The statement is that of a run against `seasonproof serve --variant=header-wins-over-the-query`, with some lines of
    its target file left out.
    """
    sample = REPOSITORY / "reports" / "sample"
    one = read_statement(sample / "statement.json")
    assert (sample / "statement.html").read_text("utf-8") == rendered(one, "html")
    assert (sample / "statement.md").read_text("utf-8") == rendered(one, "markdown")


def test_a_badge_says_ready_for_nothing_less_than_the_whole() -> None:
    """In JSON for a service, and as a picture."""
    passes = [Case(r.id, "acme", "", Outcome.PASSED) for r in PROFILE.requirements]

    def said(one: Statement) -> str:
        plain = json.loads(rendered(one, "badge-json"))
        assert (plain["schemaVersion"], plain["label"]) == (1, "Made-up")
        ET.fromstring(rendered(one, "badge"))
        return str(plain["message"])

    whole = statement(passes)
    assert said(whole) == "ready"
    assert said(WHOLE) == "not ready"
    first = whole.verdicts[0].model_copy(update={"outcome": Outcome.WAIVED})
    assert said(whole.model_copy(update={"verdicts": (first, *whole.verdicts[1:])})) == "ready, 1 accepted"
    assert said(statement(passes[:-1])) == "incomplete"
    assert said(whole.model_copy(update={"footer": None})) == "no verdict"
    profile = whole.header.profile.model_copy(update={"requirements": {"single_access": 99}})
    assert (
        said(whole.model_copy(update={"header": whole.header.model_copy(update={"profile": profile})}))
        == "a part passed"
    )
