"""The templates for fleets: the script of each step, with the variables that its engine sets."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from conformance.judging.statement_file import read_statement
from conformance.judging.verdict import ExitCode
from conformance.reference.app import describe, reference_app
from conformance.reference.server import Server
from tests.unit.test_ci import REPOSITORY, programs, run, step

__all__ = ["programs"]  # the fixture

TEMPLATES = REPOSITORY / "templates"
GITHUB = yaml.safe_load((TEMPLATES / "fleet-github.yml").read_text("utf-8"))
GITLAB = yaml.safe_load((TEMPLATES / "fleet-gitlab.yml").read_text("utf-8"))
KUBERNETES = list(yaml.safe_load_all((TEMPLATES / "fleet-kubernetes.yaml").read_text("utf-8")))
JOB = next(one for one in KUBERNETES if one["metadata"]["name"] == "seasonproof" and one["kind"] == "Job")
MERGE = next(one for one in KUBERNETES if one["metadata"]["name"] == "seasonproof-merge")
FEW = "--depth=quick --require=SAB-01"


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Path]:
    """A project with two targets, of which each part of two judges one."""
    (tmp_path / "targets").mkdir()
    with Server() as server:
        for name in ("acme", "beta"):
            whole = describe(server.serve(reference_app()), name)
            kept = {key: whole[key] for key in ("name", "single_access", "capabilities")}
            text = yaml.safe_dump(kept | {"limits": {"requests_per_second": 10_000}})
            (tmp_path / "targets" / f"{name}.yaml").write_text(text, "utf-8")
        yield tmp_path


def ran(done: subprocess.CompletedProcess[str], code: int = 0) -> str:
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout


def names_in(folder: Path) -> list[str]:
    return sorted(name for path in folder.rglob("statement.json") for name in read_statement(path).target_names)


def of_github(value: str, **values: str) -> str:
    return re.sub(r"\$\{\{ ([\w.-]+) \}\}", lambda found: values.get(found[1], ""), value)


# One requirement of 37 is a part, so that a fleet of two is not ready; none of it deviates, so the exit code is 0.
PART = "0 of 2 targets are ready for Winter '26."


def test_the_matrix_of_github_judges_each_target_once_and_merges_the_parts(project: Path, programs: Path) -> None:
    judging = GITHUB["jobs"]["targets"]
    given = next(one["with"] for one in judging["steps"] if "seasonproof" in one["uses"])
    assert judging["strategy"]["matrix"]["part"] == list(range(1, 5))
    artifacts = set()
    for part in ("1", "2"):
        values = {"matrix.part": part, "strategy.job-total": "2"}
        inputs = {name: of_github(value, **values) for name, value in given.items()}
        artifacts.add(inputs.pop("name"))
        inputs["args"] = f"{inputs['args'].replace('auto', '0')} {FEW}"
        ran(step(project, programs, 0, statement=f"statements/seasonproof-{part}", **inputs))
    assert names_in(project / "statements") == ["acme", "beta"]
    download = next(one["with"] for one in GITHUB["jobs"]["fleet"]["steps"] if "download" in one.get("uses", ""))
    assert artifacts == {f"{download['pattern'].removesuffix('*')}{part}" for part in (1, 2)}
    assert download["path"] == "statements"
    script = next(one["run"] for one in GITHUB["jobs"]["fleet"]["steps"] if "run" in one)
    assert PART in ran(run(project, programs, script, GITHUB_STEP_SUMMARY=str(project / "summary.md")))
    assert "0 of 2 targets are ready" in (project / "summary.md").read_text("utf-8")
    assert (project / "fleet" / "fleet.parquet").is_file()


def test_a_merge_on_github_that_fails_fails_the_job_behind_its_summary(project: Path, programs: Path) -> None:
    script = next(one["run"] for one in GITHUB["jobs"]["fleet"]["steps"] if "run" in one)
    done = run(project, programs, script, GITHUB_STEP_SUMMARY=str(project / "summary.md"))
    assert "statements: cannot be read: No such file or directory" in done.stderr
    assert done.returncode == ExitCode.COMMAND_USAGE


def test_the_parallel_job_of_gitlab_judges_each_target_once_and_merges_the_parts(project: Path, programs: Path) -> None:
    variables = {**GITLAB[".seasonproof"]["variables"], "ARGS": FEW}
    assert all(GITLAB[name]["extends"] == ".seasonproof" for name in ("seasonproof-targets", "seasonproof-fleet"))
    for part in ("1", "2"):
        for script in (GITLAB[".seasonproof"]["before_script"], GITLAB["seasonproof-targets"]["script"]):
            ran(run(project, programs, "\n".join(script), CI_NODE_INDEX=part, CI_NODE_TOTAL="2", **variables))
    assert names_in(project / "statements") == ["acme", "beta"]
    assert GITLAB["seasonproof-targets"]["artifacts"] == {"when": "always", "paths": ["statements"]}
    assert GITLAB["seasonproof-targets"]["retry"]["exit_codes"] == [ExitCode.INTERNAL_ERROR]
    assert PART in ran(run(project, programs, "\n".join(GITLAB["seasonproof-fleet"]["script"]), **variables))


def test_each_index_on_kubernetes_judges_its_part_and_goes_on_where_its_pod_was_lost(
    project: Path, programs: Path
) -> None:
    container = JOB["spec"]["template"]["spec"]["containers"][0]
    assert container["command"] == ["sh", "-c"]
    work = project / "work"
    work.mkdir()
    script = container["args"][0].replace("/targets", str(project / "targets")).replace("/data/", f"{work}/")
    for index in ("0", "1", "1"):
        done = run(work, programs, f"{script} {FEW}", JOB_COMPLETION_INDEX=index, PARTS="2")
        ran(done)
    assert "left alone, because they have a verdict: 1 conformant" in done.stdout
    assert names_in(work / "statements") == ["acme", "beta"]
    assert (work / "state" / "1" / "seasonproof").is_dir()
    words = " ".join(MERGE["spec"]["template"]["spec"]["containers"][0]["args"])
    assert PART in ran(run(work, programs, f"seasonproof {words.replace('/targets', str(project / 'targets'))}"))


@pytest.mark.parametrize("manifest", KUBERNETES, ids=lambda one: f"{one['kind']} {one['metadata']['name']}")
@pytest.mark.parametrize("version", ["1.33", "1.37"])
def test_a_manifest_is_as_the_schema_of_kubernetes_has_it(manifest: dict[str, Any], version: str) -> None:
    kubernetes_validate.validate(manifest, version, strict=True)


def test_an_answer_fails_an_index_and_a_defect_is_tried_again() -> None:
    spec = JOB["spec"]
    rules = {rule["action"]: rule for rule in spec["podFailurePolicy"]["rules"]}
    answers = {ExitCode.NOT_CONFORMANT, ExitCode.USAGE, ExitCode.INCOMPLETE}
    assert set(rules["FailIndex"]["onExitCodes"]["values"]) == answers
    assert rules["Count"]["onExitCodes"] == {**rules["FailIndex"]["onExitCodes"], "operator": "NotIn"}
    assert ExitCode.INTERNAL_ERROR not in answers
    assert spec["backoffLimitPerIndex"] > 0
    assert (spec["completionMode"], spec["template"]["spec"]["restartPolicy"]) == ("Indexed", "Never")
    parts = next(one["value"] for one in spec["template"]["spec"]["containers"][0]["env"] if one["name"] == "PARTS")
    assert int(parts) == spec["completions"] == spec["maxFailedIndexes"]


@pytest.mark.parametrize("job", [JOB, MERGE], ids=["judging", "merging"])
def test_a_pod_is_nobody_and_writes_to_its_volumes_alone(job: dict[str, Any]) -> None:
    pod = job["spec"]["template"]["spec"]
    [container] = pod["containers"]
    assert pod["securityContext"]["runAsNonRoot"]
    assert container["securityContext"] == {
        "readOnlyRootFilesystem": True,
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]},
    }
    dockerfile = (REPOSITORY / "Dockerfile").read_text("utf-8")
    user = pod["securityContext"]["runAsUser"]
    assert f"USER {user}:{pod['securityContext']['runAsGroup']}" in dockerfile
    assert {one["mountPath"] for one in container["volumeMounts"]} == {"/data", "/targets", "/tmp"}
