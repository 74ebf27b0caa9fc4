"""Commands that make the query themselves: URL and data stand apart in them."""

from __future__ import annotations

import json
import time
from unittest import mock

import pytest

from conformance.traffic.audit.readers import lines
from tests.traced import cpu_seconds
from tests.unit.audit_content import OPAQUE, TOKEN, audit, seen

DATA = f"access_token={OPAQUE}"
URL = "https://a.example/query"
LEAKING = {
    "data": f"curl -G {URL} -d {DATA}",
    "data behind": f"curl -G -d '{DATA}' {URL}",
    "long options": f'curl --get "{URL}" --data "{DATA}"',
    "encoded data": f"curl -sS --get {URL} --data-urlencode 'access_token={TOKEN}'",
    "more data": f"curl -G {URL} -d q=1 -d '{DATA}' -o out.json",
    "several in one": f"curl -G {URL} -d 'q=1&{DATA}'",
    "letters together": f"curl -sSLG {URL} -d{DATA}",
    "letters together with data": f"curl -fGd {DATA} {URL}",
    "a quoted value": f'curl -G {URL} -d access_token="{OPAQUE}"',
    "JSON": f"curl --get --json '{DATA}' {URL}",
    "a query beside a body": f"curl --url-query '{DATA}' -d a=b {URL}",
    "get behind": f"curl -d '{DATA}' {URL} -G",
    "a program for Windows": f'C:\\> curl.exe -G "{URL}" -d "{DATA}"',
    "a script": f"for i in 1 2; do TOKEN=x curl -G {URL} -d {DATA}; done",
    "a substitution": f'r=$(curl -G {URL} -d "{DATA}")',
    "a list": f"curl {URL} -d a=b && curl -G {URL} -d {DATA} | jq .",
    "a prompt": f"$ curl -G {URL} -d {DATA}",
    "a log": f"2026-11-20T10:00:00Z INFO exec: /usr/bin/curl -G {URL} -d {DATA} took 3 s",
    "a list of words": json.dumps(["curl", "-G", URL, "-d", DATA]),
    "a list of words without blanks": json.dumps(["curl", "-G", URL, "-d", DATA], separators=(",", ":")),
    "a list of words in a file": f'CMD ["curl", "-G", "{URL}", "-d", "{DATA}"]',
    "JSON in a line": json.dumps({"cmd": f'curl -G {URL} -d "{DATA}"', "status": "ok"}),
    "JSON over lines": json.dumps({"cmd": f"curl -G {URL} \\\n -d '{DATA}'", "status": "ok"}, indent=1),
    "a command over lines": f"a\ncurl -G {URL} \\\n  -H 'Accept: */*' \\\n  -d '{DATA}' \\\n  -d q=1\nb",
    "a command over lines, get last": f"curl {URL} \\\n  -d '{DATA}' \\\n  --get",
    "a command over lines of Windows": f"curl {URL} ^\r\n  -d {DATA} ^\r\n  --get\r\n",
    "a value by itself": f"curl -G {URL} -d \\\n  {DATA}",
    "values behind an equals sign": f"curl --get --url={URL} --data-urlencode='{DATA}'",
    "options in a file": f'# of the job\nurl = "{URL}"\nget\nsilent\ndata-urlencode = "{DATA}"\n',
    "options with marks in a file": f"-G\n--url {URL}\n-d {DATA}\n",
    "a query among options": f"url: {URL}\nurl-query = {DATA}\ndata = a=b\n",
    "the second of two": f"url={URL}\ndata=a=b\nnext\nurl={URL}\nget\ndata={DATA}\n",
    "PowerShell": f"Invoke-RestMethod -Uri {URL} -Method Get -Body @{{ q = 1; access_token = '{OPAQUE}' }}",
    "PowerShell without a method": f'iwr "{URL}" -Body @{{"access_token"="{OPAQUE}"}} | select Content',
    "PowerShell over lines": f"irm -Uri {URL} `\r\n  -Body @{{access_token='{OPAQUE}'}}\r\n",
    "HTTPie": f"http {URL} access_token=={OPAQUE}",
    "HTTPie with a method": f"https -v GET a.example/query q==1 'access_token=={TOKEN}' X-A:b",
    "HTTPie on localhost": f"http :3000/query access_token=={OPAQUE}",
    "HTTPie over lines": f"http GET {URL} \\\n   access_token=={OPAQUE}",
    "xh": f"xhs a.example/query access_token=={OPAQUE}",
}
CLEAN = {
    "a body": f"curl {URL} -d {DATA}",
    "a body behind an equals sign": f"curl --url={URL} --data={DATA}",
    "a body of PowerShell": f"Invoke-RestMethod -Uri {URL} -Method Post -Body @{{ access_token = '{OPAQUE}' }}",
    "a text of PowerShell": f"Invoke-RestMethod -Uri {URL} -Body '{DATA}'",
    "a table behind a command of PowerShell": f"irm {URL}; x -Body @{{ access_token = '{OPAQUE}' }}",
    "a body with a method": f"curl -XGET {URL} -d {DATA}",
    "a body over lines": f"curl -X POST {URL} \\\n  -d '{DATA}' \\\n  -d q=1",
    "a body of a command before": f"curl -d {DATA} {URL}; curl -G {URL} -d q=1",
    "a body of a command behind": f"curl -G {URL} -d q=1 | curl -d {DATA} {URL}",
    "a body on the line behind": f"curl -G {URL} -d q=1\ncurl {URL} -d {DATA}",
    "a command that ends before": f"curl -G {URL}\n-d {DATA}",
    "an option's value": f"curl -o -G {URL} -d {DATA}",
    "a header": f"curl -G {URL} -H 'Authorization: Bearer {TOKEN}' -d q=1",
    "a file": f"curl -G {URL} -d @access_token={OPAQUE}.txt",
    "a variable": f'curl -G {URL} -d "access_token=$TOKEN" --data-urlencode "access_token=${{TOKEN}}"',
    "a placeholder": f"curl -G {URL} -d access_token=YOUR_ACCESS_TOKEN",
    "ordinary data": f"curl -G {URL} --data-urlencode 'q=SELECT Id FROM Account' -d pageToken={OPAQUE}",
    "a form": f"curl {URL} -F {DATA}",
    "options of a body in a file": f"url = {URL}\ndata = {DATA}\n",
    "the first of two": f"url={URL}\ndata={DATA}\nnext\nurl={URL}\nget\ndata=a=b\n",
    "settings": f"url: {URL}\nmethod: get\ndata: {DATA}\n",
    "wget": f"wget {URL} --post-data={DATA}",
    "HTTPie with a body": f"http POST {URL} access_token={OPAQUE}",
    "HTTPie with a header": f"http {URL} access_token:{OPAQUE}",
    "a comparison": f"if (http && access_token=={OPAQUE}) {{",
    "a sentence": f"over http the access_token=={OPAQUE} is checked",
}


@pytest.mark.parametrize("case", LEAKING)
def test_data_of_which_a_command_makes_a_query_leak(case: str) -> None:
    found = seen(audit(LEAKING[case]))
    assert [(rule, place) for rule, place, _, _ in found] in ([("L1", "query")], [("L2", "query")])


@pytest.mark.parametrize("case", CLEAN)
def test_data_of_which_a_command_makes_a_body_are_clean(case: str) -> None:
    assert seen(audit(CLEAN[case])) == []


def test_a_finding_names_the_line_of_the_data_and_the_host() -> None:
    (found,) = audit(LEAKING["a command over lines"]).found.values()
    assert (found.first.line, found.count) == (4, 1)
    assert (found.finding.host, found.finding.path_template) == ("a.example", "/query")


def test_what_stands_in_the_url_itself_is_counted_once() -> None:
    result = audit(f"curl -G https://user:{OPAQUE}@a.example/query?{DATA} -d q=1 -d {DATA}&{DATA}")
    assert [(one.finding.rule, one.count) for one in result.found.values()] == [("L3", 1), ("L2", 2)]


@pytest.mark.parametrize("size", range(40, 200, 7))
@pytest.mark.parametrize("end", ["", "\n"])
def test_a_command_is_read_as_a_whole_wherever_a_text_is_read_in_blocks(size: int, end: str) -> None:
    with mock.patch.object(lines, "BLOCK", size):
        result = audit(f"a\n\n{LEAKING['a command over lines']}\n{LEAKING['a value by itself']}{end}")
    assert [(one.first.line, one.count) for one in result.found.values()] == [(6, 2)]
    assert result.read[0].units == 10


@pytest.mark.parametrize(
    "part",
    ["curl ", "curl -G '", 'curl "', "-d \\\n", "curl -G \\\n", "http a=='", "'\"", "&", " ^\n", '"\\"', "curl -"]
)  # fmt: skip
def test_many_commands_and_quotation_marks_take_no_time(part: str) -> None:
    began = time.process_time()
    audit((part * 100_000)[:500_000] + f" {DATA}\n")
    assert time.process_time() - began < cpu_seconds(5)
