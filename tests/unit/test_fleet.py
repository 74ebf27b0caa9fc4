"""Which targets of a fleet are chosen."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.config.fleet import Chosen, load_fleet
from conformance.config.target import Target
from conformance.documents import UsageProblem
from conformance.judging.run import Run
from conformance.judging.run_options import RunOptions
from conformance.reference.embedded import EmbeddedTargets

GOOD = "name: good\nsingle_access: {base_url: 'https://a.example.com', token: '${T:-a-made-up-token}'}\n"

NAMES = st.sets(st.text("abcdef", min_size=1, max_size=4), max_size=12)


@given(NAMES, st.integers(1, 5))
def test_shards_share_a_fleet_without_a_rest(names: set[str], parts: int) -> None:
    """Each target is in one part, whatever the order of the files."""
    targets = {name: Target(name=name) for name in names}
    found = [name for part in range(1, parts + 1) for name in Chosen(shard=f"{part}/{parts}").of(targets)]
    assert sorted(found) == sorted(names)


def test_owner_and_labels_have_to_match_all() -> None:
    targets = {
        "a": Target(name="a", owner="payments", labels={"env": "test"}),
        "b": Target(name="b", owner="payments"),
        "c": Target(name="c", labels={"env": "test"}),
    }
    assert list(Chosen(["owner=payments"]).of(targets)) == ["a", "b"]
    assert list(Chosen(["owner=payments", "env=test"]).of(targets)) == ["a"]


def test_a_file_of_waivers_serves_each_part_of_a_fleet(tmp_path: Path) -> None:
    """It may name targets that another part judges, and those of files that cannot be used, but nobody else."""
    (tmp_path / "targets").mkdir()
    for name in ("a", "b"):
        (tmp_path / "targets" / f"{name}.yaml").write_text(GOOD.replace("good", name))
    (tmp_path / "targets" / "c.yaml").write_text("[")
    entry = "{{id: SAB-01, target: {}, reason: known to us, owner: payments, until: 2999-12-31}}"
    file = tmp_path / "waivers.yaml"

    def run(*names: str) -> Run:
        file.write_text(f"waivers: [{', '.join(map(entry.format, names))}]")
        return Run(
            RunOptions("winter26", [str(tmp_path / "targets")], Chosen(shard="1/2"), waivers=str(file)), EmbeddedTargets
        )

    assert run("a", "b", "c").target_names == ["a"]
    with pytest.raises(UsageProblem, match="no target of this run is called d"):
        run("d")


def test_the_name_of_a_file_puts_no_line_into_an_output(tmp_path: Path) -> None:
    """Whoever adds a file to the folder would decide what is read of the others."""
    (tmp_path / "good.yaml").write_text(GOOD)
    (tmp_path / "\x1b[2J\nall targets: ready\n.yaml").write_text(GOOD)
    fleet = load_fleet([str(tmp_path)], Chosen())
    [(path, [problem])] = fleet.broken.items()
    assert list(fleet.targets) == ["good"]
    assert path.isprintable()
    assert problem == f"{path}: its name holds characters that cannot be shown; give the file another one"


@pytest.mark.parametrize("is_link", [True, False])
def test_defaults_that_cannot_be_read_are_not_taken_for_none(tmp_path: Path, is_link: bool) -> None:
    """They may hold the limits."""
    (tmp_path / "good.yaml").write_text(GOOD)
    defaults = tmp_path / "defaults.yaml"
    if is_link:
        defaults.symlink_to("nowhere.yaml")
    else:
        defaults.mkdir()
    with pytest.raises(UsageProblem, match=r"defaults\.yaml: is not a file, or leads to none"):
        load_fleet([str(tmp_path)], Chosen())
