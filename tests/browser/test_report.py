"""The HTML report in a browser: whoever opens it finds the requirement that failed, and what went over the wire."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from selenium import webdriver
from selenium.common.exceptions import StaleElementReferenceException, TimeoutException
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import WebDriverWait

from conformance.config.waivers import Waiver
from conformance.documents.package_data import data_dir
from conformance.reporting import allure
from conformance.reporting.html import ALLURE, build_report
from conformance.reporting.view import overall
from conformance.rules.outcome import Outcome
from tests.allure_runs import PROFILE, case, one_of_each, write_results
from tests.statements import statement

SECONDS = 20
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--window-size=1300,1200",
)


def tool(*names: str) -> str:
    """The path of the first of these programs. Without one the tests are skipped, but never in CI."""
    found = next(filter(None, map(shutil.which, names)), None)
    if found is None:
        says = f"{names[0]} is not installed, so nobody looks at the report"
        if os.environ.get("CI", "false") not in ("", "0", "false"):
            pytest.fail(f"{says}; CI needs Chromium with chromedriver, and Node.js", pytrace=False)
        pytest.skip(says)
    return found


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A report of ten requirements with ten outcomes, from a folder whose name a pattern would misread."""
    tool("npx")
    folder = tmp_path_factory.mktemp("report")
    results = write_results(folder, one_of_each()).rename(folder / "my [results] *")
    return build_report(results, folder / "out")


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[webdriver.Chrome]:
    """Chromium without a window and without a past."""
    options = webdriver.ChromeOptions()
    options.binary_location = tool("chromium", "chromium-browser", "google-chrome")
    for flag in (*FLAGS, f"--user-data-dir={tmp_path_factory.mktemp('profile')}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"performance": "ALL"})
    browser = webdriver.Chrome(options=options, service=Service(tool("chromedriver")))
    yield browser
    browser.quit()


@pytest.fixture
def page(browser: webdriver.Chrome, report: Path) -> webdriver.Chrome:
    """The first page of the report, as somebody sees it who opens the file."""
    browser.get("about:blank")
    network_events(browser)
    browser.get(report.as_uri())
    seen(browser, "Made-up release")
    return browser


def visible(browser: webdriver.Chrome, text: str) -> list[WebElement]:
    found = browser.find_elements(By.XPATH, f"//*[text()[contains(., '{text}')]]")
    return [element for element in found if element.is_displayed()]


def seen(browser: webdriver.Chrome, text: str, times: int = 1) -> WebElement:
    """The last visible element with this text, as soon as it is there so many times."""
    wait = WebDriverWait(browser, SECONDS, ignored_exceptions=[StaleElementReferenceException])
    try:
        wait.until(lambda driver: len(visible(driver, text)) >= times)
    except TimeoutException:
        pytest.fail(f"the page does not show {text!r}, but:\n{shown(browser)}", pytrace=False)
    return visible(browser, text)[-1]


def network_events(browser: Any) -> list[Any]:
    """What the browser did since it was asked the last time."""
    return [json.loads(entry["message"])["message"] for entry in browser.get_log("performance")]


def shown(browser: webdriver.Chrome) -> str:
    return browser.find_element(By.TAG_NAME, "body").text


def description(page: webdriver.Chrome) -> str:
    """The text of the result's description, which Allure shows in a frame of its own."""
    frame = WebDriverWait(page, SECONDS).until(lambda driver: driver.find_element(By.TAG_NAME, "iframe"))
    page.switch_to.frame(frame)
    try:
        return shown(page)
    finally:
        page.switch_to.default_content()


def open_requirement(page: webdriver.Chrome, title: str) -> None:
    """Go to the page of a requirement's only result, which stands below the requirement in the tree."""
    if len(visible(page, title)) == 1:  # what neither failed nor broke is folded
        seen(page, title).click()
    seen(page, title, times=2).click()
    seen(page, "Attachments")


def open_the_failed_requirement(page: webdriver.Chrome) -> None:
    open_requirement(page, "SAB-01 A token in the query of a GET is refused")
    seen(page, "the answer has status 200 and hands out a frontdoor URL")


def test_requirements_stand_below_their_family_and_profile(page: webdriver.Chrome) -> None:
    text = shown(page)
    places = [text.index(part) for part in ("Made-up release", "Token handling", "SAB-01 A token", "SAB-09 Two calls")]
    assert places == sorted(places)


def test_the_failed_requirement_says_why_and_how_to_mend_it(page: webdriver.Chrome) -> None:
    open_the_failed_requirement(page)
    text = shown(page)
    assert "Failed" in text
    assert "Category: Non-conformance (a must)" in text
    assert "Handbook of Tokens, Out of [query] strings" in text
    assert "Traceback" not in text
    assert "Send the access token in the Authorization header." in description(page)


def test_the_exchange_of_the_failed_requirement_is_rendered(page: webdriver.Chrome) -> None:
    open_the_failed_requirement(page)
    seen(page, "?access_token=token#1 → 200 in 12 ms").click()
    method = WebDriverWait(page, SECONDS).until(
        lambda driver: driver.find_element(By.CSS_SELECTOR, "[data-http-method]"), "the exchange is not rendered"
    )
    assert method.text == "GET"
    panels = {
        panel: page.find_element(By.CSS_SELECTOR, f"[data-http-panel={panel}]") for panel in ("request", "response")
    }
    assert "access_token" in panels["request"].text
    assert "200" in panels["response"].text
    assert "frontdoor.jsp?otp=session#1" in panels["response"].text


def test_every_outcome_but_passed_is_a_category(page: webdriver.Chrome) -> None:
    seen(page, "Categories").find_element(By.XPATH, "//*[text()='Categories'][1]").click()
    seen(page, "Non-conformance (a must)")
    text = shown(page)
    for name in ("Warning", "Differs", "Harness error", "Inconclusive", "Throttled", "Waived", "Not tested"):
        assert f"\n{name}" in text
    assert "SAB-02 The refusal carries a challenge" in text


def test_a_warning_shows_its_message_and_is_neither_failed_nor_passed(page: webdriver.Chrome) -> None:
    open_requirement(page, "SAB-02 The refusal carries a challenge")
    assert "the refusal carries no challenge" in description(page)
    text = shown(page)
    assert "Category: Warning (a should)" in text
    assert "Unknown" in text


def test_the_page_asks_no_other_host_for_anything(browser: webdriver.Chrome, report: Path) -> None:
    """It does not even try, so nothing is blocked and the console has no error."""
    browser.get("about:blank")
    network_events(browser)
    browser.get_log("browser")
    browser.get(report.as_uri())
    seen(browser, "Made-up release")
    open_the_failed_requirement(browser)
    asked = [
        event["params"]["request"]["url"]
        for event in network_events(browser)
        if event["method"] == "Network.requestWillBeSent"
    ]
    assert asked, "nothing was recorded"
    assert [url for url in asked if url.startswith(("http", "ws"))] == []
    assert browser.get_log("browser") == []


def test_what_is_waived_is_among_the_resolutions_and_fails_nothing(page: webdriver.Chrome) -> None:
    """Allure's word for issues that are known and accepted."""
    open_requirement(page, "SAB-08 A malformed header is refused")
    assert "Category: Waived" in shown(page)
    page.refresh()
    seen(page, "Resolutions").click()
    seen(page, "SAB-08 A malformed header is refused")


# Allure's own gate wants Node.js 22, in which iterators have this method.
OLDER_NODE = """
const iterators = Object.getPrototypeOf(Object.getPrototypeOf([][Symbol.iterator]()));
iterators.toArray ??= function () { return [...this]; };
"""
MAY = case("SAB-03", Outcome.INCONCLUSIVE, "no whole answer came")
PASSED = [case(one.id, Outcome.PASSED) for one in PROFILE.requirements]
LAST = PASSED[-1].requirement
WAIVED_ONE = Waiver(LAST, "acme", "the vendor fixes it", "integration team", "2999-12-31")
RUNS = {
    "conformant": statement(PASSED),
    "waived": statement([*PASSED[:-1], case(LAST, Outcome.FAILED, "no")], waivers=[WAIVED_ONE]),
    "not tested": statement(PASSED[:-1]),
    "failed": statement([*PASSED[:-1], case(LAST, Outcome.FAILED, "no")]),
    "a may is inconclusive": statement([*(one for one in PASSED if one.requirement != "SAB-03"), MAY]),
    "ended early": statement(PASSED).model_copy(update={"footer": None}),
}


@pytest.mark.parametrize("name", RUNS)
def test_the_quality_gate_of_allure_says_what_the_run_says(name: str, tmp_path: Path) -> None:
    allure.write_results(tmp_path / "results", RUNS[name])
    (tmp_path / "older-node.cjs").write_text(OLDER_NODE)
    config = data_dir("reports") / "allurerc.yaml"
    command = [
        tool("npx"),
        "--yes",
        ALLURE,
        "quality-gate",
        ".",
        "--cwd",
        str(tmp_path / "results"),
        "--config",
        str(config),
    ]
    options = {"NODE_OPTIONS": f"--require {tmp_path / 'older-node.cjs'}"}
    done = subprocess.run(command, env=os.environ | options, capture_output=True, text=True, timeout=600, check=False)
    is_open = overall(RUNS[name]) == "conformant"
    assert is_open is (name in ("conformant", "waived", "a may is inconclusive"))
    assert done.returncode == (0 if is_open else 1), done.stdout + done.stderr
    assert is_open or "Quality Gate failed" in done.stdout + done.stderr


def test_a_report_made_into_the_same_folder_remembers_the_one_before(report: Path) -> None:
    """So it has a history and trends."""
    history = report.parent / "history.jsonl"
    before = len(history.read_text("utf-8").splitlines())
    build_report(next(report.parents[1].glob("my *")), report.parent)
    assert len(history.read_text("utf-8").splitlines()) == before + 1
