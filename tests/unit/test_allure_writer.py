"""The Allure results of judged cases say what the requirement says, how it came out, and nothing that is secret."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import allure_commons
import pytest
import yaml
from allure_commons.logger import AllureFileLogger

from conformance.documents import UsageProblem
from conformance.documents.package_data import data_dir
from conformance.http.exchange import Evidence
from conformance.judging.statement import Statement
from conformance.judging.verdict import Part
from conformance.reporting.allure import STATUS, VERDICT, AllureWriter
from conformance.reporting.allure import write_results as write_statement
from conformance.reporting.html import ALLURE, build_report, environment
from conformance.reporting.http_exchange import attachment, attachment_name
from conformance.rules.outcome import Outcome
from tests.allure_runs import PROFILE, SECRET, case, exchange, one_of_each, read_results, write_results
from tests.statements import WAIVER, one_of_each_outcome, statement

FAILED = "SAB-01 A token in the query of a GET is refused"


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The results of a run with one case of each outcome."""
    environment = {"suite": "seasonproof 0", "targets": "acme", "note": f"ü = {SECRET}"}
    return write_results(tmp_path_factory.mktemp("run"), one_of_each(), environment=environment)


@pytest.fixture(scope="module")
def results(written: Path) -> dict[str, dict[str, Any]]:
    """The same, by name."""
    return read_results(written)


def labels(result: dict[str, Any]) -> dict[str, str]:
    return {label["name"]: label["value"] for label in result["labels"] if label["name"] != "tag"}


def of(results: dict[str, dict[str, Any]], identifier: str) -> dict[str, Any]:
    return next(result for name, result in results.items() if name.startswith(identifier))


def test_a_result_is_filed_by_profile_family_and_requirement(results: dict[str, dict[str, Any]]) -> None:
    found = labels(results[FAILED])
    assert found["epic"] == "Made-up release"
    assert found["feature"] == "Token handling"
    assert found["story"] == FAILED
    assert {name: found[name] for name in ("requirement", "outcome", "level", "basis", "role", "target")} == {
        "requirement": "SAB-01",
        "outcome": "failed",
        "level": "must",
        "basis": "documented",
        "role": "single_access",
        "target": "acme",
    }
    assert not any(name.startswith("seasonproof") or name == "host" for name in found)


def test_every_outcome_has_its_status(results: dict[str, dict[str, Any]]) -> None:
    found = {labels(result)["outcome"]: result["status"] for result in results.values()}
    assert found == {outcome.value: STATUS[outcome] for outcome in Outcome}


def test_a_warning_and_a_difference_look_neither_failed_nor_passed(results: dict[str, dict[str, Any]]) -> None:
    assert of(results, "SAB-02")["status"] == of(results, "SAB-03")["status"] == "unknown"
    assert "the refusal carries no challenge" in of(results, "SAB-02")["description"]


def test_the_severity_follows_the_level(results: dict[str, dict[str, Any]]) -> None:
    found = [labels(of(results, identifier))["severity"] for identifier in ("SAB-01", "SAB-02", "SAB-03")]
    assert found == ["critical", "normal", "minor"]


def test_the_message_is_the_case_s_own_and_has_no_traceback(results: dict[str, dict[str, Any]]) -> None:
    message = "the answer has status 200 and hands out a frontdoor URL; expected: a refusal"
    assert results[FAILED]["statusDetails"] == {"message": message}
    assert of(results, "SAB-05")["statusDetails"] == {"message": "the target has no clock"}
    assert "statusDetails" not in of(results, "SAB-04")


def test_a_harness_error_keeps_its_traceback(results: dict[str, dict[str, Any]]) -> None:
    details = of(results, "SAB-09")["statusDetails"]
    assert details["message"] == "RuntimeError: a fixture was confused"
    assert "test_made_up.py" in details["trace"]


def test_only_target_and_case_are_parameters(tmp_path: Path) -> None:
    cases = [case("SAB-08", Outcome.PASSED, case=name) for name in ("no token", "no scheme")]
    found = read_results(write_results(tmp_path, cases))
    first = found["SAB-08 A malformed header is refused [no token]"]
    second = found["SAB-08 A malformed header is refused [no scheme]"]
    assert first["parameters"] == [{"name": "target", "value": "acme"}, {"name": "case", "value": "no token"}]
    assert first["historyId"] != second["historyId"]


def test_of_several_targets_each_has_its_own_results(tmp_path: Path) -> None:
    cases = [case("SAB-04", Outcome.PASSED, target=name) for name in ("acme", "beta")]
    found = read_results(write_results(tmp_path, cases, environment={"targets": "acme, beta"}))
    assert set(found) == {"SAB-04 A frontdoor URL works once · acme", "SAB-04 A frontdoor URL works once · beta"}
    assert len({result["historyId"] for result in found.values()}) == 2


def test_sources_are_links_and_the_description_says_why_and_how_to_mend(results: dict[str, dict[str, Any]]) -> None:
    link = {"type": "link", "url": "https://example.com/tokens", "name": "Handbook of Tokens, Out of [query] strings"}
    assert results[FAILED]["links"] == [link]
    description = results[FAILED]["description"]
    assert "URLs are kept by browsers" in description
    assert "Send the access token in the Authorization header." in description
    assert r"[Handbook of Tokens, Out of \[query\] strings](https://example.com/tokens)" in description
    assert "20 of 20" in description
    assert "curl -i 'https://acme.example.com" in description


def test_what_was_not_tested_says_how_to_test_it(results: dict[str, dict[str, Any]]) -> None:
    assert "capabilities: {clock: https://…/clock}" in of(results, "SAB-05")["description"]


def test_steps_are_sentences_and_the_last_one_decided(results: dict[str, dict[str, Any]]) -> None:
    assert [(step["name"], step["status"]) for step in results[FAILED]["steps"]] == [
        ("GET /services/oauth2/singleaccess is answered with 200 after 12 ms", "passed"),
        ("GET /services/oauth2/singleaccess?access_token=token#1 is answered with 200 after 12 ms", "failed"),
    ]
    [step] = of(results, "SAB-06")["steps"]
    assert step["name"] == "GET /services/oauth2/singleaccess gets no whole answer within 12 ms"
    assert step["stop"] - step["start"] == 12


def test_each_value_of_a_case_has_steps_of_its_own(tmp_path: Path) -> None:
    parts = (
        Part("day", Outcome.FAILED, "it is let in", exchanges=(exchange(), exchange(query="?a=1"))),
        Part("stage", Outcome.WAIVED, "it is let in too", exchanges=(exchange(query="?b=1"),)),
    )
    [result] = read_results(write_results(tmp_path, [case("SAB-01", Outcome.FAILED, "no", parts=parts)])).values()
    assert [
        (step["name"], step["status"], step["statusDetails"]["message"], [one["status"] for one in step["steps"]])
        for step in result["steps"]
    ] == [
        ("With day: failed", "failed", "it is let in", ["passed", "failed"]),
        ("With stage: waived", "unknown", "it is let in too", ["unknown"]),
    ]


def test_what_is_waived_is_a_known_issue_with_its_reason(tmp_path: Path) -> None:
    write_statement(tmp_path, one_of_each_outcome())
    waived = of(read_results(tmp_path), "SAB-08")
    assert (waived["status"], waived["statusDetails"]["known"]) == ("failed", True)
    assert WAIVER.said in waived["description"]


@pytest.mark.parametrize(
    ("one", "values"),
    [
        (statement([case(r.id, Outcome.PASSED) for r in PROFILE.requirements]), [1]),
        (statement([case(r.id, Outcome.PASSED) for r in PROFILE.requirements[:-1]]), [0]),
        (one_of_each_outcome(), [0]),
        (statement([case(r.id, Outcome.PASSED) for r in PROFILE.requirements], targets=("acme", "beta")), [1, 0]),
        (one_of_each_outcome().model_copy(update={"footer": None}), None),
    ],
    ids=["conformant", "incomplete", "not conformant", "one of two", "ended early"],
)
def test_the_metric_of_the_quality_gate_is_the_verdict(
    tmp_path: Path, one: Statement, values: list[int] | None
) -> None:
    (tmp_path / VERDICT).write_text("of an earlier run")
    write_statement(tmp_path, one)
    found = json.loads((tmp_path / VERDICT).read_text()) if values is not None else None
    assert (values is None) is not (tmp_path / VERDICT).exists()
    assert [sample["value"] for sample in found or []] == (values or [])


def test_exchanges_are_attached_in_allure_s_own_form(written: Path, results: dict[str, dict[str, Any]]) -> None:
    control, refused = [one for step in results[FAILED]["steps"] for one in step["attachments"]]
    assert control["name"] == "GET /services/oauth2/singleaccess → 200 in 12 ms"
    assert {control["type"], refused["type"]} == {"application/vnd.allure.http+json"}
    assert refused["source"].endswith("-attachment.httpexchange")
    found = json.loads((written / refused["source"]).read_text("utf-8"))
    assert found["schemaVersion"] == 1
    assert found["request"]["method"] == "GET"
    assert found["request"]["query"] == [{"name": "access_token", "value": "token#1"}]
    assert found["response"]["status"] == 200
    assert found["response"]["headers"][0] == {"name": "Content-Type", "value": "application/json"}
    assert "frontdoor_uri" in found["response"]["body"]["value"]
    assert found["stop"] - found["start"] == 12


def test_an_exchange_without_an_answer_says_what_went_wrong() -> None:
    evidence = Evidence.from_json(exchange(status=0, problem="timed out"))
    found = attachment(evidence)
    assert "response" not in found
    assert found["error"] == {"name": "no whole answer", "message": "timed out"}
    assert "no answer" in attachment_name(evidence)


def test_a_form_is_shown_field_by_field_and_unusual_kinds_as_text() -> None:
    evidence = Evidence.from_json(exchange())
    form = (("Content-Type", "application/x-www-form-urlencoded"),)
    picture = (("Content-Type", "image/png"),)
    shown: Any = attachment(
        replace(
            evidence,
            request_headers=form,
            request_body="scope=web+api&access_token=token#1",
            response_headers=picture,
            response_body="<binary, 9 bytes>",
        )
    )
    assert shown["request"]["body"]["form"] == [
        {"name": "scope", "value": "web api"},
        {"name": "access_token", "value": "token#1"},
    ]
    assert shown["response"]["body"] == {"contentType": "text/plain", "value": "<binary, 9 bytes>"}


def test_the_set_up_of_our_tests_is_not_shown(written: Path) -> None:
    assert not list(written.glob("*-container.json"))


def test_the_environment_names_the_run(written: Path) -> None:
    lines = (written / "environment.properties").read_text("ascii").splitlines()
    assert lines[:2] == ["suite=seasonproof 0", "targets=acme"]
    assert any(line.startswith("python=3.") for line in lines)
    assert r"note=\u00fc = token#" in lines[2]


def test_no_file_holds_a_known_secret_whoever_wrote_it(tmp_path: Path) -> None:
    (tmp_path / "foreign.txt").write_text(SECRET)
    (tmp_path / "test_foreign.py").write_text(
        "import allure, logging, pytest\n"
        f"S = {SECRET!r}\n"
        "@pytest.fixture\n"
        "def noisy():\n    raise RuntimeError(S)\n"
        "def test_foreign():\n"
        "    print(S)\n    logging.getLogger().warning(S)\n"
        "    allure.attach(S, name=S)\n    allure.attach(S.encode(), name='bytes')\n"
        "    allure.attach.file('foreign.txt')\n"
        "    with allure.step(S):\n        assert S == '\\ud800'\n"
        "def test_broken(noisy):\n    pass\n"
    )
    found = write_results(tmp_path, [case("SAB-02", Outcome.WARNED, f"it said {SECRET}")])
    files = [path for path in found.iterdir() if path.is_file()]
    assert not [path.name for path in files if SECRET[-20:] in path.read_text("utf-8")]
    assert {"test_foreign", "test_broken"} < set(read_results(found))
    assert len(list(found.glob("*-attachment*"))) >= 5
    assert list(found.glob("*-container.json")), "the set-up of another project's tests is kept"


def test_workers_write_each_result_once_and_the_environment_outlives_their_cleaning(tmp_path: Path) -> None:
    found = write_results(tmp_path, one_of_each(), "-n", "2", "--clean-alluredir")
    assert len(list(found.glob("*-result.json"))) == len(Outcome)
    assert (found / "environment.properties").exists()


def test_a_fixture_that_fails_at_the_end_is_a_harness_error(tmp_path: Path) -> None:
    tests = (
        "import pytest\n"
        "@pytest.fixture\n"
        "def client():\n    yield\n    raise RuntimeError('cannot close')\n"
        "@pytest.mark.parametrize('index', [0])\n"
        "def test_a_case(index, client):\n    pass\n"
    )
    result = of(read_results(write_results(tmp_path, [case("SAB-04", Outcome.PASSED)], tests=tests)), "SAB-04")
    assert (result["status"], labels(result)["outcome"]) == ("broken", "harness error")
    assert result["statusDetails"]["message"] == "RuntimeError: cannot close"


def test_a_strict_run_shows_a_warning_as_failed(tmp_path: Path) -> None:
    result = of(read_results(write_results(tmp_path, [case("SAB-02", Outcome.WARNED, "no")], strict=True)), "SAB-02")
    assert (result["status"], labels(result)["outcome"]) == ("failed", "warned")


def test_the_writer_gives_its_place_back(tmp_path: Path) -> None:
    plugins = allure_commons.plugin_manager
    before = {plugin for plugin in plugins.get_plugins() if isinstance(plugin, AllureFileLogger)}
    make: Any = AllureFileLogger  # it has no types
    files = make(str(tmp_path))
    plugins.register(files)
    try:
        writer = AllureWriter(tmp_path, PROFILE, environment={})
        writer.start()
        assert not plugins.is_registered(files)
        writer.stop()
        writer.stop()
        assert plugins.is_registered(files)
        assert before < set(plugins.get_plugins())
    finally:
        plugins.unregister(files)


def test_a_writer_that_starts_before_allure_says_so(tmp_path: Path) -> None:
    if any(isinstance(plugin, AllureFileLogger) for plugin in allure_commons.plugin_manager.get_plugins()):
        pytest.skip("this run itself writes Allure results")
    with pytest.raises(RuntimeError, match="start after its pytest_configure"):
        AllureWriter(tmp_path, PROFILE, environment={}).start()


def test_each_outcome_but_passed_has_one_category() -> None:
    config = yaml.safe_load((data_dir("reports") / "allurerc.yaml").read_text("utf-8"))
    for outcome in Outcome:
        found = [c["name"] for c in config["categories"] if re.search(c["matchers"]["labels"]["outcome"], outcome)]
        assert len(found) == (0 if outcome is Outcome.PASSED else 1), outcome
    assert "outcome" not in config["hideLabels"]
    assert config["plugins"]["awesome"]["options"]["groupBy"] == ["epic", "feature", "story"]


def test_a_report_needs_results(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for name, says in (
        ("none", "no such file or folder"),
        ("file", "is a file"),
        ("", "no Allure results in this folder"),
    ):
        with pytest.raises(UsageProblem, match=says):
            build_report(tmp_path / name, tmp_path / "out")


def test_a_report_needs_node(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a-result.json").touch()
    monkeypatch.setenv("PATH", "")
    with pytest.raises(UsageProblem, match="is not installed; Allure 3"):
        build_report(tmp_path, tmp_path / "out")


def fake_npx(folder: Path, script: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, text in (("npx", script), ("node", "true")):
        path = folder / name
        path.write_text(f"#!/bin/sh\n{text}\n")
        path.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")


def test_what_npx_said_is_passed_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a-result.json").touch()
    fake_npx(tmp_path, "echo cannot find allure >&2; exit 3", monkeypatch)
    with pytest.raises(UsageProblem, match=r"(?s)allure@3.18.0 failed with exit code 3.*cannot find allure"):
        build_report(tmp_path, tmp_path / "out")


def test_an_out_folder_that_cannot_be_made_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a-result.json").touch()
    fake_npx(tmp_path, "true", monkeypatch)
    with pytest.raises(UsageProblem, match="the report cannot be written there"):
        build_report(tmp_path, tmp_path / "a-result.json")


def test_a_report_that_was_not_written_is_missed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a-result.json").touch()
    fake_npx(tmp_path, "true", monkeypatch)
    with pytest.raises(UsageProblem, match="wrote no"):
        build_report(tmp_path, tmp_path / "out")


def test_the_page_of_a_report_may_reach_no_address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a-result.json").touch()
    page = "<html><head><title>t</title></head></html>"
    fake_npx(tmp_path, f'while [ "$1" != --output ]; do shift; done; echo "{page}" > "$2/index.html"', monkeypatch)
    found = build_report(tmp_path, tmp_path / "out")
    assert found == tmp_path / "out" / "index.html"
    assert '<head>\n    <meta http-equiv="Content-Security-Policy" content="default-src \'none\';' in found.read_text()


def test_the_program_from_the_registry_gets_no_secret_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    """npx downloads code and runs it: it gets what it needs to find its way, and a version that does not float."""
    monkeypatch.setenv("ACME_TOKEN", "made-up-token")
    monkeypatch.setenv("npm_config_cache", "/tmp/cache")
    monkeypatch.setenv("npm_config__authToken", "made-up-token")
    given = environment()
    assert {"PATH", "npm_config_cache"} <= given.keys()
    assert "made-up-token" not in given.values()
    assert re.fullmatch(r"allure@\d+\.\d+\.\d+", ALLURE)
