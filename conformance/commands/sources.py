"""`seasonproof sources`: which requirements rest on a page that has changed since it was recorded."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urldefrag

from conformance.config.profile import load_profile
from conformance.config.source_digests import (
    Cited,
    RecordedPart,
    cited_by,
    digests_of,
    load_recorded,
    page_name,
    write_recorded,
)
from conformance.documents import UsageProblem, content_of
from conformance.documents.saved_page import MAX_BYTES, SavedPage, saved_from
from conformance.judging.verdict import ExitCode
from conformance.redaction import VAULT

if TYPE_CHECKING:
    from conformance.config.profile import Profile
    from conformance.documents.saved_page import Part

RECORD = "sources.yaml"
"""The file of the digests in the folder of the pages, unless the user names another one."""

_ENDINGS = (".html", ".htm", ".txt")
_MOST_SENTENCES = 5  # of one part are shown
_LONGEST = 300

type Say = Callable[[str], None]


@dataclass(slots=True)
class _Pages:
    """The pages of a folder, as far as they are read: each is parsed once.

    Attributes:
        files: by the address of the page.
        others: files that are not the page of a source.
        read: the page that was opened last, by its address, or why it cannot be read.
    """

    files: dict[str, Path] = field(default_factory=dict)
    others: list[Path] = field(default_factory=list)
    read: dict[str, SavedPage | str] = field(default_factory=dict)

    def part(self, cited: Cited) -> Part | str:
        """What a source cites, or why nobody can look at it."""
        address, _, fragment = cited[0].partition("#")
        if address not in self.read:
            self.read.clear()  # they come in the order of their addresses, and one page may be large
            self.read[address] = self._opened(address)
        page = self.read[address]
        if isinstance(page, str):
            return page
        if page.is_empty:
            return f"{self.files[address]} has next to no text, which a script would load; save the page in a browser"
        return page.part(fragment, cited[1])

    def _opened(self, address: str) -> SavedPage | str:
        file = self.files.get(address)
        if file is None:
            return f"its page is not in the folder; save it as {page_name(address)}.html"
        try:
            content = content_of(file, MAX_BYTES, "page")
        except UsageProblem as problem:
            return str(problem)
        return SavedPage(content) if len(content) <= MAX_BYTES else f"{file} is larger than {MAX_BYTES // 10**6} MB"


def list_pages(profile_name: str, say: Say) -> None:
    """Say the address of each page, after the name under which it is to be saved."""
    for address in sorted({urldefrag(url).url for url, _ in cited_by(load_profile(profile_name, of_clients=True))}):
        say(f"{page_name(address)}.html\t{address}")


def record(folder: Path, profile_name: str, digests: Path | None, say: Say, today: date | None = None) -> None:
    """Write down what the saved pages say. What is recorded of other pages of the profile stays.

    Args:
        folder: the saved pages.
        profile_name: whose sources they are.
        digests: the file; None for `RECORD` in the folder.
        say: shows a line.
        today: the day, for tests.

    Raises:
        UsageProblem: the folder has no page of a source, or the file cannot be read or written.
    """
    profile = load_profile(profile_name, of_clients=True)
    file = digests or folder / RECORD
    cited = cited_by(profile)
    pages = _pages(folder, cited, file)
    parts = load_recorded(file) if file.exists() else {}
    unread: dict[str, list[str]] = {}
    new: dict[Cited, RecordedPart] = {}
    for one in sorted(cited):
        part = pages.part(one)
        if isinstance(part, str) or not part.sentences:
            unread.setdefault(part if isinstance(part, str) else _NOTHING, []).append(one[0])
        else:
            new[one] = _recorded(one, part, today or date.today())
    if not new:
        raise UsageProblem([f"{folder}: no page of a source is there; --list says how to name them"])
    kept = {one: part for one, part in parts.items() if one in cited}
    write_recorded(file, [part for _, part in sorted((kept | new).items())])
    whole = sum(part.found == "page" for part in new.values())
    say(f"{file}: {len(new)} of {len(cited)} cited parts recorded, {whole} of them as whole pages")
    for why, addresses in unread.items():
        say(f"not recorded: {addresses[0]}: {VAULT.shown(why)}")
    _say_others(pages, say)


def compare(folder: Path, profile_name: str, digests: Path | None, say: Say) -> ExitCode:
    """Say which requirements rest on a sentence that changed, and which nobody could look at.

    Args:
        folder, profile_name, digests, say: as of `record`.

    Returns:
        Whether something changed, else whether everything was looked at.

    Raises:
        UsageProblem: the folder or the file of the digests cannot be read.
    """
    profile = load_profile(profile_name, of_clients=True)
    file = digests or folder / RECORD
    cited = cited_by(profile)
    pages = _pages(folder, cited, file)
    if not file.exists():
        raise UsageProblem([f"{file}: no such file; --record writes it from the pages of today"])
    recorded = load_recorded(file)
    looked = {one: _look(pages.part(one), recorded.get(one)) for one in sorted(cited)}
    for line in _lines(profile, looked):
        say(line)
    _say_others(pages, say)
    return _ending(looked)


# ------------------------------------------------------------------ details


@dataclass(frozen=True, slots=True)
class _Look:
    """What a look at a part showed: `unread` says why there was none, and `lines` what changed."""

    unread: str = ""
    lines: tuple[str, ...] = ()


_NOTHING = "the part that is cited has no sentence"


def _pages(folder: Path, cited: Mapping[Cited, list[str]], digests: Path) -> _Pages:
    """Find the file of each page: by its name, or by what a browser wrote into it."""
    try:
        files = sorted(one for one in folder.iterdir() if one.is_file() and not one.name.startswith("."))
    except OSError as error:
        raise UsageProblem([f"{folder}: {error.strerror}; name the folder with the saved pages"]) from None
    addresses = {urldefrag(url).url for url, _ in cited}
    names = {f"{page_name(one)}{ending}": one for one in addresses for ending in _ENDINGS}
    pages, problems = _Pages(), []
    for one in files:
        if one.resolve() == digests.resolve():
            continue
        address = names.get(one.name.lower()) or _said_by_the_browser(one)
        if address not in addresses:
            pages.others.append(one)
        elif (first := pages.files.setdefault(address, one)) is not one:
            problems.append(f"{one}: is the page of {address}, and so is {first.name}; keep one of them")
    if problems:
        raise UsageProblem(problems)
    return pages


def _said_by_the_browser(file: Path) -> str:
    try:
        return saved_from(content_of(file, 4096, "page"))
    except UsageProblem:
        return ""


def _recorded(cited: Cited, part: Part, today: date) -> RecordedPart:
    return RecordedPart(
        url=cited[0],
        section=cited[1],
        found=part.kind,
        recorded=today,
        sentences=" ".join(digests_of(part.sentences)),
    )


def _look(part: Part | str, recorded: RecordedPart | None) -> _Look:
    if isinstance(part, str):
        return _Look(part)
    if recorded is None:
        return _Look("it is not recorded; --record takes it from the page of today")
    now, before = digests_of(part.sentences), recorded.sentences.split()
    if part.kind != recorded.found:
        found = f"was found as {_SPOKEN[recorded.found]} on {recorded.recorded}, and now as {_SPOKEN[part.kind]}"
        return _Look(lines=(f"the cited part {found}",))
    new = [sentence for digest, sentence in now.items() if digest not in before]
    gone = sum(digest not in now for digest in before)
    if not new and not gone:
        return _Look()
    lines = [f"new: {VAULT.shown(one, _LONGEST)}" for one in new[:_MOST_SENTENCES]]
    if len(new) > _MOST_SENTENCES:
        lines.append(f"and {len(new) - _MOST_SENTENCES} more new sentences")
    if gone:
        lines.append(f"{gone} of {len(before)} sentences of {recorded.recorded} {'is' if gone == 1 else 'are'} gone")
    return _Look(lines=tuple(lines))


_SPOKEN = {"anchor": "what its # points to", "heading": "what is below its heading", "page": "the whole page"}


def _lines(profile: Profile, looked: Mapping[Cited, _Look]) -> Iterator[str]:
    count = {"changed": 0, "not looked at": 0, "unchanged": 0}
    unread: dict[tuple[str, str], list[str]] = {}
    for requirement in profile.requirements:
        cited = dict.fromkeys((source.url, source.section) for source in requirement.sources)
        changed = [one for one in cited if looked[one].lines]
        for one in cited:
            if why := looked[one].unread:
                ids = unread.setdefault((urldefrag(one[0]).url, why), [])
                ids += [requirement.id] if requirement.id not in ids else []
        is_unread = any(looked[one].unread for one in cited)
        count["changed" if changed else "not looked at" if is_unread else "unchanged"] += 1
        if changed:
            yield f"{requirement.id}  changed  {requirement.title}"
        for url, section in changed:
            yield f"  {url}{f', {section}' if section else ''}"
            yield from (f"    {line}" for line in looked[url, section].lines)
    for (url, why), ids in unread.items():
        yield f"not looked at for {', '.join(ids)}: {url}: {VAULT.shown(why)}"
    yield f"{sum(count.values())} requirements: " + ", ".join(f"{number} {word}" for word, number in count.items())


def _say_others(pages: _Pages, say: Say) -> None:
    for one in pages.others:
        say(f"{VAULT.shown(str(one))}: is not the page of a source; --list says how to name them")


def _ending(looked: Mapping[Cited, _Look]) -> ExitCode:
    if any(one.lines for one in looked.values()):
        return ExitCode.NOT_CONFORMANT
    return ExitCode.INCOMPLETE if any(one.unread for one in looked.values()) else ExitCode.CONFORMANT
