"""Saved pages of the sources: what they say now, beside what was recorded of them."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
import yaml

from conformance.commands import sources
from conformance.commands.app import main
from conformance.config.source_digests import cited_by, page_name
from conformance.documents.saved_page import SavedPage
from tests.profiles import builtin

type Command = Callable[..., tuple[int, list[str], str]]

PROFILE = """\
profile: mine
title: Mine
release: Mine
families: [mine]
"""
FAMILY = """\
family: mine
title: Mine
requirements:
{entries}
"""
ENTRY = """\
  - id: {id}
    title: {title}
    level: must
    basis: documented
    role: single_access
    effects: [reads]
    sources: [{sources}]
    rationale: URLs are kept.
    remedy: Send a header.
"""
ANCHOR = "https://docs.example.com/guide#in-the-query"
HEADING = "https://docs.example.com/notes?release=258"
WHOLE = "https://code.example.com/org.ts"
ENTRIES = [
    ("SAB-01", "A token in the query is refused", [(ANCHOR, "")]),
    ("SAB-02", "A token in the fragment is refused", [(HEADING, "Blocked tokens")]),
    ("SAB-03", "A caller sends a header", [(WHOLE, ""), (ANCHOR, "")]),
]
LONG = " ".join(["The guide goes on with many more words about other things."] * 10)
GUIDE = f"""<!DOCTYPE html><html><head><title>Guide</title><script>var token = 1</script></head><body>
<nav>Home</nav><h1>Guide</h1><p>{LONG}</p>
<h2 id="in-the-query">Tokens in the query</h2>
<p>A GET with a token is <b>blocked</b>. A POST <!-- or PUT --> is not.</p>
<h3>Details</h3><ul><li>One detail.<li>Another detail.</ul>
<h2>Afterwards</h2><p>Something else.</p></body></html>"""
NOTES = f"""<html><body><p>{LONG}</p><h3>1.2. Blocked
 tokens ¶</h3><p>They are blocked.</p><h3>1.3. More</h3><p>More.</p></body></html>"""
CODE = "// the token goes into a header\n" + "\n\n".join(f"call{n}(token); // again & again <b>" for n in range(20))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A profile of three requirements in an empty folder, and below it the pages of their sources."""
    monkeypatch.chdir(tmp_path)
    Path("mine.yaml").write_text(PROFILE)
    (tmp_path / "profiles").mkdir()
    Path("profiles/mine-profile.yaml").write_text(PROFILE.replace("profile: mine", "profile: mine-profile"))
    entries = "".join(
        ENTRY.format(
            id=identifier,
            title=title,
            sources=", ".join(f"{{title: T, url: '{url}', section: '{section}'}}" for url, section in cited),
        )
        for identifier, title, cited in ENTRIES
    )
    Path("profiles/mine.yaml").write_text(FAMILY.format(entries=entries))
    pages = tmp_path / "pages"
    pages.mkdir()
    for url, text in ((ANCHOR, GUIDE), (HEADING, NOTES), (WHOLE, CODE)):
        (pages / f"{page_name(url)}.html").write_text(text)
    return pages


@pytest.fixture
def run(folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Command:
    """The command on the folder: options to exit code, lines, and what went to standard error."""

    def run(*options: str, pages: str = "pages") -> tuple[int, list[str], str]:
        given = ["seasonproof", "sources", pages, "--profile=profiles/mine-profile.yaml", *options]
        monkeypatch.setattr(sys, "argv", given)
        with pytest.raises(SystemExit) as ended:
            main()
        printed = capsys.readouterr()
        return int(ended.value.code or 0), printed.out.splitlines(), printed.err

    return run


def rewrite(folder: Path, url: str, old: str, new: str) -> None:
    page = folder / f"{page_name(url)}.html"
    text = page.read_text()
    assert old in text
    page.write_text(text.replace(old, new))


def test_nothing_has_changed_in_the_pages_that_were_recorded(run: Command) -> None:
    code, lines, _ = run("--record")
    assert (code, lines) == (0, ["pages/sources.yaml: 3 of 3 cited parts recorded, 1 of them as whole pages"])
    assert run()[:2] == (0, ["3 requirements: 0 changed, 0 not looked at, 3 unchanged"])


def test_a_changed_sentence_names_its_requirements(run: Command, folder: Path) -> None:
    run("--record")
    rewrite(folder, ANCHOR, "A POST <!-- or PUT --> is not.", "A POST is blocked, too.")
    today = date.today()
    assert run() == (
        1,
        [
            "SAB-01  changed  A token in the query is refused",
            f"  {ANCHOR}",
            "    new: A POST is blocked, too.",
            f"    1 of 6 sentences of {today} is gone",
            "SAB-03  changed  A caller sends a header",
            f"  {ANCHOR}",
            "    new: A POST is blocked, too.",
            f"    1 of 6 sentences of {today} is gone",
            "3 requirements: 2 changed, 0 not looked at, 1 unchanged",
        ],
        "",
    )


@pytest.mark.parametrize(
    ("url", "old", "new"),
    [
        (ANCHOR, "Something else.", "Something new."),
        (ANCHOR, "<nav>Home</nav>", "<nav>Home | Search</nav><script>1</script>"),
        (ANCHOR, "<p>A GET with a token is <b>blocked</b>.", "<div>A GET with\n a   token is blocked.</div><p>"),
        (ANCHOR, "or PUT", "a comment"),
        (HEADING, "<p>More.</p>", "<p>Much more.</p>"),
        (HEADING, "1.2.", "1.3."),
    ],
    ids=["another section", "navigation", "markup", "comment", "what is below the next heading", "its number"],
)
def test_what_is_no_sentence_of_the_part_changes_nothing(
    run: Command, folder: Path, url: str, old: str, new: str
) -> None:
    run("--record")
    rewrite(folder, url, old, new)
    assert run()[0] == 0


@pytest.mark.parametrize(
    ("url", "old", "new", "says"),
    [
        (HEADING, "They are blocked.", "They are allowed.", "new: They are allowed."),
        (HEADING, "Blocked", "Allowed", "now as the whole page"),
        (ANCHOR, 'id="in-the-query"', "", "now as the whole page"),
        (ANCHOR, "Another detail.", "", "1 of 6 sentences"),
        (WHOLE, "call7(token)", "call7(secret)", "new: call7(secret); // again & again <b>"),
    ],
    ids=["below the heading", "the heading is gone", "the anchor is gone", "a sentence is gone", "code"],
)
def test_what_changes_the_part_is_said(run: Command, folder: Path, url: str, old: str, new: str, says: str) -> None:
    run("--record")
    rewrite(folder, url, old, new)
    code, lines, _ = run()
    assert code == 1
    assert any(says in line for line in lines)


def test_a_page_that_nobody_saved_is_not_looked_at(run: Command, folder: Path) -> None:
    run("--record")
    (folder / f"{page_name(HEADING)}.html").unlink()
    code, lines, _ = run()
    assert code == 7
    assert lines == [
        f"not looked at for SAB-02: {HEADING}: its page is not in the folder; "
        "save it as docs.example.com-notes-release-258.html",
        "3 requirements: 0 changed, 1 not looked at, 2 unchanged",
    ]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"<html><body><div id=app>Loading</div></body></html>", "next to no text"),
        (b"", "next to no text"),
        (b"\0" * 1000, "next to no text"),
        (b"x" * (sources.MAX_BYTES + 1), "is larger than 20 MB"),
    ],
    ids=["a frame", "empty", "zeros", "large"],
)
def test_a_page_without_its_text_is_not_looked_at(run: Command, folder: Path, content: bytes, says: str) -> None:
    run("--record")
    (folder / f"{page_name(HEADING)}.html").write_bytes(content)
    code, lines, _ = run()
    assert code == 7
    assert says in lines[0]


def test_a_page_that_was_not_recorded_is_not_looked_at_and_what_is_recorded_stays(run: Command, folder: Path) -> None:
    page = folder / f"{page_name(WHOLE)}.html"
    page.rename(folder.parent / "kept")
    assert run("--record")[1][1].startswith(f"not recorded: {WHOLE}: its page is not in the folder")
    (folder.parent / "kept").rename(page)
    code, lines, _ = run()
    assert (code, lines[-1]) == (7, "3 requirements: 0 changed, 1 not looked at, 2 unchanged")
    assert "it is not recorded" in lines[0]
    for other in (ANCHOR, HEADING):
        (folder / f"{page_name(other)}.html").unlink()
    run("--record")
    assert len(yaml.safe_load((folder / "sources.yaml").read_text())["parts"]) == 3


def test_the_file_of_the_digests_holds_no_sentence(run: Command, folder: Path) -> None:
    run("--record", "--digests=digests.yaml")
    text = (folder.parent / "digests.yaml").read_text()
    assert not {"blocked", "header", "detail"} & set(text.replace("Blocked tokens", "").lower().split())
    assert not (folder / "sources.yaml").exists()
    assert run("--digests=digests.yaml")[0] == 0


def test_a_page_is_known_by_what_a_browser_wrote_into_it(run: Command, folder: Path) -> None:
    page = folder / f"{page_name(ANCHOR)}.html"
    mark = f"<!DOCTYPE html>\n<!-- saved from url=({len(ANCHOR):04}){ANCHOR} -->"
    (folder / "Guide - Docs.htm").write_text(page.read_text().replace("<!DOCTYPE html>", mark))
    code, _, says = run("--record")
    assert (code, "keep one of them" in says) == (2, True)
    page.unlink()
    assert run("--record")[:2] == (
        0,
        ["pages/sources.yaml: 3 of 3 cited parts recorded, 1 of them as whole pages"],
    )


def test_a_file_that_is_no_page_of_a_source_is_named(run: Command, folder: Path) -> None:
    (folder / "other.html").write_text(GUIDE)
    run("--record")
    code, lines, _ = run()
    assert (code, lines[-1]) == (0, "pages/other.html: is not the page of a source; --list says how to name them")


def test_the_list_says_what_to_save_under_which_name(run: Command) -> None:
    assert run("--list")[1] == [
        f"code.example.com-org.ts.html\t{WHOLE}",
        "docs.example.com-guide.html\thttps://docs.example.com/guide",
        f"docs.example.com-notes-release-258.html\t{HEADING}",
    ]


@pytest.mark.parametrize(
    ("options", "pages", "says"),
    [
        ([], "pages", "pages/sources.yaml: no such file; --record writes it"),
        ([], "none", "none: No such file or directory; name the folder"),
        ([], "mine.yaml", "mine.yaml: Not a directory; name the folder"),
        (["--record"], "profiles", "no page of a source is there"),
        (["--record", "--list"], "pages", "exclude each other"),
        (["--record", "--digests=none/x.yaml"], "pages", "none/x.yaml: cannot be written: No such file"),
        (["--digests=mine.yaml"], "pages", "mine.yaml:1: sources: is missing"),
        (["--profile=nope"], "pages", "there is no such built-in profile"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_message(run: Command, options: list[str], pages: str, says: str) -> None:
    code, lines, error = run(*options, pages=pages)
    assert (code, lines) == (2, [])
    assert says in error
    assert "Traceback" not in error


def test_without_beautiful_soup_the_message_names_the_extra(run: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "bs4", None)
    code, _, error = run("--record")
    assert (code, "pip install 'seasonproof[sources]'" in error) == (2, True)


def test_each_page_of_the_built_in_profile_has_a_name_of_its_own() -> None:
    """On a disk that takes capitals and small letters for the same, too."""
    addresses = {url.partition("#")[0] for url, _ in cited_by(builtin("winter26", of_clients=True))}
    names = [page_name(one) for one in addresses]
    assert len({name.lower() for name in names}) == len(names) > 50
    assert max(map(len, names)) < 120


OLD_RFC = b"""<html><body><pre class="newpage"><span class="h3"><a id="section-5.1">5.1</a>.  Success</span>

   The server issues a token
   and so on.  A second sentence.
</pre><pre class="newpage">
   A third one.

<span class="h3"><a class="selflink" id="section-5.2">5.2</a>.  Error</span>

   Another section.</pre></body></html>"""


def test_a_section_of_an_rfc_ends_with_the_next() -> None:
    """RFCs of before 2020 are text with marks in it."""
    page = SavedPage(OLD_RFC)
    assert page.part("section-5.1", "").sentences == (
        "Success",
        "The server issues a token and so on.",
        "A second sentence.",
        "A third one.",
    )
    assert page.part("section-5.2", "").sentences == ("Error", "Another section.")


@pytest.mark.parametrize(
    ("html", "sentences"),
    [
        ('<p>Before.<p id="x">A block. <i>Its end.</i><p>After.', ("A block.", "Its end.")),
        ('<p>Before. <a name="x"></a>A mark in a block.<p>After.', ("Before.", "A mark in a block.")),
        ('<ul><li>Before.<li id="x">An item.<ul><li>Inside.</ul><li>After.</ul>', ("An item.", "Inside.")),
        ('<a name="x"></a><h2>Title</h2><p>Below.<h2>Next</h2>', ("Title", "Below.")),
        ('<section id="x"><h2>Title</h2>Inside.</section>After.', ("Title", "Inside.")),
        ('<h2><a id="x">Title</a></h2>Below.<h3>Deep</h3>Deeper.<h1>Next</h1>', ("Title", "Below.", "Deep", "Deeper.")),
    ],
)
def test_an_anchor_leads_to_its_part(html: str, sentences: tuple[str, ...]) -> None:
    part = SavedPage(html.encode()).part("x", "")
    assert (part.kind, part.sentences) == ("anchor", sentences)


def test_a_page_of_any_depth_is_read() -> None:
    page = SavedPage(b"<div>" * 100_000 + b"A sentence.")
    assert page.part("", "").sentences == ("A sentence.",)
