"""Logs in object stores and on the web, read as streams; nothing shows what opens them."""

from __future__ import annotations

import gzip
import json
import sys
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from conformance.traffic.audit import lakes
from conformance.traffic.audit.auditing import audited
from conformance.traffic.audit.sources import places
from tests.unit.audit_content import LEAK
from tests.unit.typed import Command, typed

pytest.importorskip("s3fs")
moto = pytest.importorskip("moto.server")

URL = f"https://example.com{LEAK}"
KEY = "q7Wn2Kc9Zr4Tm8Vb5Yx1Lp6Hd3Gs0FjQ"
LOG = f"a log\nGET {URL}\n".encode()
CONTENTS = {
    "2026/11/28/a.log": LOG,
    "2026/11/29/a.log.gz": gzip.compress(LOG.replace(b"/query", b"/packed")),
    "2026/11/29/b.log": LOG.replace(b"/query", b"/b"),
    "2026/11/29/large.log": b"a log\n" + b"nothing to see here\n" * 20_000 + b"GET " + URL.encode() + b"\n",
    "other.log": LOG.replace(b"/query", b"/other"),
}


@pytest.fixture(scope="module")
def bucket() -> Iterator[Any]:
    """A bucket with logs, in a store on this machine; a client of the store."""
    import boto3

    server = moto.ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    with pytest.MonkeyPatch.context() as patch:
        host, port = server.get_host_and_port()
        for name, value in (
            *(("AWS_ENDPOINT_URL", f"http://{host}:{port}"), ("AWS_ACCESS_KEY_ID", "made-up")),
            *(("AWS_SECRET_ACCESS_KEY", KEY), ("AWS_DEFAULT_REGION", "us-east-1")),
        ):
            patch.setenv(name, value)
        client = boto3.client("s3")
        client.create_bucket(Bucket="lake")
        for name, content in CONTENTS.items():
            client.put_object(Bucket="lake", Key=f"logs/{name}", Body=content)
        yield client
    server.stop()


@pytest.fixture
def audit(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Command:
    monkeypatch.chdir(tmp_path)

    run = typed("audit", capsys, monkeypatch)

    def searched(*arguments: str) -> tuple[int, str, str]:
        code, out, err = run(*arguments)
        assert KEY not in out + err
        assert "Traceback" not in err
        return code, out, err

    return searched


def read(out: str) -> list[str]:
    return [one["file"] for one in json.loads(out)["read"]]


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_bucket_is_judged_as_a_folder_is(
    audit: Command, bucket: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, jobs: int
) -> None:
    """Whatever ranges an object comes in, packed or not, in one process or in two."""
    monkeypatch.setattr(lakes, "RANGE", 1 << 16)
    for name, content in CONTENTS.items():
        (tmp_path / "logs" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "logs" / name).write_bytes(content)
    code, out, _ = audit("s3://lake/logs/", "--format=json", f"-j{jobs}")
    here = audit("logs", "--format=json")
    mine, other = json.loads(out), json.loads(here[1])
    for told in (mine, other):
        told["findings"].sort(key=lambda one: one["path_template"])
        told["read"].sort(key=lambda one: one["file"])
    assert (code, json.dumps(mine).replace("s3://lake/", "")) == (here[0], json.dumps(other))
    assert len(mine["findings"]) == 5


@pytest.mark.parametrize(
    ("address", "count"),
    [
        ("s3://lake/logs/2026/11/29/", 3),
        ("s3://lake/logs/2026/11/29", 3),
        ("s3://lake/logs/2026/11/2*/*.log", 3),
        ("s3://lake/logs/other.log", 1),
    ],
)
def test_an_address_is_a_prefix_a_pattern_or_an_object(
    audit: Command, bucket: object, address: str, count: int
) -> None:
    assert len(read(audit(address, "--format=json")[1])) == count


def test_shards_of_a_bucket_add_up(audit: Command, bucket: object) -> None:
    Path("salt").write_bytes(bytes(32))
    whole = audit("s3://lake/logs/", "--format=json")
    for number in (1, 2):
        audit("s3://lake/logs/", f"--shard={number}/2", f"--journal=j{number}", "--salt-file=salt")
    assert audit("--merge", "j1", "j2", "--format=json") == whole


def test_objects_are_chosen_by_time_and_size(audit: Command, bucket: object) -> None:
    assert json.loads(audit("s3://lake/logs/", "--since=2999-01-01", "--format=json")[1])["left_out"] == 5
    assert read(audit("s3://lake/logs/", "--min-size=100kB", "--format=json")[1]) == [
        "s3://lake/logs/2026/11/29/large.log"
    ]


def test_an_object_that_goes_changes_or_shrinks_costs_itself_alone(
    bucket: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After it was listed; what came until then is judged, and it is tried again another time."""
    monkeypatch.setattr(lakes, "RANGE", 1 << 16)
    names = ("gone", "changed", "shorter", "well")
    lines = b"a log\n" + b"nothing to see here\n" * 20_000
    for name in names:
        bucket.put_object(Bucket="lake", Key=f"moving/{name}", Body=lines)
    found = places(["s3://lake/moving/"])
    bucket.delete_object(Bucket="lake", Key="moving/gone")
    bucket.put_object(Bucket="lake", Key="moving/changed", Body=lines.replace(b"see", b"say"))
    bucket.put_object(Bucket="lake", Key="moving/shorter", Body=lines[:9])
    result = audited(found)
    assert sorted(str(one) for one in result.damage) == [
        "s3://lake/moving/changed: cannot be read further: the object changed while it was read",
        "s3://lake/moving/gone: cannot be read further: there is no object, or no answer",
        *[str(one) for one in result.damage if "shorter" in str(one)],
    ]
    assert len(result.damage) == 3
    assert all(one.may_pass for one in result.damage)
    assert "s3://lake/moving/well" in {one.name for one in result.read} - result.unjudged


@pytest.mark.parametrize(
    ("address", "says"),
    [
        ("s3://nowhere/logs/", "s3://nowhere/logs/: there is no object"),
        ("s3://lake/none.log", "s3://lake/none.log: there is no object"),
        ("s3://lake/none*", "s3://lake/none*: there is no object"),
        (f"nowhere://user:{KEY}@host/x", "nowhere:// is not a store that is known"),
        (f"http://user:{KEY}@127.0.0.1:9/x?sig={KEY}", "http://127.0.0.1:9/x?…: there is no object, or no answer"),
    ],
)
def test_what_is_not_there_is_one_message(audit: Command, bucket: object, address: str, says: str) -> None:
    code, out, err = audit(address)
    assert (code, out) == (2, "")
    assert says in err


def test_without_the_extra_the_message_names_it(audit: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "fsspec", None)
    monkeypatch.setitem(sys.modules, "fsspec.core", None)
    code, _, err = audit("s3://lake/logs/")
    assert (code, "pip install 'seasonproof[lake]'" in err) == (2, True)


def test_the_web_is_read_too_and_no_address_shows_what_opens_it(audit: Command, tmp_path: Path) -> None:
    (tmp_path / "web").mkdir()
    (tmp_path / "web" / "a.log").write_bytes(LOG)
    (tmp_path / "web" / "b.log.gz").write_bytes(gzip.compress(LOG))

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(tmp_path / "web")))
    Thread(target=server.serve_forever, daemon=True).start()
    base = f"http://127.0.0.1:{server.server_port}"
    try:
        code, out, _ = audit(f"{base}/a.log?X-Amz-Signature={KEY}", f"{base}/b.log.gz?sig={KEY}", "--format=json")
    finally:
        server.shutdown()
        server.server_close()
    assert (code, read(out)) == (1, [f"{base}/a.log?…", f"{base}/b.log.gz?…"])


def test_addresses_are_shown_without_what_opens_them() -> None:
    for address, shown in (
        (f"https://u:{KEY}@a.example.com/x/y.log?sig={KEY}", "https://a.example.com/x/y.log?…"),
        (f"s3://{KEY}:{KEY}@lake/x", "s3://lake/x"),
        ("s3://lake/what?.log", "s3://lake/what?.log"),
    ):
        assert lakes.shown(address) == shown
