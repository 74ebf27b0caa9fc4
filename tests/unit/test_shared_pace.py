"""A rate that processes share: each request has a moment of its own."""

from __future__ import annotations

import os
import struct
import subprocess
import sys
import time
from pathlib import Path

import pytest

from conformance.http.transport.pacing import Pace
from conformance.http.transport.shared_pace import SharedPace

TAKES_TURNS = """
import sys
from pathlib import Path
from conformance.http.transport.shared_pace import SharedPace
pace = SharedPace(Path(sys.argv[1]), "host api.example.com")
for _ in range(8):
    print(pace.turn(1e6))
"""


def test_processes_take_turns(tmp_path: Path) -> None:
    """Nobody waits here: a gap of days shows who got which turn, however slow the machine is."""
    command = [sys.executable, "-c", TAKES_TURNS, str(tmp_path / "pace")]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    waits = [float(line) for process in running for line in process.communicate()[0].splitlines()]
    assert sorted(round(wait / 1e6) for wait in waits) == list(range(24))


def test_targets_on_one_host_share_its_rate_and_those_on_others_do_not(tmp_path: Path) -> None:
    waits: list[float] = []
    for name, host in (("a", "x.example.com"), ("b", "X.example.com"), ("c", "x.example.com:8443")):
        Pace(1e-6, 10, name, tmp_path).take(waits.append, host=host)
    assert [round(wait / 1e6) for wait in waits] == [1]


def test_a_target_on_two_hosts_has_one_rate(tmp_path: Path) -> None:
    waits: list[float] = []
    for host in ("x.example.com", "y.example.com"):
        Pace(1e-6, 10, "a", tmp_path).take(waits.append, host=host)  # as two processes have one each
    assert [round(wait / 1e6) for wait in waits] == [1]


@pytest.mark.parametrize("content", [b"", b"short", struct.pack("<d", float("nan")), struct.pack("<d", 1e300)])
def test_a_file_that_is_damaged_or_of_a_clock_that_was_set_back_stops_nobody(tmp_path: Path, content: bytes) -> None:
    pace = SharedPace(tmp_path, "a")
    pace.turn(1.0)
    [file] = tmp_path.iterdir()
    file.write_bytes(content)
    assert pace.turn(1.0) == 0


def test_a_moment_that_has_passed_is_not_waited_for(tmp_path: Path) -> None:
    pace = SharedPace(tmp_path, "a")
    pace.turn(1.0)
    [file] = tmp_path.iterdir()
    file.write_bytes(struct.pack("<d", time.time() - 60))
    assert pace.turn(1.0) == 0


def test_a_folder_that_cannot_be_made_leaves_a_process_its_own_rate(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    waits: list[float] = []
    pace = Pace(1e-6, 10, "a", tmp_path / "file" / "pace")
    for _ in range(2):
        pace.take(waits.append, host="x.example.com")
    assert [round(wait / 1e6) for wait in waits] == [1]


def test_a_link_in_the_place_of_the_file_is_not_followed(tmp_path: Path) -> None:
    SharedPace(tmp_path / "pace", "a").turn(1.0)
    [file] = (tmp_path / "pace").iterdir()
    file.unlink()
    file.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OSError, match=os.strerror(40)):
        SharedPace(tmp_path / "pace", "a").turn(1.0)
    assert not (tmp_path / "elsewhere").exists()
