"""The history of a repository: each version of each file, by commit; and nothing that the repository brings is run."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path

import pytest

from tests.unit.audit_content import LEAK, OPAQUE, TOKEN
from tests.unit.typed import Command

OTHER = TOKEN.replace("aB3x9", "Zz7k2")
URL = f"https://example.com{LEAK}"


class Repository:
    """A repository that is written to as people do."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.mkdir()
        self.git("init", "-q", "-b", "main")

    def git(self, *arguments: str) -> str:
        who = ("-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "protocol.file.allow=always")
        command = ["git", "-C", str(self.path), *who, *arguments]
        return subprocess.run(command, capture_output=True, check=True, text=True).stdout.strip()

    def commit(self, **files: str | bytes | None) -> str:
        for name, content in files.items():
            path = self.path / name.replace("__", "/").replace("_", ".")
            path.parent.mkdir(exist_ok=True)
            if content is None:
                path.unlink()
            else:
                path.write_bytes(content.encode() if isinstance(content, str) else content)
        self.git("add", "-A")
        self.git("commit", "-q", "-m", "change", "--allow-empty")
        return self.git("rev-parse", "HEAD")


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository(tmp_path / "repo")


def found(out: str) -> list[dict[str, object]]:
    return json.loads(out)["findings"]  # type: ignore[no-any-return]


def test_a_deleted_credential_is_found_with_its_commit_file_and_line(audit: Command, repository: Repository) -> None:
    repository.commit(a_txt="nothing\n")
    commit = repository.commit(conf__app_py=f"one\nurl = '{URL}'\n")
    repository.commit(conf__app_py="one\ntwo\n")
    repository.commit(conf__app_py=None)
    code, out, _ = audit("--git=repo", "--format=json")
    assert code == 1
    [one] = found(out)
    assert one["first"] == {"file": "repo/conf/app.py", "commit": commit, "line": 2}
    assert TOKEN not in out
    code, out, _ = audit("--git=repo")
    assert f"first at repo/conf/app.py:2 in commit {commit[:12]}" in out
    assert audit("--git=repo", "--format=sarif")[0] == 1


def test_a_credential_counts_once_however_many_versions_have_it(audit: Command, repository: Repository) -> None:
    for number in range(4):
        repository.commit(a_txt=f"{number}\n{URL}\n")
    repository.commit(a_txt=f"4\n{URL.replace(TOKEN, OTHER)}\n")
    [one] = found(audit("--git=repo", "--format=json")[1])
    assert (one["count"], one["credentials"]) == (2, 2)


def test_branches_stashes_merges_and_what_only_the_reflog_has_are_history(
    audit: Command, repository: Repository
) -> None:
    repository.commit(a_txt="a\n")
    repository.git("checkout", "-q", "-b", "side")
    repository.commit(side_txt=f"{URL}\n")
    repository.git("checkout", "-q", "main")
    repository.commit(gone_txt=f"{URL}\n")
    repository.git("reset", "-q", "--hard", "HEAD~1")
    repository.commit(b_txt="b\n")
    repository.git("merge", "-q", "--no-commit", "--no-ff", "side")
    repository.commit(evil_txt=f"{URL}\n")
    (repository.path / "a.txt").write_text(f"{URL}\n")
    repository.git("stash")
    names = {one["first"]["file"] for one in found(audit("--git=repo", "--format=json")[1])}  # type: ignore[index]
    assert names == {f"repo/{name}.txt" for name in ("side", "gone", "evil", "a")}


def test_paths_in_any_script_and_with_line_breaks_are_named(audit: Command, repository: Repository) -> None:
    for name in ("ä ö.txt", "new\nline", ":colon", "-dash"):
        (repository.path / name).write_text(f"{URL}\n")
    repository.commit()
    names = {one["first"]["file"] for one in found(audit("--git=repo", "--format=json")[1])}  # type: ignore[index]
    assert names == {"repo/ä ö.txt", "repo/new\nline", "repo/:colon", "repo/-dash"}


def test_several_processes_find_the_same(audit: Command, repository: Repository) -> None:
    for number in range(6):
        repository.commit(**{f"f{number % 3}_txt": f"{number}\n{URL.replace('/query', f'/query{number}')}\n"})
    assert audit("--git=repo", "--format=json") == audit("--git=repo", "--format=json", "-j2")


def test_what_is_not_in_the_repository_makes_the_audit_incomplete(
    audit: Command, repository: Repository, tmp_path: Path
) -> None:
    """A shallow clone, a submodule, a large file that is kept elsewhere, and a content that is lost."""
    pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n"
    repository.commit(a_txt="a\n", large_bin=pointer)
    repository.commit(a_txt="b\n")
    code, out, _ = audit("--git=repo")
    assert (code, "not judged: repo/large.bin: git-lfs" in out) == (7, True)
    assert audit("--git=repo", "--skip-unknown=git-lfs")[0] == 0

    subprocess.run(["git", "clone", "-q", "--depth=1", f"file://{tmp_path}/repo", "shallow"], check=True)
    code, out, _ = audit("--git=shallow", "--skip-unknown=git-lfs")
    assert (code, "is a shallow clone" in out) == (7, True)

    outer = Repository(tmp_path / "outer")
    outer.git("submodule", "--quiet", "add", f"{tmp_path}/repo", "inner")
    outer.commit()
    code, out, _ = audit("--git=outer")
    assert (code, "not judged: outer/inner: submodule" in out) == (7, True)

    blob = repository.git("rev-parse", "HEAD:a.txt")
    lost = repository.path / ".git" / "objects" / blob[:2] / blob[2:]
    lost.unlink()
    code, out, _ = audit("--git=repo", "--skip-unknown=git-lfs")
    assert code == 7
    assert re.search("damaged: repo/a.txt in commit [0-9a-f]{12}: cannot be read: the repository does not have it", out)


def test_nothing_that_the_repository_brings_is_run(audit: Command, repository: Repository, tmp_path: Path) -> None:
    """Its settings name programs wherever git knows a setting for one."""
    mark = tmp_path / "ran"
    program = tmp_path / "program"
    program.write_text(f"#!/bin/sh\ntouch {mark}\ncat\n")
    program.chmod(0o755)
    repository.commit(a_txt=f"{URL}\n", _gitattributes="* diff=x filter=x textconv=x\n")
    repository.commit(a_txt="gone\n")
    programs = (
        "core.fsmonitor core.pager core.sshCommand core.editor core.askPass core.alternateRefsCommand diff.external "
        "diff.x.command diff.x.textconv filter.x.clean filter.x.smudge filter.x.process gpg.program pager.log "
        "pager.rev-list pager.diff-tree uploadpack.packObjectsHook"
    )
    others = {
        "log.showSignature": "true",
        "extensions.partialClone": "origin",
        "remote.origin.promisor": "true",
        "remote.origin.url": f"ext::{program}",
        "protocol.ext.allow": "always",
        "alias.rev-list": f"!{program}",
    }
    for setting, value in {**dict.fromkeys(programs.split(), str(program)), **others}.items():
        repository.git("config", setting, value)
    hooks = repository.path / ".git" / "hooks"
    for name in ("post-checkout", "reference-transaction", "post-index-change"):
        (hooks / name).write_text(program.read_text())
        (hooks / name).chmod(0o755)
    blob = subprocess.run(
        ["git", "-C", str(repository.path), "-c", "core.fsmonitor=", "rev-parse", "HEAD:a.txt"],
        capture_output=True,
        check=True,
        text=True,
    ).stdout.strip()
    (repository.path / ".git" / "objects" / blob[:2] / blob[2:]).unlink()  # it would be fetched
    mark.unlink(missing_ok=True)
    before = sorted(str(path) for path in repository.path.rglob("*"))
    code, out, _ = audit("--git=repo")
    assert code == 1
    assert "does not have it" in out
    assert not mark.exists()
    assert sorted(str(path) for path in repository.path.rglob("*")) == before


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--git=none"], "--git none: "),
        (["--git=plain"], "--git plain: "),
        (["--git=repo/inside"], "is a folder of a repository; name the folder that holds .git"),
        ([], "PATH"),
        (["--git=repo", "--redact=b.har"], "--redact"),
    ],
)
def test_what_cannot_be_done_is_one_message(
    audit: Command, repository: Repository, tmp_path: Path, arguments: list[str], says: str
) -> None:
    (tmp_path / "plain").mkdir()
    repository.commit(inside__a_txt="a\n")
    code, out, err = audit(*arguments)
    assert (code, out) == (2, "")
    assert says in err
    assert "Traceback" not in err


def test_without_git_there_is_one_message(audit: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    code, _, err = audit("--git=.")
    assert (code, "there is no git on the PATH" in err) == (2, True)


def test_an_empty_repository_has_nothing_to_judge(audit: Command, repository: Repository) -> None:
    code, out, _ = audit("--git=repo")
    assert (code, "there was nothing to judge" in out) == (7, True)


def test_the_environment_of_a_hook_does_not_lead_elsewhere(
    audit: Command, repository: Repository, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    repository.commit(a_txt=f"{URL}&x={OPAQUE}\n")
    empty = Repository(tmp_path / "empty")
    monkeypatch.setenv("GIT_DIR", os.path.abspath(empty.path / ".git"))
    assert audit("--git=repo")[0] == 1
