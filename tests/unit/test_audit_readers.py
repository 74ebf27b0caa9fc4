"""What an audit reads: every format, recognised by its content, whole, damaged, compressed and hostile."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from conformance.documents import UsageProblem
from conformance.rules.url_tokens import Detector
from conformance.traffic.audit.formats import Kind, kind_of
from conformance.traffic.audit.sources import Source, places
from tests.corpus import corpus
from tests.examples import examples
from tests.traced import cpu_seconds
from tests.unit.audit_content import BENIGN, LEAK, LEAKING, LINES, OPAQUE, PLAIN, TOKEN, audit, har, seen
from tests.unit.test_audit_flows import dump


@pytest.mark.parametrize("layout", LINES)
def test_an_access_log_is_judged_line_by_line(layout: str) -> None:
    """Whatever its layout, the leaking line is named and the others are counted."""
    line = LINES[layout]
    result = audit("\n".join(line.replace("«»", url) for url in (BENIGN, LEAK, BENIGN)) + "\n")
    assert [(one.kind, one.units) for one in result.read] == [(Kind.LOG, 3)]
    assert seen(result) == [("L1", "query", 2, 0)]
    assert result.damage == []


def test_a_referer_in_a_combined_log_is_told_from_the_request() -> None:
    line = LINES["combined"].replace("«»", "/a").replace('"-"', f'"https://example.com{LEAK}"')
    assert seen(audit(line)) == [("L4", "header:Referer", 1, 0)]


@pytest.mark.parametrize(
    "added", ['"«»"', '"https://example.com«»"', "uri=«»", '"uri=«»"', "«»", '"-" upstream: https://example.com«»']
)
def test_what_a_layout_adds_to_the_combined_one_is_judged_as_well(added: str) -> None:
    """Only where URLs stand at the beginning of quotations are lines searched there alone."""
    line = LINES["combined"].replace("«»", "/")
    result = audit("".join(f"{line} {added.replace('«»', url)}\n" for url in (BENIGN, LEAK, BENIGN)))
    assert seen(result) == [("L1", "query", 2, 0)]


@pytest.mark.parametrize("layout", ["common", "combined", "nginx", "alb"])
def test_a_target_ends_before_its_version(layout: str) -> None:
    [found] = audit(LINES[layout].replace("«»", f"/a?access_token={OPAQUE}")).found.values()
    assert f"({len(OPAQUE)} characters)" in found.finding.masked


def test_escapes_of_apache_and_nginx_hide_nothing() -> None:
    escaped = LEAK.replace("access_token=", r"q=\x22a&access_token\x3D")
    assert [one[0] for one in seen(audit(LINES["combined"].replace("«»", escaped)))] == ["L1"]


W3C = "#Software: IIS\n#Fields: date time cs-method cs-uri-stem cs-uri-query cs(Referer) sc-status\n"
CLOUDFRONT = (
    "#Version: 1.0\n#Fields: date\ttime\tcs-method\tcs(Host)\tcs-uri-stem\tsc-status\tcs(Referer)\tcs-uri-query\n"
)


@pytest.mark.parametrize(
    ("head", "line", "place"),
    [
        (W3C, f"2026-11-24 09:00:00 GET /a access_token={TOKEN} - 200", "query"),
        (W3C, f"2026-11-24 09:00:00 GET /a - https://example.com{LEAK} 200", "header:Referer"),
        (CLOUDFRONT, f"2026-11-24\t09:00:00\tGET\texample.com\t/a\t200\t-\tsid={OPAQUE}", "query"),
    ],
)
def test_a_w3c_log_is_read_by_its_columns(head: str, line: str, place: str) -> None:
    result = audit(f"{head}{line}\n")
    assert result.read[0].kind is Kind.W3C
    assert [one[1:3] for one in seen(result)] == [(place, 3)]


@pytest.mark.parametrize(
    ("record", "place"),
    [
        ({"ts": 1, "url": LEAK}, "query"),
        ({"http": {"request": {"path": "/a", "query": f"sid={OPAQUE}"}}}, "query"),
        ({"path": "/a", "queryStringParameters": {"access_token": OPAQUE, "x": "1"}}, "query"),
        ({"path": "/a", "headers": {"Referer": f"https://example.com{LEAK}"}}, "header:Referer"),
        ({"request": f"GET {LEAK} HTTP/1.1"}, "query"),
        ({"message": f"retrying GET https://example.com{LEAK} now"}, "query"),
    ],
)
def test_json_lines_are_read_by_the_names_of_their_members(record: object, place: str) -> None:
    result = audit(f'{{"url": "/healthz"}}\n{json.dumps(record)}\n')
    assert result.read[0].kind is Kind.JSON_LINES
    assert [one[1:3] for one in seen(result)] == [(place, 2)]


EVENTS = '"EVENT_TYPE","TIMESTAMP","REQUEST_ID","URI","REFERRER_URI"\n'


def test_a_record_of_an_event_log_file_may_go_over_several_lines() -> None:
    """Its line is the one on which it begins."""
    plain = '"URI","20261124090000.123","4cFgx","/home","multi\nline ""text"", here"\n'
    leaking = f'"URI","20261124090000.123","4cFgy","two\nlines","{LEAK}"\n'
    result = audit(EVENTS + plain + leaking + plain)
    assert result.read[0].kind is Kind.EVENT_LOG
    assert seen(result) == [("L4", "header:Referer", 4, 0)]


@pytest.mark.parametrize("head", [EVENTS, "id,url,path,query\n"])
def test_a_table_of_which_no_line_ends_is_judged(head: str) -> None:
    """As some programs write it, with a carriage return after each record."""
    rows = [f'"API","1","a{n}","{url}",""\n' for n, url in enumerate([BENIGN, LEAK, BENIGN])]
    assert [one[:3] for one in seen(audit(f"{head}{''.join(rows)}".replace("\n", "\r")))] == [("L1", "query", 1)]
    assert audit(f"{head}{rows[0]}").found == {}


def test_a_quotation_that_never_ends_does_not_hide_what_follows() -> None:
    row = f'"URI","1","x","{LEAK}",""\n'
    result = audit(EVENTS + '"URI","1","x","/a,""\n' + "filler\n" * 650_000 + row)
    assert [one.finding.rule for one in result.found.values()] == ["L1"]
    assert result.damaged >= 1


def test_requests_are_judged_together_as_they_are_one_by_one() -> None:
    """Whatever the detector finds in one request of the corpus, it finds when it is given all of them."""
    batch = [
        (b"GET", text.encode("utf-8", "surrogateescape"), [(b"Referer", b"https://example.com/a")], b"example.com")
        if not name
        else (b"GET", b"/", [(name.encode(), text.encode("utf-8", "surrogateescape"))], b"example.com")
        for case in corpus()
        for name, text in [case.text.partition(": ")[::2] if ": " in case.text else ("", case.text)]
    ]
    together = list(Detector(salt=b"x", correlate=False).requests(batch))
    single = Detector(salt=b"x", correlate=False)
    each = [
        (number, finding)
        for number, (method, target, headers, host) in enumerate(batch)
        for finding in single.request(method, target, headers, host=host)
    ]
    assert len(each) > 200
    assert together == each


OPENAPI = {
    "openapi": "3.1.0",
    "info": {"title": "t", "version": "1"},
    "paths": {"/a": {"get": {"parameters": [{"name": "access_token", "in": "query", "schema": {"type": "string"}}]}}},
    "components": {"securitySchemes": {"key": {"type": "apiKey", "in": "query", "name": "api_key"}}},
}


@pytest.mark.parametrize("form", ["json", "yaml", "one line"])
def test_an_openapi_document_is_judged_by_design(form: str) -> None:
    """Each finding has its pointer and its line, in JSON and in YAML."""
    text = {"json": json.dumps(OPENAPI, indent=1), "yaml": yaml.safe_dump(OPENAPI, sort_keys=False)}
    content = text.get(form, json.dumps(OPENAPI))
    found = list(audit(content).found.values())
    assert [one.first.pointer for one in found] == ["/paths/~1a/get/parameters/0", "/components/securitySchemes/key"]
    lines = content.splitlines()
    for one, member in zip(found, ("access_token", "key"), strict=True):
        near = "\n".join(lines[one.first.line - 1 : one.first.line + 2])
        assert member in near
        assert one.finding.rule == "L7"


POSTMAN = {
    "info": {"name": "c", "schema": "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"},
    "item": [
        {
            "name": "r",
            "request": {
                "method": "GET",
                "url": {
                    "raw": "https://example.com/a?access_token={{token}}",
                    "query": [{"key": "access_token", "value": "{{token}}"}],
                },
            },
        }
    ],
}
INSOMNIA = {
    "_type": "export",
    "__export_format": 4,
    "resources": [
        {
            "_type": "request",
            "url": "https://example.com/a",
            "parameters": [{"name": "access_token", "value": "{{ _.token }}"}],
        }
    ],
}
INSOMNIA_5 = f"""type: collection.insomnia.rest/5.0
name: c
collection:
  - name: r
    url: https://example.com/a
    method: GET
    parameters:
      - name: api_key
        value: {OPAQUE}
"""


@pytest.mark.parametrize(
    ("content", "kind", "pointer"),
    [
        (json.dumps(POSTMAN, indent=2), Kind.POSTMAN, "/item/0/request/url"),
        (json.dumps({"collection": POSTMAN}), Kind.POSTMAN, "/collection/item/0/request/url"),
        (json.dumps(INSOMNIA), Kind.INSOMNIA, "/resources/0/parameters/0"),
        (INSOMNIA_5, Kind.INSOMNIA, "/collection/0/parameters/0"),
    ],
)
def test_a_collection_is_judged_by_design(content: str, kind: Kind, pointer: str) -> None:
    result = audit(content)
    assert result.read[0].kind is kind
    assert result.found
    assert all(one.first.pointer.startswith(pointer) for one in result.found.values())
    assert {one.finding.level for one in result.found.values()} == {"leak"}


def test_an_http_file_is_judged_request_by_request() -> None:
    content = f"""@host = https://example.com
### plain
GET {{{{host}}}}/a HTTP/1.1
Authorization: Bearer {TOKEN}

### by design
GET https://example.com/b
    ?page=1
    &access_token={{{{token}}}}

### written out
# a comment with /c?access_token={TOKEN}
POST https://example.com/c?sid={TOKEN} HTTP/1.1

access_token={TOKEN}
"""
    result = audit(content)
    assert (result.read[0].kind, result.read[0].units) == (Kind.HTTP, 3)
    found = [(one.finding.rule, one.first.line) for one in result.found.values()]
    assert found == [("L7", 7), ("L1", 13)]


def test_what_is_commented_out_of_an_http_file_is_still_there() -> None:
    result = audit(f"GET https://example.com/a\n\n###\n# GET https://example.com{LEAK}\n")
    assert (result.read[0].kind, seen(result)) == (Kind.HTTP, [("L1", "query", 4, 0)])


@pytest.mark.parametrize("filler", [b"x" * (9 << 20), b"/a?b=%41" * (1 << 20), b"%" * (3 << 20)])
def test_a_line_of_megabytes_is_judged_in_pieces(filler: bytes) -> None:
    line = LINES["combined"].replace("«»", LEAK).encode()
    began = time.process_time()
    result = audit(line + b"\n" + filler + b"\n" + line + b"\n")
    assert "L1" in [one[0] for one in seen(result)]
    assert max(one.count for one in result.found.values()) == 2
    assert [damage.at.line for damage in result.damage] == [2]
    assert time.process_time() - began < cpu_seconds(25)


@pytest.mark.parametrize(
    "content",
    [
        b'{"openapi": "3.0.0", "paths": ' + b'{"a":' * 30_000,
        b"openapi: 3.0.0\npaths: " + b"[" * 30_000,
        b"openapi: 3.0.0\npaths: " + b"- " * 30_000,
        b"openapi: 3.0.0\nx: \xff\xfe\xfd",
        b'{"log": {"entries": [' + b'{"request": ' * 30_000,
        b'{"info": {}, "item": ' + b"[" * 30_000 + b"]" * 30_000 + b"}",
        b"openapi: 3.0.0\na: &a [x,x,x]\n"
        + b"".join(b"%c: &%c [*%c,*%c,*%c,*%c]\n" % (n, n, *[n - 1] * 4) for n in b"bcdefghijklmnop"),
    ],
    ids=["json", "flow yaml", "block yaml", "bytes", "har", "postman", "aliases"],
)
def test_nesting_noise_and_aliases_end_in_damage_or_nothing(content: bytes) -> None:
    began = time.process_time()
    result = audit(content)
    assert result.found == {}
    assert time.process_time() - began < cpu_seconds(6)


@examples(60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_bytes_stop_an_audit(data: st.DataObject) -> None:
    """Real content, with bytes replaced, taken out and put in, ends in findings, damage or an unknown format."""
    samples = (har(PLAIN, LEAKING).encode(), dump(LEAK), json.dumps(OPENAPI).encode(), EVENTS.encode(), W3C.encode())
    content = bytearray(data.draw(st.sampled_from(samples)))
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(content)))
        content[at : at + data.draw(st.integers(0, 9))] = data.draw(st.binary(max_size=9))
    audit(bytes(content))


def test_what_does_not_exist_is_a_usage_problem(tmp_path: Path) -> None:
    with pytest.raises(UsageProblem, match="no such file or folder"):
        places([str(tmp_path / "none")])


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"", Kind.LOG),
        (b"just a text\n", Kind.LOG),
        (b"<html><a href='https://example.com/'></a></html>", Kind.LOG),
        (b"[1, 2]", Kind.LOG),
        (b'[{"url": "/a"}]', Kind.JSON),
        (b"\x00\x01\x02", None),
        (b"%PDF-1.7\n", None),
        (b'{"log": "started", "url": "/a"}\n{"log": "x"}\n', Kind.JSON_LINES),
        (b"swagger: '2.0'\npaths: {}\n", Kind.OPENAPI),
    ],
)
def test_a_format_is_told_by_its_content(content: bytes, kind: Kind | None) -> None:
    assert kind_of(content) is kind


def test_a_long_log_is_read_in_flat_memory(tmp_path: Path) -> None:
    """The blocks of a log are dropped once they are judged."""
    import tracemalloc

    line = LINES["combined"].replace("«»", BENIGN).encode() + b"\n"

    class Endless:
        left = 60

        def read1(self, size: int = -1, /) -> bytes:
            self.left -= 1
            return line * 5000 if self.left > 0 else b""

    from conformance.traffic.audit.judging import judged

    tracemalloc.start()
    source = Source("pipe", Endless())
    assert list(judged(source, Kind.LOG)) == []
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert source.units == 59 * 5000
    assert peak < 16 << 20
