"""What tools that nobody here wrote leave behind, with one leak each."""

from __future__ import annotations

import json
import time

import pytest

from tests.traced import cpu_seconds
from tests.unit.audit_content import LINES, OPAQUE, TOKEN, audit, seen

QUERY = f"access_token={OPAQUE}"
PATH = f"/services/oauth2/singleaccess?{QUERY}"
STRANGERS = {
    # what web servers, balancers and proxies write
    "nginx, error": '2026/11/20 10:00:00 [error] 7#7: *1 connect() failed, request: "GET «P» HTTP/1.1", host: "a"',
    "nginx, JSON": '{"request_method": "GET", "uri": "/x", "args": "«Q»", "status": 200}',
    "nginx, JSON with all": '{"uri": "/x", "args": "«Q»", "request": "GET /x?«Q» HTTP/1.1", "host": "a.example"}',
    "nginx, JSON without a host": '{"uri": "/x", "args": "«Q»", "referer": "", "request": "GET /x?«Q» HTTP/1.1"}',
    "nginx, names and values": 'method=GET uri="/x" args="«Q»" status=200',
    "Apache, error": "[Fri Nov 20 10:00:01.123456 2026] [proxy:error] [pid 77:tid 1] AH00957: failed, referer: «U»",
    "Apache, forensic": "+1234:5|GET «P» HTTP/1.1|Host:a|User-Agent:curl",
    "ModSecurity": "--a1b2-B--\nGET «P» HTTP/1.1\nHost: a\n\n--a1b2-F--",
    "Envoy": '[2026-11-20T10:00:00.000Z] "GET «P» HTTP/1.1" 200 - 0 1 2 - "-" "curl"',
    "Envoy, JSON": '{"authority": "a.example", "method": "GET", ":path": "«P»"}',
    "HAProxy": 'Nov 20 10:00:00 lb haproxy[1]: 1.1.1.1:5 fe~ be/s1 0/0/1/2/3 200 1 - - {a|curl} "GET «P» HTTP/1.1"',
    "Tomcat": "1.1.1.1 GET /x ?«Q» 200",
    "Caddy": '{"logger": "http.log.access", "request": {"host": "a", "uri": "/", "headers": {"Referer": ["«U»"]}}}',
    "IIS, new columns": "#Fields: date cs-uri-stem\r\n2026 /a\r\n#Fields: cs-uri-stem cs-uri-query\r\n/a «Q»\r\n",
    "Zeek": "#separator \\x09\n#fields\tts\tmethod\thost\turi\n1\tGET\ta\t«P»",
    "Varnish": "-   ReqMethod      GET\n-   ReqURL         «P»",
    # what clouds and platforms export
    "CloudTrail": '{"Records": [{"eventName": "x"}, {"requestParameters": {"url": "«U»"}}]}',
    "API gateway": '[{"path": "/a"},\n {"path": "/a", "queryStringParameters": {"access_token": "«T»"}}]',
    "API gateway, many values": '{"path": "/a", "multiValueQueryStringParameters": {"access_token": ["1", "«T»"]}}',
    "WAF": '{"httpRequest": {"uri": "/x", "args": "«Q»", "headers": [{"name": "Host", "value": "a"}]}}',
    "WAF, Referer": '{"httpRequest": {"uri": "/x", "args": "", "headers": [{"name": "Referer", "value": "«U»"}]}}',
    "application gateway": '{"properties": {"requestUri": "/x", "requestQuery": "«Q»"}}',
    "New Relic": '{"request.uri": "/x", "request.method": "GET", "request.parameters.access_token": "«T»"}',
    "Datadog, flat": '{"http.url_details.path": "/x", "http.url_details.queryString.access_token": "«T»"}',
    "Kong": '{"request": {"uri": "«P»", "url": "https://a:8443«P»", "querystring": {"access_token": "«T»"}}}',
    "API gateway, version 2": '{"rawPath": "/x", "rawQueryString": "«Q»", '
    '"queryStringParameters": {"access_token": "«T»"}}',
    "Docker": '{"log": "10.0.0.1 - - [x] \\"GET «P» HTTP/1.1\\" 200 1\\n", "stream": "stdout"}',
    "Docker, JSON in JSON": '{"log": "{\\"path\\": \\"/x\\", \\"query\\": \\"«Q»\\"}\\n", "stream": "stdout"}',
    "Kubernetes": '2026-11-20T10:00:00.0Z stdout F {"path": "/x", "query_string": "«Q»"}',
    "journald": '{"__CURSOR": "s=1", "MESSAGE": "GET «U» answered 400"}',
    "Heroku": '2026-11-20T10:00:00+00:00 heroku[router]: at=info method=GET path="«P»" host=a status=200',
    "syslog with data": '<34>1 2026-11-20T10:00:01Z gw app 77 - [x@1 path="/x" query="«Q»"] m',
    "API gateway, as it runs": "(a1b2) Method request query string: {v=1, «Q»}",
    "a fragment by itself": '{"url": {"path": "/x", "fragment": "«Q»&state=1"}}',
    "a fragment of a span": '{"data": {"url": "https://a.example/x", "http.query": "", "http.fragment": "#«Q»"}}',
    "traces": '{"a": [{"key": "url.path", "value": "/x"}, {"key": "url.query", "value": {"stringValue": "«Q»"}}]}',
    "crash reports": '{"request": {"url": "https://a.example/x", "query_string": [["access_token", "«T»"]]}}',
    "an index": '{"hits": {"hits": [{"_source": {"url": {"path": "/x", "query": "«Q»"}}}]}}',
    "stubs": '{"request": {"urlPath": "/x", "queryParameters": {"access_token": {"equalTo": "«T»"}}}}',
    "simulations": '{"pairs": [{"request": {"path": [{"matcher": "exact", "value": "/x"}], '
    '"query": {"access_token": [{"matcher": "exact", "value": "«T»"}]}}}]}',
    "a workflow of n8n": '{"parameters": {"url": "https://a.example/x", "queryParameters": '
    '{"parameters": [{"name": "access_token", "value": "«T»"}]}}}',
    "a scenario of Make": '{"mapper": {"url": "https://a.example", "qs": [{"name": "access_token", "value": "«T»"}]}}',
    "a logic app": '{"inputs": {"method": "GET", "uri": "https://a.example/x", "queries": {"access_token": "«T»"}}}',
    # what programs and tools write
    "Phoenix": '[debug] %Plug.Conn{method: "GET", request_path: "/x", query_string: "«Q»"}',
    "Cowboy": '#{method => <<"GET">>,path => <<"/x">>, qs => <<"«Q»">>}',
    "urllib3": '2026 DEBUG urllib3.connectionpool https://a.example:443 "GET «P» HTTP/1.1" 400 None',
    "requests": "HTTPSConnectionPool(host='a', port=443): Max retries exceeded with url: «P» (Caused by X)",
    "Werkzeug": '127.0.0.1 - - [20/Nov/2026 10:00:00] "\x1b[33mGET «P» HTTP/1.1\x1b[0m" 404 -',
    "Rails": 'Started GET "«P»" for 127.0.0.1 at 2026-11-20',
    "Go": '2026/11/20 10:00:00 Get "«U»": context deadline exceeded',
    "axios": "AxiosError: Request failed\n  config: {\n    url: '«P»',",
    "curl": "*   Trying 1.1.1.1:443...\n> GET «P» HTTP/2",
    "Salesforce": "62.0 APEX_CODE\n10:00:00.1 (1)|CALLOUT_REQUEST|[5]|System.HttpRequest[Endpoint=«U»]",
    "a browser's driver": '{"message": "{\\"params\\": {\\"request\\": {\\"url\\": \\"«U»\\"}}}"}',
    "a browser's net log": '{"constants": {},\n"events": [\n{"x": 1},\n{"params": {"path": "/x", "query": "«Q»"}}\n]}',
    "GitHub Actions": "2026-11-20T10:00:00.0000000Z \x1b[36;1mcurl «U»\x1b[0m",
    "history of a shell": ": 1732:0;curl https://a.example/x\\?access_token\\=«T»",
    "Charles, JSON": '[{"method": "GET", "scheme": "https", "host": "a", "path": "/x", "query": "«Q»"}]',
    "Charles, XML": '<charles-session><transaction method="GET" path="/x" query="«Q»&amp;a=1"/></charles-session>',
    "Burp": "<?xml version='1.0'?>\n<items><item><url><![CDATA[«U»]]></url></item></items>",
    "Hoppscotch": '{"requests": [{"endpoint": "/x", "params": [{"key": "access_token", "value": "«T»"}]}]}',
    "a saved response": '{"info": {}, "item": [{"response": [{"originalRequest": {"url": {"raw": "«U»"}}}]}]}',
    "an .http file": "### a\nGET https://a.example/x\n?a=1\n&«Q»\nAccept: */*",
    # lines that something took out of a file which names its columns
    "IIS without its head": "2026-11-24 09:00:00 10.0.0.5 GET /x «Q» 443 - 10.0.0.9 Mozilla/5.0+(X11) - 200 0 0 15",
    "IIS of a relay": "Nov 24 09:00:00 web1 w3svc: 2026-11-24 09:00:00 W3SVC1 ::1 POST /x «Q» 443 bob fe80::1 - 200 0",
    "IIS in a record": '{"message": "2026-11-24 09:00:00 10.0.0.5 GET /x «Q» 443 - 10.0.0.9 - 200", "host": "web1"}',
    "IIS without the server": "2026-11-24 09:00:00 GET /x «Q» 443 - 10.0.0.9 Mozilla/5.0+(X11) - 200 0 0 15",
    "IIS without ports": "2026-11-24 09:00:00 10.0.0.5 GET /x «Q» - 10.0.0.9 Mozilla/5.0+(X11) - 200 0 0 15",
    "IIS without both": "2026-11-24 09:00:00 GET /x «Q» - 10.0.0.9 - 200 0 64 15",
    "IIS without addresses": "2026-11-24 09:00:00 GET /x «Q» Mozilla/5.0+(X11) 200 0 0",
    "IIS of a site": "2026-11-24 09:00:00 SITE~1A GET /x «Q» 443 - 9.8.7.6 curl/8 - - a.example 200 0 0 548 1089 31",
    "IIS without addresses, in a record": '{"m": "2026-11-24 09:00:00 W3SVC1 WEB1 GET /x «Q» 443 - - 200 0 0\\r\\n"}',
    "IIS in its own format": "10.0.0.9, -, 11/24/26, 9:00, W3SVC2, WEB1, 10.0.0.5, 45, 163, 3, 200, 0, GET, /x, «Q»,",
    "CloudFront without its head": "2026\t9\tLAX1\t39\t10.0.0.9\tGET\ta.example\t/x\t200\t-\tx\t«Q»\t-\tHit",
    "CloudFront in a record": r'{"a": "2026\t9\tLAX1\t39\t10.0.0.9\tGET\ta.example\t/x\t200\t-\tx\t«Q»\t-\tHit"}',
    "W3C without a blank": "#Fields:date time cs-method cs-uri-stem cs-uri-query\n2026 9 GET /x «Q»",
    "fields of a vendor": '{"reqMethod": "GET", "reqPath": "/x", "queryStr": "«Q»", "statusCode": "200"}',
    # files of any kind
    "a table": "time;host;path;query\n1;a;/x;«Q»",
    "a table of Kibana": '"@timestamp","url.path","url.query"\n"Nov 20, 2026 @ 10:00","/x","«Q»"',
    "a table with tabs": "time\thost\tpath\tquery\n1\ta\t/x\t«Q»",
    "a page": "<a href='https://a.example/x?a=1&amp;«Q»'>a</a>",
    "a script": 'fetch("https:\\/\\/a.example\\/x?a=1\\u0026«Q»");',
    "properties": "login.url=https\\://a.example/x?access_token\\=«T»",
    "TeX": "\\url{https://a.example/x?access\\_token=«T»}",
    "JSON over lines": '{"a": 1}\n{\n  "path": "/x",\n  "query": "«Q»"\n}',
    "JSON in a row": '{"a": 1}{"b": {"c": 2}}{"path": "/x", "query": "«Q»"}',
    "a JSON sequence": '\x1e{"a": 1}\n\x1e{"path": "/x", "query": "«Q»"}\n',
    "a second document": "openapi: 3.0.0\npaths: {}\n---\nopenapi: 3.0.0\nservers:\n  - url: https://a.example/x?«Q»",
    "no scheme": "200 GET a.example/x?«Q» 12ms",
    "a scheme of one's own": "opening myapp://oauth/callback#«Q»&state=1",
    "an encoded URL": "redirect to https%253A%252F%252Fa.example%252Fx%253Faccess_token%253D«T»",
    "an encoded URL in a form": "next=https%3A%2F%2Fa.example%2Fx%3Faccess_token%3D«T»&client_secret=s3cret-of-a-body",
    "a DSN": "DATABASE_URL=postgres://app:«T»@db.example.com:5432/x",
}


def filled(text: str) -> str:
    for mark, value in (("«U»", f"https://a.example{PATH}"), ("«P»", PATH), ("«Q»", QUERY), ("«T»", OPAQUE)):
        text = text.replace(mark, value)
    return text + "\n"


@pytest.mark.parametrize("name", STRANGERS)
def test_the_leak_is_found_once(name: str) -> None:
    """Its parameter alone tells that there is one, and where a layout keeps the query apart, the layout alone."""
    result = audit(filled(STRANGERS[name]))
    assert {one.finding.rule for one in result.found.values()} <= {"L2", "L3", "L4"}
    assert [one.count for one in result.found.values()] == [1]
    assert result.is_complete, result.damage


@pytest.mark.parametrize("name", STRANGERS)
def test_without_the_leak_nothing_is_found(name: str) -> None:
    text = filled(STRANGERS[name].replace("«T»", "{{access_token}}")).replace(QUERY, "page_token=abc&page=2")
    assert audit(text).found == {}


def test_a_line_of_another_layout_is_judged_wherever_it_comes() -> None:
    """Also in an access log of which the beginning has one layout throughout."""
    line = LINES["combined"].replace("«»", "/a?b=c") + "\n"
    upstream = f"upstream GET https://a.example{PATH} failed"
    for other in (upstream, line.replace("curl/8.14.1", f"bot (+https://a.example{PATH})")):
        assert seen(audit(line * 2000 + other)) == [("L2", "query", 2001, 0)]


@pytest.mark.parametrize(
    "text",
    [
        f"POST /oauth/token {QUERY} 443 ms", f"GET /x {QUERY}", f"GET /x body={QUERY} 200 - 10.0.0.9",
        f"GET, /x, then sent {QUERY}", f"logged in: {QUERY} 443 - 10.0.0.9",
        f"2026-11-24 09:00:00 POST /login {QUERY}", f"2026-11-24 09:00:00 POST /login {QUERY} 200 17 3",
        f"2026-11-24 09:00:00 10.0.0.5 POST /login {QUERY} - 200", f"2026-11-24 09:00:00 POST /x {QUERY} took 200 0 0",
        f"at 09:00:00 POST /login {QUERY} - 10.0.0.9 - 200 0 0",
    ],
)  # fmt: skip
def test_what_follows_a_path_is_no_query_where_no_columns_stand_around_it(text: str) -> None:
    """It may be a body."""
    assert audit(text).found == {}


@pytest.mark.parametrize(
    "record",
    [
        {"query": f"UPDATE users SET api_key='{OPAQUE}' WHERE id=1"},
        {"path": "/x", "query": f"SELECT * FROM users WHERE access_token = '{OPAQUE}'"},
        {"path": "/graphql", "query": 'mutation { login(password: "hunter2abc") { token } }'},
        {"ns": "db.s", "op": "query", "query": {"access_token": OPAQUE}},
        {"path": "/usr/bin/deploy", "args": f"--api-key={OPAQUE} --now"},
        {"process": {"args": ["deploy", f"--password={OPAQUE}", f"access_token={OPAQUE}"], "path": "/usr/bin/x"}},
        {"method": "POST", "path": "/login", "params": {"user": "a", "password": OPAQUE}},
        {"path": "/login", "params": [{"key": "client_secret", "value": OPAQUE}], "method": "POST"},
        {"jsonrpc": "2.0", "method": "login", "params": {"password": OPAQUE}},
        {"request.uri": "/login", "request.method": "POST", "request.parameters.password": OPAQUE},
        {"eventName": "CreateDBInstance", "requestParameters": {"masterUserPassword": OPAQUE}},
    ],
)
def test_a_query_of_a_database_the_words_of_a_command_and_a_body_are_no_query_of_a_url(record: object) -> None:
    assert audit(json.dumps(record)).found == {}
    assert audit(json.dumps([{"a": 1}, record], indent=1)).found == {}


@pytest.mark.parametrize(
    "record",
    [
        {"req": {"method": "POST", "url": "/x", "query": {"access_token": OPAQUE}}},
        {"http": {"url": "/x"}, "query": {"access_token": OPAQUE}},
        {"method": "GET", "path": "/x", "params": {"access_token": OPAQUE}},
        {"uri": "/x", "request_method": "POST", "args": QUERY},
        {"query": QUERY},
    ],
)
def test_a_query_of_a_vague_name_is_one_beside_what_was_asked_for(record: object) -> None:
    assert [one[:2] for one in seen(audit(json.dumps(record)))] == [("L2", "query")]


@pytest.mark.parametrize("before", ["", "/9j/"])
def test_a_picture_as_base64_has_no_path(before: str) -> None:
    """Characters that look like a vendor's token follow a slash in it sooner or later."""
    picture = f"{before}iVBORw0KGgo+{'Qk7wn2Kc9Zr4Tm8Vb5Yx' * 9}+/EAA{'Zx9' * 20}/{'Lp6Hd3Gs0FjQ' * 9}=="
    assert audit(f'{{"logo": "{picture}"}}\nimage: {picture}\n').found == {}
    assert len(audit(f"GET /a/EAA{'Zx9' * 20}/b HTTP/1.1").found) == 1


@pytest.mark.parametrize("zeros", [64, 5000, 60_000])
def test_zeros_in_a_log_do_not_hide_it(zeros: int) -> None:
    """A machine that loses its power leaves them."""
    line = LINES["combined"].replace("«»", "/a?b=c") + "\n"
    result = audit(line.encode() * 20 + bytes(zeros) + f"\nGET https://a.example{PATH}\n".encode() + line.encode())
    assert [one[:2] for one in seen(result)] == [("L2", "query")]
    assert result.is_complete


def test_a_first_url_after_many_lines_is_found() -> None:
    assert seen(audit("job finished, 0 errors\n" * 9000 + f"GET https://a.example{PATH}")) == [("L2", "query", 9001, 0)]


@pytest.mark.parametrize("text", ["GET /session/«» 200", "proxying /session/«»/data", '{"msg": "GET /session/«»"}'])
def test_a_token_in_a_path_is_found(text: str) -> None:
    assert [one[:2] for one in seen(audit(text.replace("«»", TOKEN)))] == [("L1", "path")]


@pytest.mark.parametrize("mask", ["<redacted>", "&lt;redacted&gt;", "<hidden>", "[redacted]", "{redacted}"])
def test_a_mask_before_a_token_hides_nothing(mask: str) -> None:
    found = seen(audit(f"GET https://a.example/x?access_token={mask}{TOKEN[4:]} 200"))
    assert [one[:2] for one in found] == [("L8", "query")]


def test_a_record_of_many_lines_is_named_by_the_line_of_the_url() -> None:
    """By the first one of its record where the URL does not stand there as it is."""
    record = {
        "first": {"url": "https://a.example/x?a=b"},
        "links": [f"https://a.example/{path}?{QUERY}" for path in ("x", "y", "z")],
    }
    assert [one[2] for one in seen(audit(json.dumps([record, record], indent=1)))] == [7, 8, 9]
    parted = {"a": 1, "request": {"path": "/x", "query": {"access_token": OPAQUE}}}
    assert [one[2] for one in seen(audit(json.dumps([{"b": 2}, parted], indent=1)))] == [5]
    repeated = {"a": f"https://a.example/x?{QUERY}", "b": 1, "c": f"see https://a.example/y?{QUERY} and so on"}
    assert [one[2] for one in seen(audit(json.dumps(repeated, indent=1)))] == [2, 4]


@pytest.mark.parametrize(("name", "value"), [("name", "value"), ("key", "value"), ("Name", "Value")])
@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize("backwards", [False, True])
def test_a_query_as_a_list_of_names_and_values_is_read(
    name: str, value: str, indent: int | None, *, backwards: bool
) -> None:
    pairs = [{name: "a", value: "b"}, {name: "access_token", value: OPAQUE}]
    if backwards:
        pairs = [dict(reversed(pair.items())) for pair in pairs]
    request = {"url": "https://a.example/x", "queryString": pairs}
    assert [one[:2] for one in seen(audit(json.dumps({"request": request}, indent=indent)))] == [("L2", "query")]


@pytest.mark.parametrize(
    "text",
    [
        json.dumps({"links": {f"u{n}": f"https://a.example/{n}?{QUERY}" for n in range(4000)}}, indent=1),
        json.dumps([f"see https://a.example/{n}?b=c&amp;{QUERY}" for n in range(4000)]).replace("/", "\\/"),
        json.dumps({"text": "\n".join(f"https://a.example/{n}?{QUERY}" for n in range(4000))}),
        "\\" * 400_000 + f" https://a.example/1?{QUERY}",
        f"{'ab0' * 300_000} https://a.example/1?{QUERY}",
        f"{'1.1.1.1 GET /' * 40_000} https://a.example/1?{QUERY}",
        f"{'2026-11-24 09:00:00 GET /x - 200 0 ' * 20_000} https://a.example/1?{QUERY}",
    ],
    ids=["members", "escaped", "text", "backslashes", "digits", "addresses", "dates"],
)  # fmt: skip
def test_many_urls_and_strange_runs_cost_no_more_than_their_length(text: str) -> None:
    began = time.process_time()
    assert sum(one.count for one in audit(text).found.values()) >= 1
    assert time.process_time() - began < cpu_seconds(8)
