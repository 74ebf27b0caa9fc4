"""What contents are packed in: compression, archives, encodings, holes. Each is judged like the plain content."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import tarfile
import time
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from conformance.traffic.audit import sources
from conformance.traffic.audit.auditing import audited
from conformance.traffic.audit.place import Place
from conformance.traffic.audit.sources import Source, places
from tests.traced import cpu_seconds
from tests.unit.audit_content import LEAK, LEAKING, LINES, PLAIN, audit, har, seen

try:
    from compression import zstd  # type: ignore[import-not-found,unused-ignore]
except ImportError:
    from backports import zstd

LOG = f"1 GET https://example.com/a?b=c\n2 GET https://example.com{LEAK}\n".encode()
FOUND = [("L1", "query", 2, 0)]
PNG = b"\x89PNG\r\n\x1a\n" + bytes(92)


def zipped(**files: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return packed.getvalue()


def tarred(**files: bytes) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("folder/" + "long" * 60))
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return packed.getvalue()


PACKED: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "zstd": zstd.compress,
    "xz": lzma.compress,
    "bzip2": bz2.compress,
    "zlib": lambda data: zlib.compress(data, 9),
    "gzip in zstd": lambda data: zstd.compress(gzip.compress(data)),
    "two members": lambda data: gzip.compress(data[:30]) + gzip.compress(data[30:]),
    "two streams": lambda data: lzma.compress(data[:30]) + bytes(4) + lzma.compress(data[30:]),
    "UTF-16": lambda data: data.decode().encode("utf-16"),
    "UTF-16 LE": lambda data: data.decode().encode("utf-16-le"),
    "UTF-16 BE": lambda data: data.decode().encode("utf-16-be"),
    "UTF-32": lambda data: data.decode().encode("utf-32"),
    "UTF-8 with its mark": lambda data: b"\xef\xbb\xbf" + data,
    "gzip of UTF-16": lambda data: gzip.compress(data.decode().encode("utf-16")),
    "a hole": lambda data: bytes(300_000) + data,
    "CRLF": lambda data: data.replace(b"\n", b"\r\n"),
    "zip": lambda data: zipped(a=b"nothing", b=data),
    "tar": lambda data: tarred(a=b"nothing", b=data),
    "tar.gz": lambda data: gzip.compress(tarred(a=b"nothing", b=data)),
    "tar.zst": lambda data: zstd.compress(tarred(a=data)),
    "zip in zip": lambda data: zipped(a=zipped(b=data)),
    "zip in tar.gz": lambda data: gzip.compress(tarred(a=zipped(b=data), c=b"")),
    "gzip in zip": lambda data: zipped(a=gzip.compress(data)),
}


@pytest.mark.parametrize("packed", PACKED.values(), ids=PACKED)
def test_packed_content_is_judged_like_plain_content(packed: Callable[[bytes], bytes]) -> None:
    result = audit(packed(LOG))
    assert seen(result) == FOUND
    assert result.is_complete, result.damage


@pytest.mark.parametrize(
    "packed", [gzip.compress, zstd.compress, lambda data: zipped(a=data)], ids=["gz", "zst", "zip"]
)
def test_packed_archives_are_judged_like_plain_ones(packed: Callable[[bytes], bytes]) -> None:
    assert seen(audit(packed(har(PLAIN, LEAKING).encode()))) == [("L1", "query", 0, 2)]


@pytest.mark.parametrize("packed", ["gzip", "zstd", "xz", "bzip2", "zlib"])
def test_compressed_content_that_is_cut_off_is_judged_as_far_as_it_goes(packed: str) -> None:
    lines = [LINES["combined"].replace("«»", url) for url in (LEAK, *(f"/a?b={n * 7919}" for n in range(30_000)))]
    result = audit(PACKED[packed]("\n".join(lines).encode())[:-9])
    assert "L1" in [one[0] for one in seen(result)]
    assert "cut off or damaged" in str(result.damage[0])
    assert not result.is_complete


def test_members_are_named_and_what_is_unknown_among_them_is_not_judged() -> None:
    result = audit(zipped(**{"logs/a.log": LOG, "shot.png": PNG}))
    [found] = result.found.values()
    assert found.first.file.endswith("given/logs/a.log")
    assert [Path(name).name for name in result.unknown] == ["shot.png"]
    assert result.unjudged_bytes == len(PNG)


def test_one_broken_member_costs_the_others_nothing() -> None:
    whole = zipped(a=LOG * 9, b=LOG)
    result = audit(whole[:60] + bytes(8) + whole[68:])
    assert [Path(one.first.file).name for one in result.found.values()][-1] == "b"
    assert [Path(name).name for name in result.unjudged] == ["a"]


@pytest.mark.parametrize(
    "content",
    [
        zipped(a=LOG * 9, b=LOG)[:-30],
        zipped(a=LOG * 9, b=LOG)[:150],
        zipped(a=LOG)[:60] + b"x" * 99,
        gzip.compress(tarred(a=LOG, b=LOG))[:-30],
        tarred(a=LOG, b=LOG)[:-9_000],
    ],
    ids=["end of zip", "beginning of zip", "noise", "tar.gz", "tar"],
)
def test_an_archive_that_is_damaged_is_named(content: bytes) -> None:
    result = audit(content)
    assert not result.is_complete
    assert result.damaged
    assert result.broken == []
    assert result.unjudged_bytes or "what came before was read" in str(result.damage[0])


def test_an_encrypted_member_is_named() -> None:
    content = bytearray(zipped(a=LOG))
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(mark) + offset] |= 1
    result = audit(bytes(content))
    assert [str(one).endswith("given/a: is encrypted") for one in result.damage] == [True]
    assert result.unjudged_bytes == len(LOG)


def test_a_zip_archive_in_a_pipe_is_read() -> None:
    source = Source("pipe", io.BufferedReader(io.BytesIO(zipped(a=LOG))))  # type: ignore[arg-type]
    from conformance.traffic.audit.archives import members

    [member] = members(source, None)
    assert isinstance(member, Source)
    assert member.name == "pipe/a"


def test_a_decompression_bomb_ends_early(monkeypatch: pytest.MonkeyPatch) -> None:
    """Content that unpacks a thousandfold is read up to a gigabyte, and named. Here both are smaller."""
    assert (sources._FREE, sources._RATIO) == (1 << 30, 1_000)
    monkeypatch.setattr(sources, "_FREE", 1 << 27)
    monkeypatch.setattr(sources, "_RATIO", 500)

    class Bomb:
        def __init__(self) -> None:
            self._packed = gzip.compress(b"\n" + bytes(1 << 24), 9)
            self._left = 400

        def read1(self, size: int = -1, /) -> bytes:
            self._left -= 1
            return self._packed if self._left > 0 else b""

    source = Source("bomb", Bomb())
    taken = 0
    began = time.process_time()
    while piece := source.read():
        taken += len(piece)
    assert source.damage is not None
    assert "times its size" in source.damage.reason
    assert 1 << 27 < taken < 3 << 27
    assert time.process_time() - began < cpu_seconds(5)


def test_headers_of_a_tar_archive_that_go_on_and_on_are_not_held() -> None:
    header = tarfile.TarInfo("a")
    header.size, header.type = 1 << 30, tarfile.XHDTYPE
    result = audit(gzip.compress(header.tobuf() + bytes(16 << 20)))
    assert "damaged" in str(result.damage[0])


def test_progress_counts_the_bytes_on_disk(tmp_path: Path) -> None:
    path = tmp_path / "a.har"
    path.write_text(har(PLAIN, LEAKING))
    told: list[int] = []
    audited([Place("a", path)], told.append)
    assert sum(told) == path.stat().st_size


def test_a_file_may_be_named_twice(tmp_path: Path) -> None:
    (tmp_path / "a.log").write_bytes(LOG)
    result = audited(places([str(tmp_path / "a.log"), str(tmp_path)]))
    assert [one.count for one in result.found.values()] == [2]
