"""Judgements of what a file service answers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.http.exchange import Response
from conformance.http.streamed_body import Content, Received
from conformance.rules import content_disposition, file_answer
from conformance.suites.binary_files.remote_file import mangled
from conformance.suites.binary_files.samples import AWKWARD, NAMES, real_files
from conformance.suites.binary_files.strategies import RANGES, ranges


def answer(status: int, body: bytes = b"", **headers: str) -> Response:
    return Response(status, tuple((name.replace("_", "-"), value) for name, value in headers.items()), body)


@pytest.mark.parametrize(
    ("response", "problem", "received", "said"),
    [
        (answer(200, content_length="10"), "", 10, None),
        (answer(200), "", 10, None),
        (answer(200, content_length="4", content_encoding="gzip"), "", 10, None),
        (answer(200, content_length="7"), "", 7, "Content-Length is 7 for a file of 10 bytes"),
        (answer(200), "", 7, "7 bytes came for a file of 10"),
        (answer(200, content_length="10"), "connection reset", 7, "connection reset"),
        (answer(404), "", 0, "GET is answered 404"),
    ],
)
def test_a_wrong_length_is_told(response: Response, problem: str, received: int, said: str | None) -> None:
    assert file_answer.has_a_wrong_length(response, problem, 10, received) == said


@pytest.mark.parametrize(
    ("response", "is_honest"),
    [
        (answer(404), True),
        (answer(404, b"{}", content_type="application/problem+json"), True),
        (answer(404, b"no", content_type="text/plain; charset=utf-8"), True),
        (answer(404, b"<Error/>", content_type="application/xml"), True),
        (answer(404, b"no", content_type="application/pdf"), False),
        (answer(404, b"no"), False),
        (answer(200, b"<html>", content_type="text/html"), False),
        (answer(500), False),
        (answer(302), False),
    ],
)
def test_an_honest_error_is_4xx_and_no_file(response: Response, is_honest: bool) -> None:
    assert (file_answer.is_not_an_honest_error(response) is None) is is_honest


@pytest.mark.parametrize(
    ("head", "get", "said"),
    [
        (answer(200), answer(200, content_length="3", etag='"a"'), None),
        (answer(200, content_length="3"), answer(200, content_length="3"), None),
        (
            answer(200, content_length="0"),
            answer(200, content_length="3"),
            "HEAD names another content-length than GET",
        ),
        (answer(200, etag='"b"'), answer(200, etag='"a"'), "HEAD names another etag than GET"),
        (answer(405), answer(200), "HEAD is answered 405, GET 200"),
        (answer(200, content_length="4"), answer(200), "HEAD says 4 bytes, and GET brings 3"),
        (answer(200, content_length="2", content_encoding="gzip"), answer(200), None),
    ],
)
def test_head_and_get_are_compared_in_what_both_say(head: Response, get: Response, said: str | None) -> None:
    assert file_answer.differ(head, get, 3) == said


@pytest.mark.parametrize(
    ("response", "came", "said"),
    [
        (answer(206, content_range="bytes 2-4/10"), b"cde", None),
        (answer(206, content_range="bytes 2-4/*"), b"cde", None),
        (answer(206, content_range="bytes 2-4/10"), b"cd", "other bytes came: 2 in all"),
        (answer(206, content_range="bytes 2-5/10"), b"cdef", "Content-Range says 2 to 5"),
        (answer(206, content_range="bytes 2-4/11"), b"cde", "Content-Range says that the file has 11 bytes"),
        (answer(206), b"cde", "206 without a Content-Range that can be read"),
        (answer(416), b"", "the answer has status 416"),
    ],
)
def test_a_part_is_compared_with_what_it_says_it_is(response: Response, came: bytes, said: str | None) -> None:
    assert file_answer.is_not_the_part(response, came, b"cde", 2, 10) == said


@pytest.mark.parametrize(
    ("body", "pointer", "found"),
    [
        (b'{"id": "a"}', "/id", "a"),
        (b'{"id": 7}', "/id", "7"),
        (b'{"data": {"a/b": "x"}}', "/data/a~1b", "x"),
        (b'{"id": true}', "/id", None),
        (b'{"id": ""}', "/id", None),
        (b"[1]", "/id", None),
        (b"[" * 100_000, "/id", None),
        (b"", "/id", None),
    ],
)
def test_an_id_is_found_by_its_pointer(body: bytes, pointer: str, found: str | None) -> None:
    assert file_answer.id_in(answer(201, body), pointer) == found
    assert file_answer.id_in(answer(400, body), pointer) is None
    assert file_answer.id_in(None, pointer) is None


def test_a_mixture_says_which_version_it_begins_as() -> None:
    received = Received(at_most=1000)
    received.take(b"new new old")
    said = file_answer.is_a_mixture(received, [b"old", b"new new old"])
    assert said == (
        "a download during an upload brought 11 bytes that are not a version of the file, which begin as version 2 does"
    )


@pytest.mark.parametrize(
    "value",
    [
        "attachment",
        'attachment; filename="a b.pdf"',
        "attachment; filename=a.pdf",
        "attachment; filename*=UTF-8''%E6%97%A5.pdf",
        "attachment; filename=\"a.pdf\"; filename*=utf-8'en'%e6%97%a5.pdf",
        'inline; filename="a \\" b.pdf"',
        "attachment; filename*=ISO-8859-1''%FC.pdf",
        'attachment; filename="ü.pdf"',
        'form-data; name=file; filename="a.pdf";',
    ],
)
def test_a_disposition_that_can_be_read_is_left_alone(value: str) -> None:
    assert content_disposition.cannot_be_read(value) is None


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("attachment; filename=a b.pdf", "is not a type with parameters"),
        ("attachment; filename=a.pdf; filename=b.pdf", "names a parameter twice"),
        ("attachment; filename*=UTF-8''日.pdf", "is not a type with parameters"),
        ("attachment; filename*=\"UTF-8''a.pdf\"", "filename* is not charset'language'percent-encoded"),
        ("attachment; filename*=UTF-8''%FF.pdf", "does not decode as UTF-8"),
        ("attachment; filename*=a.pdf", "filename* is not charset'language'percent-encoded"),
        ('attachment; filename="日.pdf"', "not in ISO-8859-1"),
        ('attachment; filename="../a.pdf"', "holds a path"),
        ("attachment filename=a", "is not a type with parameters"),
    ],
)
def test_a_disposition_that_readers_take_for_different_names_is_told(value: str, said: str) -> None:
    assert said in str(content_disposition.cannot_be_read(value))


@given(st.text(max_size=200))
def test_any_disposition_is_judged(value: str) -> None:
    said = content_disposition.cannot_be_read(value)
    assert said is None or isinstance(said, str)


def test_a_disposition_of_a_hostile_service_is_judged_in_time() -> None:
    assert content_disposition.cannot_be_read("a" + ';a="\\a' * 20_000) is not None
    assert content_disposition.cannot_be_read("a;" + " " * 100_000 + "x") is not None


@given(size=st.integers(1, 300), data=st.data())
def test_a_range_is_inside_the_file(size: int, data: st.DataObject) -> None:
    part = data.draw(st.one_of(ranges(size), st.sampled_from(RANGES)))
    start, end = part.of(max(size, 3200))
    assert 0 <= start < end <= max(size, 3200)
    assert part.header.startswith("bytes=")


def test_the_real_files_are_what_they_say() -> None:
    magic = {"image/png": b"\x89PNG", "image/jpeg": b"\xff\xd8\xff", "image/gif": b"GIF89a", "application/pdf": b"%PDF"}
    files = real_files()
    assert all(files[kind].startswith(begin) for kind, begin in magic.items())
    assert len({*AWKWARD.values()}) == len(AWKWARD)
    assert real_files() == files


@pytest.mark.parametrize("name", NAMES)
def test_a_mangled_name_is_another_one(name: str) -> None:
    full = f"seasonproof-1a2b3c4d-7-{name}"
    assert mangled(full) != full
    assert "/" not in mangled(full)
    assert mangled(full).startswith("seasonproof-1a2b3c4d-7-")


def test_the_version_that_is_expected_is_shown_by_size_alone() -> None:
    assert repr(Content.of(b"abc")).startswith("<Content 3 bytes, sha256 ba7816bf")
