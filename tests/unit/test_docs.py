"""The guides: what they show loads, what they type exists, and where they lead there is something."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import httpx2
import pytest
import yaml

from conformance.commands.app import app
from conformance.config.limits import Limits
from conformance.config.target import Target, load_target
from conformance.config.waivers import load_waivers
from conformance.openapi_lint.accepted_findings import accept, load_allowed
from conformance.reference.app import describe, reference_app
from conformance.reference.server import Server
from conformance.reference.variants import variants
from conformance.reporting.catalogue import absences, catalogue, counted
from conformance.rules.outcome import Outcome
from conformance.traffic.audit.baselines import apply_allowlist
from docs_site.deviations import slug
from tests.profiles import builtin
from tests.suite import run_module, run_suite

REPOSITORY = Path(__file__).resolve().parents[2]
GUIDES = sorted([*(REPOSITORY / "docs").glob("*.md"), *REPOSITORY.glob("*.md"), REPOSITORY / "docs_site" / "home.md"])
ADDONS = ("query_tokens", "recorder", "observer")
ACTION = yaml.safe_load((REPOSITORY / "action.yml").read_text("utf-8"))


@dataclass(frozen=True)
class Block:
    """A fenced block of a guide."""

    guide: str
    line: int
    language: str
    text: str

    def __str__(self) -> str:
        return f"{self.guide}:{self.line}"

    @property
    def content(self) -> Any:
        """What the YAML says."""
        return yaml.safe_load(self.text)


def blocks(guide: Path) -> Iterator[Block]:
    text = guide.read_text("utf-8")
    for found in re.finditer(r"^( *)```(\w*)\n(.*?)^\1```$", text, re.MULTILINE | re.DOTALL):
        line = text.count("\n", 0, found.start()) + 1
        dedented = re.sub(f"^{found[1]}", "", found[3], flags=re.MULTILINE)
        yield Block(guide.name, line, found[2], dedented)


BLOCKS = [block for guide in GUIDES for block in blocks(guide)]
QUOTED = [block for block in BLOCKS if block.guide == "add-a-requirement.md" and block.language in ("yaml", "python")]
SETTINGS = [block for block in BLOCKS if block.language == "yaml" and block not in QUOTED]
TARGETS = [block for block in SETTINGS if set(block.content) <= set(Target.model_fields)]
WAIVERS = [block for block in SETTINGS if "waivers" in block.content]
ALLOWLISTS = [block for block in SETTINGS if "allow" in block.content]
WORKFLOWS = [block for block in SETTINGS if "jobs" in block.content]


def typed(guide: Path) -> list[str]:
    """The commands of a guide, in blocks and in running text."""
    text = guide.read_text("utf-8")
    lines = [line for block in blocks(guide) if not block.language for line in block.text.splitlines()]
    lines += re.findall(r"`([^`\n]+)`", text)
    return [line.strip() for line in lines]


COMMANDS = sorted({line for guide in GUIDES for line in typed(guide)})
PYTEST = [line for line in COMMANDS if re.match(r"(pip install uv && )?(uv run )?pytest\b", line)]
SEASONPROOF = [line for line in COMMANDS if re.match(r"(uv run )?seasonproof(?![.\w])", line)]
OPTIONS = sorted({o for line in COMMANDS if line.startswith("-") for o in re.findall(r"(?<!\S)--?[a-z][a-z-]*", line)})


def options(line: str) -> list[str]:
    return re.findall(r"(?<!\S)--?[a-z][a-z-]*", line.partition(" #")[0])


@cache
def pytest_options() -> frozenset[str]:
    done = run_module(["pytest", "--help"], REPOSITORY, dict(os.environ))
    assert done.returncode == 0, done.stderr
    return frozenset(re.findall(r"(?<![\w-])--?[a-z][a-z-]*", done.stdout))


def test_every_yaml_block_is_of_a_known_kind() -> None:
    assert sorted(map(str, [*TARGETS, *WAIVERS, *ALLOWLISTS, *WORKFLOWS])) == sorted(map(str, SETTINGS))


@pytest.mark.parametrize("block", TARGETS, ids=str)
def test_a_target_loads(block: Block, tmp_path: Path) -> None:
    text = (
        block.text
        if "single_access" in block.text
        else f"{block.text}\nsingle_access: {{base_url: https://a.example.com, token: '${{T}}'}}"
    )
    environ = {name: f"made-up-value-of-{name}" for name in re.findall(r"\$\{(\w+)\}", text)}
    for name in re.findall(r"file:(\S+)|(\S+\.pem)", text):
        (tmp_path / "".join(name)).write_text("made-up-content-of-a-file", "utf-8")
    (tmp_path / "acme.yaml").write_text(text, "utf-8")
    assert load_target(str(tmp_path / "acme.yaml"), environ).warnings == ()


def test_the_limits_are_the_defaults() -> None:
    [block] = [block for block in TARGETS if set(block.content) == {"limits"}]
    assert block.content["limits"] == Limits().model_dump()


@pytest.mark.parametrize("block", WAIVERS, ids=str)
def test_waivers_load(block: Block, tmp_path: Path) -> None:
    path = tmp_path / "waivers.yaml"
    path.write_text(block.text, "utf-8")
    assert load_waivers(str(path), builtin("winter26"), ["acme"], date(2026, 1, 1))


@pytest.mark.parametrize("block", ALLOWLISTS, ids=str)
def test_an_allowlist_loads(block: Block, tmp_path: Path) -> None:
    path = tmp_path / "allow.yaml"
    path.write_text(block.text, "utf-8")
    if block.guide == "lint-spec.md":
        said = accept(str(path), load_allowed(str(path)), [], date(2026, 1, 1))[1]
    else:
        said = apply_allowlist(str(path), [], date(2026, 1, 1))
    assert "accepts nothing here" in " ".join(said)


@pytest.mark.parametrize("block", WORKFLOWS, ids=str)
def test_a_workflow_gives_the_action_inputs_that_it_has(block: Block) -> None:
    steps = [step for job in block.content["jobs"].values() for step in job["steps"]]
    given = [set(step["with"]) for step in steps if "seasonproof" in step.get("uses", "")]
    assert given
    assert all(inputs <= set(ACTION["inputs"]) for inputs in given)


@pytest.mark.parametrize("block", QUOTED, ids=str)
def test_the_example_of_a_requirement_stands_in_the_repository(block: Block) -> None:
    suffix = "yaml" if block.language == "yaml" else "py"
    folders = ("profiles", "conformance/suites", "conformance/reference")
    files = [path for folder in folders for path in (REPOSITORY / folder).rglob(f"*.{suffix}")]
    assert any(block.text in path.read_text("utf-8") for path in files)


@cache
def commands() -> dict[str, frozenset[str]]:
    """The options of each command of seasonproof."""
    return {
        name: frozenset(o for parameter in one.params for o in parameter.opts) for name, one in app.commands.items()
    }


def test_a_pytest_command_has_options_that_exist() -> None:
    assert PYTEST
    assert [line for line in PYTEST if not set(options(line)) <= pytest_options()] == []


def test_a_seasonproof_command_exists_with_its_options() -> None:
    words = {line: line.partition(" #")[0].partition(">")[0].removeprefix("uv run ").split() for line in SEASONPROOF}
    named = {line: some[1] for line, some in words.items() if len(some) > 1}
    assert set(named.values()) <= commands().keys()
    assert [line for line, name in named.items() if not set(options(line)) <= commands()[name]] == []


def test_an_option_that_is_named_exists() -> None:
    assert OPTIONS
    assert set(OPTIONS) - pytest_options() - frozenset().union(*commands().values()) == set()


def test_what_the_guide_to_live_traffic_names_of_mitmproxy_exists() -> None:
    """Every command and every option of the addons is in it, and of mitmproxy's own options it names real ones."""

    # In a process of its own, because importing mitmproxy warns.
    script = """if True:
        import asyncio, json
        from mitmproxy.options import Options
        from mitmproxy.tools.dump import DumpMaster
        from proxy_addons.all_addons import AllAddons

        async def names():
            master = DumpMaster(Options(), with_termlog=False, with_dumper=False)
            master.addons.add(AllAddons(lambda: None))
            return [sorted(master.commands.commands), sorted(master.options.keys())]

        print(json.dumps(asyncio.run(names())))
    """
    done = subprocess.run([sys.executable, "-c", script], cwd=REPOSITORY, capture_output=True, text=True, check=True)
    commands_known, options_known = map(set, json.loads(done.stdout))
    text = (REPOSITORY / "docs" / "live-traffic.md").read_text("utf-8")
    assert set(re.findall(r"\bseasonproof\.\w+", text)) == {
        name for name in commands_known if name.startswith("seasonproof.")
    }
    ours = {name for name in options_known if name.startswith("seasonproof_")}
    assert set(re.findall(r"\bseasonproof_\w+", text)) == ours
    assert set(re.findall(r"--set (\w+)=", text)) <= options_known
    assert "stream_large_bodies" in options_known
    assert set(re.findall(r"-s (\S+\.py)", text)) == {f"proxy_addons/{name}.py" for name in ADDONS}


def test_requirements_and_variants_that_are_named_exist() -> None:
    known = {r.id for name in ("winter26", "winter26-traffic", "winter26-clients") for r in builtin(name).requirements}
    texts = {guide.name: guide.read_text("utf-8") for guide in GUIDES}
    ids = {(name, id_) for name, text in texts.items() for id_ in re.findall(r"\b(?:SAB|TIU)-\d+\b", text)}
    assert {(name, id_) for name, id_ in ids if id_ not in known} == set()
    faults = {(name, one) for name, text in texts.items() for one in re.findall(r"--variant=([a-z0-9-]+)", text)}
    assert {(name, one) for name, one in faults if one not in {*variants(), "all", "list"}} == set()


def links(pattern: str) -> list[tuple[Path, Any]]:
    """What leads somewhere in the guides, each with its guide. The site has links of its own."""
    guides = [path for path in GUIDES if path.parent.name != "docs_site"]
    found = [(guide, link) for guide in guides for link in re.findall(pattern, guide.read_text("utf-8"))]
    assert found
    return found


def test_relative_links_lead_to_files() -> None:
    leading = links(r"\]\(([^)#:]+)\)")
    assert [f"{guide.name}: {link}" for guide, link in leading if not (guide.parent / link).exists()] == []


def test_relative_links_lead_to_headings() -> None:
    assert [
        f"{guide.name}: {path}#{place}"
        for guide, (path, place) in links(r"\]\(([^)#:]*\.md|)#([^)]+)\)")
        if place not in headings(guide.parent / path if path else guide)
    ] == []


@cache
def headings(guide: Path) -> frozenset[str]:
    """The places of a guide that a link may lead to."""
    return frozenset(map(slug, re.findall(r"^#+ (.+)$", guide.read_text("utf-8"), re.MULTILINE)))


def test_every_outcome_is_explained() -> None:
    text = (REPOSITORY / "docs" / "outcomes.md").read_text("utf-8")
    assert re.findall(r"^\| ([a-z ]+) \| `", text, re.MULTILINE) == sorted(Outcome, key=text.index)


def test_the_first_target_guide_names_what_a_bare_target_leaves_untested(tmp_path: Path) -> None:
    with Server() as server:
        role: Any = describe(server.serve(reference_app()))["single_access"]
        token = httpx2.post(role["token"]["url"], data=role["token"]["form"]).json()["access_token"]
        [first, *_] = [block.text for block in BLOCKS if block.guide == "first-target.md" and block.language == "yaml"]
        text = re.sub(r"https://\S+", role["base_url"], first) + "limits: {requests_per_second: 10000}\n"
        (tmp_path / "acme.yaml").write_text(text, "utf-8")
        result = run_suite(tmp_path, "--target=acme.yaml", "--depth=quick", environ={"ACME_TOKEN": token})
    untested = {r for r, outcome in result.outcomes["acme"].items() if outcome is Outcome.NOT_TESTED and r[:3] == "SAB"}
    rows = re.findall(r"^\| (SAB-\d+) \|", (REPOSITORY / "docs" / "first-target.md").read_text("utf-8"), re.MULTILINE)
    assert untested == set(rows), result.output


@pytest.mark.parametrize(("name", "write"), [("requirements.md", catalogue), ("absent.md", absences)])
def test_what_is_written_from_data_is_current(name: str, write: Callable[[], str]) -> None:
    """`python -m conformance.reporting.catalogue` writes it."""
    assert (REPOSITORY / "docs" / name).read_text("utf-8") == write()


@pytest.mark.parametrize("name", ["README.md", "CHANGELOG.md"])
def test_the_counts_are_those_of_the_profile(name: str) -> None:
    """`python -m conformance.reporting.catalogue` writes them."""
    text = (REPOSITORY / name).read_text("utf-8")
    assert text == counted(text)


def test_each_family_is_counted_in_the_readme_and_in_the_changelog() -> None:
    readme, changelog = ((REPOSITORY / name).read_text("utf-8") for name in ("README.md", "CHANGELOG.md"))
    for family in builtin("winter26").families:
        assert re.search(rf"^{family.title} +{len(family.requirements)} +·$", readme, re.MULTILINE)
        assert f"*{family.title.lower()}*: {len(family.requirements)} requirements" in changelog


SAFETY = (REPOSITORY / "docs" / "safety.md").read_text("utf-8")


def test_each_promise_of_safety_names_tests_that_exist() -> None:
    rows = [row for row in re.findall(r"^\| (.+) \|$", SAFETY, re.MULTILINE) if not row.startswith("promise ")]
    held = {row.partition(" | ")[0]: re.findall(r"`([\w/]+\.py)::(\w+)`", row.rpartition(" | ")[2]) for row in rows}
    assert len(held) > 25
    assert [promise for promise, tests in held.items() if not tests] == []
    named = {test for tests in held.values() for test in tests}
    lost = {
        f"{file}::{name}"
        for file, name in named
        if f"def {name}(" not in (REPOSITORY / "tests" / file).read_text("utf-8")
    }
    assert lost == set()
