"""The page of a statement in a browser: it answers at once, loads nothing, and everybody can read it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

from conformance.judging.statement_file import write
from conformance.judging.verdict import Case
from conformance.reporting import comparison, history, matrix
from conformance.reporting.fleet.merging import merge
from conformance.reporting.fleet.page import page as fleet_page
from conformance.reporting.page import page
from conformance.reporting.sections import as_html
from conformance.rules.outcome import Outcome
from tests.allure_runs import PROFILE, exchange
from tests.browser.test_report import SECONDS, browser, network_events, shown, tool
from tests.interop.servers import installed_by_npm
from tests.statements import one_of_each_outcome, statement

__all__ = ["browser"]  # the fixture

AXE = "axe-core@4.14.1"
WIDTHS = (1440, 360)
SCHEMES = ("light", "dark")


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """One page of each kind."""
    folder = tmp_path_factory.mktemp("pages")
    one = one_of_each_outcome()
    several = statement([Case("SAB-01", "beta", "", Outcome.FAILED, "why")], targets=["acme", "beta"])
    cut = one.model_copy(update={"footer": None})
    many = statement([], targets=[f"implementation-{number}-of-a-long-name" for number in range(6)])
    changed = comparison.changes(one, statement([Case("SAB-04", "acme", "", Outcome.FAILED, "why")]))
    texts = {
        "one target": page(one),
        "several targets": page(several),
        "no verdict": page(cut),
        "matrix": as_html(matrix.headline([one, several]), matrix.sections([one, several])),
        "wide matrix": as_html(matrix.headline([many]), matrix.sections([many])),
        "diff": as_html(comparison.headline(changed), comparison.sections(changed)),
        "history": as_html(history.headline([one, one]), history.sections([one, one])),
    }
    for name, whole in (("acme", one), ("beta", several)):
        (folder / name).mkdir()
        write(folder / name / "statement.json", whole)
    texts["fleet"] = fleet_page(merge([folder]))
    paths = {name: folder / f"{name}.html" for name in texts}
    for name, text in texts.items():
        paths[name].write_text(text, "utf-8")
    return paths


KINDS = ("one target", "several targets", "no verdict", "matrix", "wide matrix", "diff", "history", "fleet")


@pytest.fixture(scope="module")
def axe() -> str:
    """The program that looks for what people cannot read, from its registry."""
    tool("npm")
    return (installed_by_npm(AXE) / "node_modules" / "axe-core" / "axe.min.js").read_text("utf-8")


def look(browser: webdriver.Chrome, path: Path, width: int = 1440, scheme: str = "light") -> None:
    """Open a page in a window of a width, in light or in dark."""
    size = {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": False}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    features = [{"name": "prefers-color-scheme", "value": scheme}]
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
    browser.get("about:blank")
    network_events(browser)
    browser.get(path.as_uri())


def opens(browser: webdriver.Chrome, row: str) -> None:
    """Wait until a row is open: the page opens it as its address changes, which is some time after a click."""
    script = "return document.getElementById(arguments[0]).open"
    WebDriverWait(browser, SECONDS).until(lambda driver: driver.execute_script(script, row))


@pytest.fixture
def opened(browser: webdriver.Chrome, pages: dict[str, Path]) -> Iterator[webdriver.Chrome]:
    look(browser, pages["one target"])
    yield browser
    browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_is_asked_of_any_host_and_the_console_is_empty(
    browser: webdriver.Chrome, pages: dict[str, Path], kind: str
) -> None:
    browser.get_log("browser")
    look(browser, pages[kind])
    asked = [
        event["params"]["request"]["url"]
        for event in network_events(browser)
        if event["method"] == "Network.requestWillBeSent"
    ]
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
    assert asked, "nothing was recorded"
    assert browser.get_log("browser") == []


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("width", WIDTHS)
def test_no_page_is_wider_than_its_window(
    browser: webdriver.Chrome, pages: dict[str, Path], kind: str, width: int
) -> None:
    look(browser, pages[kind], width)
    for row in browser.find_elements(By.CSS_SELECTOR, "details"):
        browser.execute_script("arguments[0].open = true", row)
    assert browser.execute_script("return document.documentElement.scrollWidth") <= width
    if width == min(WIDTHS) and kind != "fleet":  # a table is a list there, so nobody has to move it sideways
        script = "return [...document.querySelectorAll('.scroll')].map(one => one.scrollWidth - one.clientWidth)"
        assert max(browser.execute_script(script)) <= 0


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("scheme", SCHEMES)
def test_axe_finds_nothing_that_keeps_somebody_from_reading(
    browser: webdriver.Chrome, pages: dict[str, Path], axe: str, kind: str, scheme: str
) -> None:
    look(browser, pages[kind], scheme=scheme)
    browser.execute_script("for (const row of document.querySelectorAll('details')) row.open = true")
    browser.execute_script(axe)
    found: Any = browser.execute_async_script("axe.run().then(arguments[0])")
    assert found["passes"], "axe looked at nothing"
    said = [f"{v['impact']} {v['id']}: {v['nodes'][0]['html']}" for v in found["violations"]]
    assert [line for line in said if line.startswith(("serious", "critical"))] == []


def test_the_first_screen_answers_without_a_click(opened: webdriver.Chrome) -> None:
    """The verdict, what fails, what was not tested, and until when something is accepted."""
    height = opened.execute_script("return innerHeight")
    for selector in ("h1", "#card-deviating", "#card-untested", "#card-accepted"):
        rect = opened.find_element(By.CSS_SELECTOR, selector).rect
        assert rect["y"] + rect["height"] <= height, selector
    text = shown(opened)
    for said in ("acme is not ready for Made-up", "SAB-01", "the target has no clock", "59 days left"):
        assert said in text


def rows(browser: webdriver.Chrome) -> list[str]:
    return [row.get_attribute("id") or "" for row in browser.find_elements(By.CSS_SELECTOR, ".row:not([hidden])")]


def test_words_outcome_and_level_narrow_the_list(opened: webdriver.Chrome) -> None:
    assert len(rows(opened)) == 10
    opened.find_element(By.ID, "words").send_keys("FRONTDOOR url")
    assert set(rows(opened)) == {"SAB-01", "SAB-04", "SAB-05", "SAB-09"}
    opened.find_element(By.ID, "outcome").send_keys("failed")
    assert rows(opened) == ["SAB-01"]
    assert "1 of 10 shown" in shown(opened)


def test_the_filter_of_a_fleet_narrows_its_targets_and_its_matrix(
    browser: webdriver.Chrome, pages: dict[str, Path]
) -> None:
    look(browser, pages["fleet"])
    shown_rows = "[data-target]:not([hidden])", "tr[data-of]:not([hidden])"
    assert [len(browser.find_elements(By.CSS_SELECTOR, one)) for one in shown_rows] == [2, 2]
    browser.find_element(By.ID, "words").send_keys("beta.yaml")
    for rows_of in shown_rows:
        [row] = browser.find_elements(By.CSS_SELECTOR, rows_of)
        assert "beta" in row.text
    assert "1 of 2 shown" in shown(browser)
    browser.find_element(By.CSS_SELECTOR, "tr[data-of='t-beta'] a").click()
    opens(browser, "t-beta")


def test_the_keyboard_opens_a_requirement_to_its_exchange_sentence_and_remedy(opened: webdriver.Chrome) -> None:
    summary = opened.find_element(By.CSS_SELECTOR, "#SAB-01 summary")
    summary.send_keys(Keys.ENTER)
    text = opened.find_element(By.ID, "SAB-01").text
    for said in ("?access_token=token#1", "Handbook of Tokens", "Send the access token in the Authorization header."):
        assert said in text


def test_a_link_leads_to_an_open_requirement(opened: webdriver.Chrome) -> None:
    opened.find_element(By.CSS_SELECTOR, ".card a[href='#SAB-02']").click()
    opens(opened, "SAB-02")
    assert opened.find_element(By.CSS_SELECTOR, "#SAB-02 svg").is_displayed()


def test_ten_thousand_rows_answer_a_search_at_once(browser: webdriver.Chrome, tmp_path: Path) -> None:
    """As often as a screen is drawn, or nearly: the time is printed, and the work is bounded."""
    targets = [f"target-{number}" for number in range(1000)]
    cases = [
        Case(r.id, name, "", Outcome.FAILED if number % 7 == 0 else Outcome.PASSED, "why", exchanges=(exchange(),))
        for number, name in enumerate(targets)
        for r in PROFILE.requirements
    ]
    (tmp_path / "big.html").write_text(page(statement(cases, targets=targets)), "utf-8")
    look(browser, tmp_path / "big.html")
    script = """
      const field = document.getElementById("words");
      const times = ["target-77", "frontdoor", "sab-01 target-9", ""].map((words) => {
        field.value = words;
        const begin = performance.now();
        field.dispatchEvent(new Event("input", {bubbles: true}));
        return performance.now() - begin;
      });
      return [times, document.querySelectorAll(".row").length, document.querySelectorAll(".row[hidden]").length];
    """
    times, total, hidden = browser.execute_script(script)
    print(f"search in 10,000 rows: {max(times):.0f} ms at most")  # noqa: T201 - the measure
    assert (total, hidden) == (10_000, 0)
