"""Files of tools that send requests, in which URL and parameters stand apart."""

from __future__ import annotations

import json
import time

import pytest

from conformance.reporting import findings
from conformance.traffic.audit.formats import Kind
from tests.traced import cpu_seconds
from tests.unit.audit_content import OPAQUE, TOKEN, audit

BRUNO = """meta {
  name: a
  type: http
}

get {
  url: https://a.example/x?page=1
  auth: none
}

«block» {
  page: 1
  «off»access_token: «value»
}

body:json {
  { "access_token": "«other»" }
}
"""
HURL = """GET https://a.example/x
Authorization: Bearer «other»
[«section»]
page: 1
access_token: «value»

HTTP 200
[Asserts]
header "x" == "y"

POST https://a.example/y
[FormParams]
client_secret: «other»
"""
JMETER = """<?xml version="1.0" encoding="UTF-8"?>
<jmeterTestPlan version="1.2" properties="5.0"><hashTree>
<HTTPSamplerProxy guiclass="HttpTestSampleGui" testclass="HTTPSamplerProxy" testname="a" enabled="«on»">
  <elementProp name="HTTPsampler.Arguments" elementType="Arguments">
    <collectionProp name="Arguments.arguments">
      <elementProp name="access_token" elementType="HTTPArgument">
        <stringProp name="Argument.value">«value»</stringProp>
        <stringProp name="Argument.metadata">=</stringProp>
        <stringProp name="Argument.name">access_token</stringProp>
      </elementProp>
    </collectionProp>
  </elementProp>
  <stringProp name="HTTPSampler.domain">a.example</stringProp>
  <stringProp name="HTTPSampler.path">/x</stringProp>
  <stringProp name="HTTPSampler.method">«method»</stringProp>
</HTTPSamplerProxy>
</hashTree></jmeterTestPlan>
"""
SOAPUI = """<?xml version="1.0" encoding="UTF-8"?>
<con:soapui-project name="a" xmlns:con="http://eviware.com/soapui/config">
<con:interface name="a" type="rest"><con:resource name="x" path="/x">
  <con:parameters><con:parameter><con:name>access_token</con:name><con:value/>
    <con:style>«style»</con:style><con:default/></con:parameter></con:parameters>
  <con:method name="m" method="GET"><con:request name="r"><con:endpoint>https://a.example</con:endpoint>
    <con:parameters>
      <con:entry key="access_token" value="«value»"/>
    </con:parameters></con:request></con:method>
</con:resource></con:interface></con:soapui-project>
"""
ARTILLERY = """config:
  target: https://a.example
scenarios:
  - flow:
      - get:
          url: /x
          «member»:
            page: 1
            access_token: "«value»"
"""
TAVERN = """test_name: a
stages:
  - name: b
    request:
      url: https://a.example/x
      method: GET
      «tavern»:
        access_token: "«value»"
"""
STEP_CI = """version: "1.1"
tests:
  a:
    steps:
      - http:
          url: https://a.example/x
          «tavern»:
            access_token: "«value»"
"""
MULE = """<?xml version="1.0" encoding="UTF-8"?>
<mule xmlns:http="http://www.mulesoft.org/schema/mule/http"><flow name="a">
<http:request method="GET" path="/x">
  <http:«mule»s><![CDATA[#[output application/java --- { "page": 1, "access_token" : "«value»" }]]]></http:«mule»s>
</http:request></flow></mule>
"""
MULE_3 = """<mule xmlns:http="http://www.mulesoft.org/schema/mule/http"><http:request path="/x"><http:request-builder>
<http:«mule» paramName="access_token" value="«value»"/></http:request-builder></http:request></mule>
"""
ASYNCAPI = """asyncapi: 3.0.0
channels:
  a:
    bindings:
      ws: {query: {type: object, properties: {access_token: {type: string}, page: {type: string}}}}
components:
  securitySchemes:
    key: {type: httpApiKey, name: key, in: «in»}
"""
ARAZZO = """arazzo: 1.0.1
workflows:
  - steps:
      - operationId: a
        parameters: [{name: page, in: query, value: 1}, {name: access_token, in: «in», value: $inputs.token}]
"""
RAML = """#%RAML 1.0
title: a
/x:
  get:
    «raml»:
      page?: integer
      access_token: string
"""
THUNDER = {
    "clientName": "Thunder Client",
    "collectionName": "a",
    "requests": [
        {"name": "a", "url": "«url»", "params": [{"name": "access_token", "value": "«value»", "isPath": "«path»"}]}
    ],
}
HOPPSCOTCH = {
    "v": 2,
    "name": "a",
    "folders": [],
    "requests": [{"endpoint": "https://a.example/x", "params": [{"key": "access_token", "value": "«value»"}]}],
}


def filled(text: str, **more: str) -> str:
    other = {"block": "params:query", "off": "", "section": "Query", "on": "true", "method": "GET", "style": "QUERY"}
    other |= {"tavern": "params", "mule": "query-param", "in": "query", "raml": "queryParameters"}
    other |= {"member": "qs", "other": TOKEN.replace("Q", "R"), "value": OPAQUE}
    for name, value in (other | more).items():
        text = text.replace(f"«{name}»", value)
    return text


def thunder(value: str, url: str = "https://a.example/x", *, is_path: bool = False) -> str:
    text = json.dumps(THUNDER, indent=1, ensure_ascii=False).replace('"«path»"', json.dumps(is_path))
    return text.replace("«url»", url).replace("«value»", value)


FILES = {
    "Bruno": (BRUNO, Kind.TOOL, 13),
    "Hurl": (HURL, Kind.HTTP, 5),
    "JMeter": (JMETER, Kind.TOOL, 6),
    "SoapUI": (SOAPUI, Kind.TOOL, 8),
    "Artillery": (ARTILLERY, Kind.TOOL, 9),
    "Tavern": (TAVERN, Kind.TOOL, 8),
    "Step CI": (STEP_CI, Kind.TOOL, 8),
    "Mule": (MULE, Kind.TOOL, 4),
    "Mule 3": (MULE_3, Kind.TOOL, 2),
}


@pytest.mark.parametrize("tool", FILES)
@pytest.mark.parametrize(("value", "rule"), [(OPAQUE, "L2"), (TOKEN, "L1"), ("{{token}}", "L7"), ("${token}", "L7")])
def test_a_parameter_of_the_query_leaks_also_where_a_variable_fills_it(tool: str, value: str, rule: str) -> None:
    text, kind, line = FILES[tool]
    result = audit(filled(text, value=value))
    (found,) = result.found.values()
    assert (found.finding.rule, found.first.line, found.count) == (rule, line, 1)
    assert (result.read[0].kind, result.is_complete) == (kind, True)
    assert found.finding.host in ("a.example", "")


@pytest.mark.parametrize(
    "text",
    [
        filled(BRUNO, block="params:path"), filled(BRUNO, block="headers"), filled(BRUNO, block="body:form-urlencoded"),
        filled(BRUNO, value="abc"), filled(HURL, section="FormParams"), filled(HURL, section="Cookies"),
        filled(JMETER, method="POST"), filled(JMETER, value=""), filled(SOAPUI, style="HEADER"),
        filled(SOAPUI, style="TEMPLATE"), filled(ARTILLERY, member="form"), filled(ARTILLERY, member="json"),
        filled(TAVERN, tavern="headers"), filled(TAVERN, tavern="data"), filled(STEP_CI, tavern="headers"),
        filled(MULE, mule="header"), filled(MULE, mule="uri-param"), filled(MULE_3, mule="header"),
        thunder(OPAQUE, is_path=True),
    ],
)  # fmt: skip
def test_a_form_a_header_and_a_template_are_no_query(text: str) -> None:
    assert {one.finding.rule for one in audit(text).found.values()} <= {"W5"}


@pytest.mark.parametrize(
    ("text", "line", "parameters"),
    [
        (filled(ASYNCAPI), 5, ["access_token", "key"]),
        (filled(ASYNCAPI, **{"in": "header"}), 5, ["access_token"]),
        (filled(ARAZZO), 5, ["access_token"]),
        (filled(ARAZZO, **{"in": "header"}), 0, []),
        (filled(RAML), 7, ["access_token"]),
        (filled(RAML, raml="headers"), 0, []),
    ],
)
def test_what_a_description_places_in_the_query_leaks_by_design(text: str, line: int, parameters: list[str]) -> None:
    result = audit(text)
    found = list(result.found.values())
    assert ([one.finding.parameter for one in found], result.read[0].kind) == (parameters, Kind.API)
    assert {one.finding.rule for one in found} <= {"L7"}
    assert [one.first.line for one in found[:1]] == [line] * bool(line)


@pytest.mark.parametrize("text", [filled(BRUNO, off="~"), filled(JMETER, on="false")])
def test_what_is_switched_off_warns(text: str) -> None:
    assert [one.finding.rule for one in audit(text).found.values()] == ["W3"]


def test_a_key_that_bruno_adds_to_the_query_leaks() -> None:
    block = "\nauth:apikey {{\n  key: api_key\n  value: {{{{key}}}}\n  placement: {}\n}}\n"
    text = filled(BRUNO, value="1")
    (found,) = audit(text.replace("access_token", "a") + block.format("queryparams")).found.values()
    assert (found.finding.rule, found.finding.parameter) == ("L7", "api_key")
    assert audit(text.replace("access_token", "a") + block.format("header")).found == {}


@pytest.mark.parametrize("value", [OPAQUE, "{{token}}"])
def test_a_collection_of_thunder_client_and_of_hoppscotch_is_judged_by_design(value: str) -> None:
    hoppscotch = json.dumps(HOPPSCOTCH, ensure_ascii=False).replace(
        "«value»", value.replace("{{", "<<").replace("}}", ">>")
    )
    for text in (thunder(value), thunder(value, f"https://a.example/x?access_token={value}"), hoppscotch):
        result = audit(text)
        assert (result.read[0].kind, [one.count for one in result.found.values()]) == (Kind.POSTMAN, [1])


def test_the_path_of_a_request_may_go_over_lines() -> None:
    (found,) = audit(f"GET https://a.example\n    /a\n    /b\n    ?page=1\n    &access_token={OPAQUE}\n").found.values()
    assert (found.first.line, found.finding.path_template) == (1, "/a/b")


@pytest.mark.parametrize("text", [filled(JMETER)[:300], filled(SOAPUI).replace("</con:resource>", "</a>")])
def test_a_file_that_is_damaged_is_named(text: str) -> None:
    assert [str(one.reason) for one in audit(text).damage] == ["cannot be read as XML; only its lines were judged"]


@pytest.mark.parametrize(
    "part", ["<a>", "<a/>", "meta {\n", "  a: b\n", "params:query {\n  a: 1\n", "[Query]\na: 1\n", "a : 'b"]
)
def test_hostile_files_take_no_time(part: str) -> None:
    began = time.process_time()
    for head in (
        "<jmeterTestPlan>",
        "<mule><request><query-params>",
        "#%RAML 1.0\n",
        "meta {\n",
        "GET https://a.example/\n",
    ):
        audit(head + (part * 100_000)[:500_000])
    assert time.process_time() - began < cpu_seconds(10)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (filled(BRUNO), "requests of a tool (Bruno, SoapUI, JMeter, Artillery, Tavern, Step CI, Mule), 1 file"),
        (thunder("a"), "collection (Postman, Hoppscotch, Thunder Client), 1 collection"),
        ('{"cells": [{"cell_type": "code", "source": []}], "nbformat": 4}', "notebook (Jupyter), 1 notebook"),
    ],
)
def test_a_report_says_what_was_read(text: str, said: str) -> None:
    assert f": {said}\n" in findings.text(audit(text))
