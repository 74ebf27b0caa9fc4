"""The documentation site in a browser: pages open, nothing is fetched from elsewhere, and everybody can read it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

from docs_site.building import Nav, build, navigation
from docs_site.links import broken_links
from docs_site.pictures import PICTURES, SAMPLE, failure_picture
from docs_site.requirements import families
from tests.browser.test_page import SCHEMES, WIDTHS, axe, look
from tests.browser.test_report import SECONDS, browser, network_events

__all__ = ["axe", "browser"]  # the fixtures

KINDS = (
    "index.html",
    "for/developer.html",
    "guides/interop.html",
    "requirements/index.html",
    "requirements/BIN-17.html",
    "reference/outcomes.html",
    "project/CONTRIBUTING.html",
)
"""A page of each kind."""

_FOUND = """
  const links = [];
  const walk = (root) => root.querySelectorAll("*").forEach((element) => {
    if (element.shadowRoot) walk(element.shadowRoot);
    if (element.matches("a[href*='?h=']")) links.push(element.href);
  });
  walk(document);
  return links;
"""


def pages(nav: Nav) -> Iterator[str]:
    """The pages of the navigation, in its order."""
    for entry in nav:
        for page in entry.values():
            if isinstance(page, str):
                yield page.removesuffix(".md") + ".html"
            else:
                yield from pages(page)


def words(picture: Path) -> str:
    """The text of a picture of a terminal, without blanks, versions and names of runs, with one digit for a number."""
    lines = re.findall(r"<text[^>]*>(.*?)</text>", picture.read_text("utf-8"), re.DOTALL)
    text = re.sub(r"\s", "", unescape("".join(lines)))
    return re.sub(r"\d+", "0", re.sub(r"seasonproof/.*?run/[0-9a-f]{8}", "seasonproof/0", text))


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site as it is built, without its pictures."""
    return build(tmp_path_factory.mktemp("a site"), with_pictures=False)


def test_each_page_of_the_navigation_opens_and_says_nothing_on_the_console(
    browser: webdriver.Chrome, site: Path
) -> None:
    """All but most of the requirements, which are of one kind: of them the first of each family."""
    every = list(pages(navigation()))
    assert len(every) == len(set(every)) > 400
    shown = {f"requirements/{family.requirements[0].id}.html" for family in families()}
    opened = [page for page in every if "-" not in page.partition("requirements/")[2] or page in shown]
    browser.get_log("browser")
    for page in opened:
        browser.get((site / page).as_uri())
        assert browser.find_element(By.TAG_NAME, "h1").is_displayed(), page
        assert browser.get_log("browser") == [], page
    assert [page for page in every if "<h1" not in (site / page).read_text("utf-8")] == []


@pytest.mark.parametrize("page", KINDS)
def test_nothing_is_asked_of_any_host(browser: webdriver.Chrome, site: Path, page: str) -> None:
    look(browser, site / page)
    events = network_events(browser)
    asked = [event["params"]["request"]["url"] for event in events if event["method"] == "Network.requestWillBeSent"]
    assert asked
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []


@pytest.mark.parametrize("page", KINDS)
@pytest.mark.parametrize("width", WIDTHS)
def test_no_page_is_wider_than_its_window(browser: webdriver.Chrome, site: Path, page: str, width: int) -> None:
    look(browser, site / page, width)
    assert browser.execute_script("return document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("page", KINDS)
@pytest.mark.parametrize("scheme", SCHEMES)
def test_axe_finds_nothing_that_keeps_somebody_from_reading(
    browser: webdriver.Chrome, site: Path, axe: str, page: str, scheme: str
) -> None:
    look(browser, site / page, scheme=scheme)
    assert (
        browser.execute_script("return document.body.dataset.mdColorScheme")
        == {"light": "default", "dark": "slate"}[scheme]
    )
    browser.execute_script(axe)
    found: Any = browser.execute_async_script("axe.run().then(arguments[0])")
    assert found["passes"], "axe looked at nothing"
    said = [f"{v['impact']} {v['id']}: {n['html']} {n['any'][:1]}" for v in found["violations"] for n in v["nodes"]]
    assert [line for line in said if line.startswith(("serious", "critical"))] == []


@pytest.mark.parametrize(
    ("words", "page"),
    [("SAB-02", "requirements/SAB-02.html"), ("downtime rotate", "guides/rotate-without-downtime.html")],
)
def test_the_search_finds_a_page(browser: webdriver.Chrome, site: Path, words: str, page: str) -> None:
    look(browser, site / "index.html")
    browser.find_element(By.CLASS_NAME, "md-search__button").click()
    wait = WebDriverWait(browser, SECONDS)
    wait.until(lambda driver: driver.execute_script("return document.activeElement.shadowRoot !== null"))
    browser.switch_to.active_element.send_keys(words)
    wait.until(
        lambda driver: any(page in link for link in driver.execute_script(_FOUND)), f"{words} does not lead to {page}"
    )


def test_a_link_that_leads_nowhere_is_told(site: Path, tmp_path: Path) -> None:
    (tmp_path / "there.html").write_text("<h1 id=top>A page</h1>", "utf-8")
    links = ("there.html#top", "there.html#gone", "gone.html", "https://example.com/", "http:///x", "#below")
    text = "".join(f"<a href='{link}'>a link</a>" for link in links) + "<img src='https://example.com/x.png'>"
    (tmp_path / "index.html").write_text(text, "utf-8")
    told = [line.partition("> ")[2] for line in broken_links(tmp_path)]
    assert told == [
        "there.html#gone: the page has no such place",
        "gone.html: there is no such file",
        "http:///x: no address",
        "#below: the page has no such place",
        "https://example.com/x.png: it is fetched from elsewhere",
    ]


def test_the_picture_in_the_readme_shows_what_a_run_says_today(tmp_path: Path) -> None:
    """`python -m docs_site.pictures` makes it. Ports, times and counts are not compared, nor where a line ends."""
    failure_picture(tmp_path)
    made, kept = (folder / PICTURES["failure"].file for folder in (tmp_path, SAMPLE))
    said = words(made)
    for part in ("SAB-0failed", "access_token=token#", "remedy", "notconformantwithwinter"):
        assert part in said
    assert words(kept) == said
    assert "url(http" not in kept.read_text("utf-8")
