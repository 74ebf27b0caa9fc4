"""Chromium through the proxy, and mitmweb's page in front of the tester."""

from __future__ import annotations

import os
import re
import socket
from pathlib import Path

from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

from tests.browser.test_report import FLAGS, tool
from tests.live.proxying import LEAK, TOKEN, Server, proxy


def chromium(folder: Path, *flags: str) -> webdriver.Chrome:
    """Chromium without a window and without a past."""
    options = webdriver.ChromeOptions()
    options.binary_location = tool("chromium", "chromium-browser", "google-chrome")
    for flag in (*FLAGS, f"--user-data-dir={folder}", *flags):
        options.add_argument(flag)
    return webdriver.Chrome(options=options, service=Service(tool("chromedriver")))


def test_mitmweb_shows_a_leak_of_the_browser_where_it_happened(tmp_path: Path) -> None:
    """The browser leaks by its address and, on the way to the next page, by Referer; the list shows both."""
    server = Server()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    # A browser also asks its maker; nothing but this machine is asked here.
    quiet = ("--set", "block_list=/!~d 127.0.0.1/444", "--set", "connection_strategy=lazy")
    with proxy(tmp_path, "--ui=web", "--set", f"web_port={port}", *quiet) as found:
        url = re.search(r"^mitmweb +(\S+)$", found.said, re.MULTILINE)
        assert url is not None
        browser = chromium(tmp_path / "one", f"--proxy-server={found.address}", "--proxy-bypass-list=<-loopback>")
        try:
            browser.get(server.url + LEAK)
            browser.execute_script("location.href = '/next'")
            WebDriverWait(browser, 20).until(lambda page: page.current_url.endswith("/next"))
        finally:
            browser.quit()
        screen = chromium(tmp_path / "two")
        try:
            screen.get(url[1])
            WebDriverWait(screen, 20).until(lambda page: "L1 leak: access_token in the query" in page.page_source)
            rows = [row.text for row in screen.find_elements(By.CSS_SELECTOR, ".flow-table tbody tr")]
            if folder := os.environ.get("SEASONPROOF_SCREENSHOTS"):
                screen.save_screenshot(f"{folder}/mitmweb.png")
        finally:
            screen.quit()
        assert found.end() == 1
    server.close()
    [leak] = [row for row in rows if "/services/oauth2/singleaccess" in row and "L1 leak" in row]
    assert "🚨" in leak
    [repeated] = [row for row in rows if "/next" in row]
    assert "L4 leak" in repeated
    assert found.outcomes["TIU-01"] == "failed"
    assert found.outcomes["TIU-02"] == "differs"
    assert TOKEN not in found.said
