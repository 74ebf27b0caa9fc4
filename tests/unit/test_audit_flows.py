"""Flow dumps of mitmproxy: walked by their lengths, whole, damaged and hostile."""

from __future__ import annotations

import io
import json
import warnings
from typing import Any
from unittest import mock

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.rules.url_tokens import Detector, Finding
from conformance.rules.url_tokens.finding import REPEATED_URL, URL
from conformance.traffic.audit.formats import Kind
from conformance.traffic.audit.readers import flows as reader
from tests.examples import examples
from tests.unit.audit_content import LEAK, OPAQUE, audit, seen

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # a library of mitmproxy's warns of itself
    from mitmproxy.http import Headers, HTTPFlow
    from mitmproxy.io import FlowReader, FlowWriter
    from mitmproxy.test import tflow, tutils


def dump(*targets: str) -> bytes:
    stream = io.BytesIO()
    writer = FlowWriter(stream)
    for target in targets:
        writer.add(tflow.tflow(req=tutils.treq(path=target.encode(), host="example.com"), resp=True))
    return stream.getvalue()


def test_a_flow_dump_is_judged_flow_by_flow() -> None:
    result = audit(dump("/a", LEAK, "/b"))
    assert (result.read[0].kind, result.read[0].units, result.damage) == (Kind.FLOWS, 3, [])
    assert seen(result) == [("L1", "query", 0, 2)]
    [found] = result.found.values()
    assert found.finding.host == "example.com"


def test_headers_of_flows_are_judged_whatever_their_case() -> None:
    flow = tflow.tflow(req=tutils.treq(path=b"/a"), resp=True)
    flow.request.headers["rEfErEr"] = f"https://example.com{LEAK}"
    flow.request.headers["X-API-Key"] = OPAQUE
    later = tflow.tflow(req=tutils.treq(path=f"/b?x={OPAQUE}".encode()), resp=True)
    later.response.headers["Location"] = f"https://example.com{LEAK}"
    stream = io.BytesIO()
    writer = FlowWriter(stream)
    writer.add(flow)
    writer.add(later)
    found = seen(audit(stream.getvalue()))
    assert found == [("L4", "header:Referer", 0, 1), ("L5", "query", 0, 2), ("L4", "header:Location", 0, 2)]


def test_a_leak_in_the_address_of_a_stream_is_one_of_an_address_that_stays() -> None:
    """What opens a stream is looked for only where something is found."""
    flow = tflow.tflow(req=tutils.treq(path=LEAK.encode()), resp=True)
    flow.request.headers["Accept"] = "text/event-stream"
    stream = io.BytesIO()
    FlowWriter(stream).add(flow)
    found = audit(stream.getvalue() + dump(LEAK)).found.values()
    assert {one.finding.requirement for one in found} == {REPEATED_URL, URL}


@pytest.mark.parametrize("odd", ["[]", "a],]", "a,]12:7:Referer,5:/a],", "]"])
def test_headers_of_flows_with_brackets_are_cut_out_by_their_lengths(odd: str) -> None:
    flow = tflow.tflow(req=tutils.treq(path=b"/a"), resp=True)
    flow.request.headers["Cookie"] = odd
    flow.request.headers["X-API-Key"] = f"{odd}{OPAQUE}"
    flow.request.headers["Referer"] = f"https://example.com{LEAK}&x={odd}"
    later = tflow.tflow(req=tutils.treq(path=f"/b?x={OPAQUE}".encode()), resp=True)
    stream = io.BytesIO()
    writer = FlowWriter(stream)
    writer.add(flow)
    writer.add(later)
    assert seen(audit(stream.getvalue())) == [("L4", "header:Referer", 0, 1), ("L5", "query", 0, 2)]


def test_what_a_flow_says_in_its_body_is_no_header_and_no_request() -> None:
    forged = f"7:request;400:4:path,200:{LEAK},7:headers;99:12:7:Referer,150:https://example.com{LEAK},]".encode()
    flow = tflow.tflow(req=tutils.treq(path=b"/a", content=forged), resp=True)
    flow.response.content = forged
    stream = io.BytesIO()
    FlowWriter(stream).add(flow)
    assert seen(audit(stream.getvalue())) == []


@pytest.mark.parametrize("member", [b"7:request;", b"7:content;500:x"])
def test_a_flow_whose_lengths_do_not_fit_is_judged_or_damage(member: bytes) -> None:
    """Nothing hides behind a length that leads out of its message."""
    stream = io.BytesIO()
    FlowWriter(stream).add(tflow.tflow(req=tutils.treq(path=LEAK.encode(), content=b"x" * 500), resp=True))
    whole = stream.getvalue()
    size = whole.rindex(member) + 10
    result = audit(whole[:size] + b"999" + whole[size + 3 :])
    assert len(seen(result)) + result.damaged == 1


def test_a_dump_that_is_cut_off_or_followed_by_noise_is_judged_as_far_as_it_goes() -> None:
    whole = dump(LEAK, "/a")
    noise = b"noise that is no flow at all"
    for content, size in ((whole[:-40], len(dump("/a")) - 40), (whole + noise, len(noise)), (whole + b"4:abcd,", 7)):
        result = audit(content)
        assert (seen(result), result.damaged) == ([("L1", "query", 0, 1)], 1)
        assert result.unjudged_bytes == size


_OTHER = "h7RwLx2Rw7Zk0NpYc5HbJd8GfTa3EuKi"
_TARGETS = ("/a", LEAK, f"/b?x={OPAQUE}", f"/c/{_OTHER}/d", "/e?q=%41#7:request;", "/f;8:response;3:abc}")
_NAMES = ("Accept", "AUTHORIZATION", "Cookie", "referer", "X-Api-Key", "x-other", "Location", "Set-Cookie", "Link")
_VALUES = (
    "a", "", "[a],]", "text/event-stream", f"Bearer {OPAQUE}", f"sid={_OTHER}", f"https://example.com{LEAK}", f"<https://e.example{LEAK}>",
)  # fmt: skip
_BODIES = (
    "", "7:request;9:4:path,1:/}", json.dumps({"ACCESS_TOKEN": OPAQUE}), json.dumps({"clientSecret": _OTHER}, indent=1),
)  # fmt: skip
_HEADERS = st.lists(st.tuples(st.sampled_from(_NAMES), st.sampled_from(_VALUES)), max_size=4)


def _told(found: list[Finding]) -> set[tuple[str, str, str, str]]:
    return {(one.rule, one.place, one.host, one.path_template) for one in found}


@examples(50)
@given(st.lists(st.tuples(st.sampled_from(_TARGETS), _HEADERS, st.sampled_from(_BODIES), _HEADERS), max_size=4))
def test_what_the_library_reads_is_what_is_walked_in_the_usual_order_and_in_any(several: list[Any]) -> None:
    """The members of a flow as mitmproxy writes them today are found in three steps, and else one by one."""
    stream = io.BytesIO()
    for target, asked, body, came in several:
        flow = tflow.tflow(req=tutils.treq(path=str(target).encode(), host="example.com"), resp=True)
        flow.request.headers = Headers([(n.encode(), v.encode()) for n, v in asked])  # type: ignore[attr-defined]
        flow.response.headers = Headers([(n.encode(), v.encode()) for n, v in came])  # type: ignore[attr-defined]
        flow.response.headers["Content-Type"] = "application/json"
        flow.response.content = str(body).encode()
        FlowWriter(stream).add(flow)
    detector, expected = Detector(), []
    for flow in FlowReader(io.BytesIO(stream.getvalue())).stream():
        assert isinstance(flow, HTTPFlow)
        assert flow.response is not None
        data = flow.request.data
        detector.body(b"application/json", flow.response.content or b"")
        expected += detector.request(data.method, data.path, data.headers.fields, host=data.host.encode())
        expected += detector.response(200, flow.response.headers.fields, host=data.host.encode())
        expected += detector.late()
    quick = audit(stream.getvalue())
    with mock.patch.object(reader, "_usual", return_value=None):
        slow = audit(stream.getvalue())
    assert quick.damage == slow.damage == []
    assert _told([one.finding for one in quick.found.values()]) == _told(expected)
    assert _told([one.finding for one in slow.found.values()]) == _told(expected)
