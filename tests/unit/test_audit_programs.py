"""Programs and scripts that put a query together: name and value are no URL where they stand."""

from __future__ import annotations

import json
import time

import pytest

from conformance.traffic.audit.formats import Kind
from tests.traced import cpu_seconds
from tests.unit.audit_content import OPAQUE, TOKEN, audit, seen

U = "https://a.example/query"
LEAKING = {
    "requests": f"import requests\nr = requests.get('{U}', params={{'q': 1, 'access_token': '{OPAQUE}'}})\n",
    "requests over lines": f"r = requests.post(\n    URL,\n    params={{\n"
    f"        'access_token': '{OPAQUE}',\n    }},\n    json={{}},\n)",
    "a session": f"    self.session.request('GET', url, headers=h, params={{'access_token': '{TOKEN}'}})",
    "httpx": f"client = httpx.Client(base_url=U, params={{'api_key': '{OPAQUE}'}})",
    "Locust": f"class U(HttpUser):\n    @task\n    def a(self):\n"
    f"        self.client.get('/x', params={{'access_token': '{OPAQUE}'}})",
    "a table with a name": f"params = {{'access_token': '{OPAQUE}'}}\nr = requests.get(url, params=params)\n",
    "a table with a type": f"payload: dict[str, str] = {{\n    'access_token': '{OPAQUE}',\n}}\n"
    f"requests.get(url, params=payload)\n",
    "Flask": f"client.get('/x', query_string={{'access_token': '{OPAQUE}'}})",
    "axios": f"axios.get(url, {{\n  params: {{ access_token: '{OPAQUE}' }},\n}});",
    "axios with settings": f"axios({{ method: 'post', url, params: {{ access_token: '{OPAQUE}' }} }})",
    "axios with a short name": f"const params = {{ access_token: '{OPAQUE}' }};\nawait api.get('/x', {{ params }});",
    "an instance": f"const api = axios.create({{ baseURL, params: {{ api_key: '{OPAQUE}' }} }});",
    "Angular": f"this.http.get<User>(url, {{params: {{access_token: '{OPAQUE}'}}}})",
    "got": f"got(url, {{searchParams: {{access_token: '{OPAQUE}'}}}})",
    "request": f"request.post({{url, qs: {{access_token: '{OPAQUE}'}}, json: true}})",
    "superagent": f"request.get(url).set('a', 'b').query({{access_token: '{OPAQUE}'}})",
    "jQuery": f"$.getJSON(url, {{access_token: '{OPAQUE}'}}, done);",
    "Guzzle": f"$client->request('GET', '/x', ['query' => ['access_token' => '{OPAQUE}']]);",
    "HTTParty": f"HTTParty.get(url, query: {{ access_token: '{OPAQUE}' }})",
    "RestClient": f"RestClient.get(url, {{params: {{:access_token => '{OPAQUE}'}}}})",
    "Dio": f"dio.get('/x', queryParameters: {{'access_token': '{OPAQUE}'}});",
    "resty": f'client.R().SetQueryParams(map[string]string{{"access_token": "{OPAQUE}"}}).Get(u)',
    "URL": f"const u = new URL(x);\nu.searchParams.set('access_token', '{OPAQUE}');",
    "OkHttp": f'url.newBuilder().addQueryParameter("access_token", "{OPAQUE}").build()',
    "REST Assured": f'given().queryParam("access_token", "{OPAQUE}").when().get("/x")',
    "Flurl": f'await url.SetQueryParam("access_token", "{OPAQUE}").GetAsync();',
    "Android": f'uri.buildUpon().appendQueryParameter("access_token", "{OPAQUE}")',
    "Swift": f'URLQueryItem(name: "access_token", value: "{OPAQUE}")',
    "a shell": f'#!/bin/sh\nTOKEN={OPAQUE}\ncurl -s "$URL?access_token=$TOKEN"\n',
    "a shell on one line": f'T0K={TOKEN}; curl "$URL?access_token=${{T0K}}"',
    "a shell with marks": f"export TOKEN='{OPAQUE}' # of the sandbox\ncurl {U}?access_token=$TOKEN\n",
    "a loop of a shell": f'TOKEN="{OPAQUE}"\nfor i in 1 2; do\n  curl "{U}?i=$i&access_token=$TOKEN"\ndone\n',
    "Windows": f"set TOKEN={OPAQUE}\r\ncurl {U}?access_token=%TOKEN%\r\n",
    "PowerShell": f'$env:TOKEN = "{OPAQUE}"\nirm "{U}?access_token=$env:TOKEN"\n',
    "an f-string": f'TOKEN = "{OPAQUE}"\n\ndef f():\n    return requests.get(f"{U}?access_token={{TOKEN}}")\n',
    "a template": f"const token = '{OPAQUE}';\nhttp.get(`${{BASE}}/x?access_token=${{token}}`);\n",
    "k6": f"import http from 'k6/http';\nconst TOKEN = '{OPAQUE}';\nexport default function () {{\n"
    f"  http.get(`{U}?access_token=${{TOKEN}}`);\n}}\n",
    "two texts": f'private static final String TOKEN = "{OPAQUE}";\nString u = BASE + "?access_token=" + TOKEN;\n',
    "more texts": f'token = "{OPAQUE}"\nu = base + "?a=" + a + "&access_token=" + token\n',
    "a format": f'token := "{OPAQUE}"\nu := fmt.Sprintf("{U}?access_token=%s", token)\n',
    "a format of Python": f'token = "{OPAQUE}"\nu = "{U}?access_token={{}}".format(token)\n',
    "PHP": f"<?php\n$token = '{OPAQUE}';\nfile_get_contents('{U}?access_token=' . $token);\n",
    "a table with a variable": f'TOKEN = "{OPAQUE}"\nrequests.get(url, params={{"access_token": TOKEN}})\n',
    "a class": f'class A {{\n    private static final String TOKEN = "{OPAQUE}";\n    void f() {{\n'
    f'        get("{U}?access_token=" + TOKEN);\n    }}\n}}\n',
    "a query of Go": f'q := u.Query()\nq.Set("access_token", "{OPAQUE}")\nu.RawQuery = q.Encode()\n',
    "values of Go": f'v := url.Values{{}}\nv.Add("access_token", "{OPAQUE}")\nhttp.Get("{U}?" + v.Encode())\n',
    "a format of Go": f'const key = "{OPAQUE}"\nu := fmt.Sprintf("{U}?access_token=%s&page=%d", key, 2)\n',
    "reqwest": f'client.get(U).header("a", "b").query(&[("access_token", "{OPAQUE}")]).send()',
    "a URL of Rust": f'url.query_pairs_mut().clear().append_pair("access_token", "{OPAQUE}");',
    "Ktor": f'client.get(U) {{\n  url {{ parameters.append("access_token", "{OPAQUE}") }}\n}}',
    "Swift's texts": f'let key = "{OPAQUE}"\nlet u = URL(string: "{U}?access_token=\\(key)")!\n',
    "a query of C#": f'var q = HttpUtility.ParseQueryString("");\nq["access_token"] = "{OPAQUE}";\n'
    f'builder.Query = q.ToString();\n',
    "ASP.NET": f'QueryHelpers.AddQueryString("{U}", "access_token", "{OPAQUE}");',
    "http_build_query": f"$u = '{U}?' . http_build_query(['access_token' => '{OPAQUE}']);",
    "a constant of PHP": f"<?php\ndefine('KEY', '{OPAQUE}');\nget('{U}?access_token=' . KEY);\n",
    "Laravel": f"Http::withQueryParameters(['access_token' => '{OPAQUE}'])->get('/x');",
    "encode_www_form": f"uri.query = URI.encode_www_form(access_token: '{OPAQUE}', page: 2)",
    "Ruby without brackets": f"RestClient.get '{U}', {{params: {{access_token: '{OPAQUE}'}}}}",
    "Ruby's texts": f'KEY = \'{OPAQUE}\'\nURI.open("{U}?access_token=#{{KEY}}")\n',
    "Faraday": f"Faraday.new(url: U, params: {{'access_token' => '{OPAQUE}'}})",
    "Perl": f"$uri->query_form(access_token => '{OPAQUE}', page => 2);",
    "Perl's texts": f"my $key = '{OPAQUE}';\n$ua->get(\"{U}?access_token=$key\");\n",
    "fetch": f"fetch('{U}?' + new URLSearchParams({{ access_token: '{OPAQUE}' }}));",
    "a fetch with a name": f"const q = {{ access_token: '{OPAQUE}' }};\nfetch(`{U}?${{new URLSearchParams(q)}}`);\n",
    "urlencode": f"u = U + '?' + urlencode({{'access_token': '{OPAQUE}'}})",
    "pairs": f"requests.get(url, params=[('q', 'a'), ('access_token', '{OPAQUE}')])",
    "params of a session": f"s = requests.Session()\ns.params = {{'access_token': '{OPAQUE}'}}\n",
    "HttpClient of Java": f'new URIBuilder(U)\n  .addParameter("access_token", "{OPAQUE}").build();',
    "Scala": f'requests.get(U, params = Map("access_token" -> "{OPAQUE}"))',
    "Dart": f"Uri.https('a.example', '/x', {{'access_token': '{OPAQUE}'}});",
    "Elixir": f'HTTPoison.get!(U, [], params: %{{access_token: "{OPAQUE}"}})',
    "Elixir's texts": f'@key "{OPAQUE}"\ndef f, do: Req.get!("{U}?access_token=#{{@key}}")\n',
    "R": f'GET(U, query = list(access_token = "{OPAQUE}", page = 2))',
    "httr2": f'req <- request(U) |> req_url_query(access_token = "{OPAQUE}")',
    "Julia": f'HTTP.get(U; query=Dict("access_token" => "{OPAQUE}"))',
    "Lua": f'httpc:request_uri(U, {{ query = {{ access_token = "{OPAQUE}" }} }})',
    "Lua's texts": f'local key = "{OPAQUE}"\nget("{U}?access_token=" .. key)\n',
    "cpr": f'cpr::Get(U, cpr::Parameters{{{{"access_token", "{OPAQUE}"}}}});',
    "Qt": f'q.addQueryItem("access_token", "{OPAQUE}");',
    "C": f'#define API_KEY "{OPAQUE}"\nopen("{U}?access_token=" API_KEY);\n',
    "Arduino": f'const char* key = "{OPAQUE}";\nString u = String("{U}?access_token=") + key;\n',
    "Objective-C": f'NSString *key = @"{OPAQUE}";\n[NSString stringWithFormat:@"{U}?access_token=%@", key];\n',
    "Visual Basic": f'Dim key As String = "{OPAQUE}"\nDim u = "{U}?access_token=" & key\n',
    "make": f'KEY := {OPAQUE}\nget:\n\tcurl "{U}?access_token=$(KEY)"\n',
    "a Dockerfile": f'FROM alpine\nARG KEY={OPAQUE}\nRUN wget "{U}?access_token=${{KEY}}"\n',
    "Terraform": f'variable "key" {{\n  default = "{OPAQUE}"\n}}\nx = "{U}?access_token=${{var.key}}"\n',
    "Ansible": f'- vars:\n    key: {OPAQUE}\n  tasks:\n    - uri:\n        url: "{U}?access_token={{{{ key }}}}"\n',
    "GitHub Actions": f'env:\n  KEY: {OPAQUE}\njobs:\n  a:\n    - run: curl "{U}?access_token=$KEY"\n',
    "ureq": f'ureq::get(U).query("access_token", "{OPAQUE}").call()?;',
    "a query of Qt": f'QUrlQuery query{{{{"access_token", "{OPAQUE}"}}}};',
    "Akka": f'Uri(U).withQuery(Query("access_token" -> "{OPAQUE}"))',
    "URLSearchParams": f"p = new URLSearchParams();\np.append('access_token', '{OPAQUE}');\nfetch(U + '?' + p);\n",
    "URLSearchParams of a table": f"p = new URLSearchParams({{ access_token: '{OPAQUE}' }});\nget(`/x?${{p}}`);\n",
    "HttpParams": f"const params = new HttpParams().set('access_token', '{OPAQUE}');",
    "WordPress": f"$u = add_query_arg('access_token', '{OPAQUE}', $u);",
    "an encoded variable": f'String key = "{OPAQUE}";\nget("{U}?access_token=" + URLEncoder.encode(key, UTF_8));\n',
    "R's texts": f'key <- "{OPAQUE}"\nGET(paste0("{U}?access_token=", key))\n',
    "Erlang": f'Key = "{OPAQUE}",\nhttpc:request("{U}?access_token=" ++ Key).\n',
    "OCaml": f'let key = "{OPAQUE}"\nlet u = "{U}?access_token=" ^ key\n',
    "Tcl": f'set key "{OPAQUE}"\nhttp::geturl "{U}?access_token=$key"\n',
    "fish": f'set -x KEY {OPAQUE}\ncurl "{U}?access_token=$KEY"\n',
    "Karate": f"  Given url U\n  And param access_token = '{OPAQUE}'\n",
}  # fmt: skip
CLEAN = {
    "values of Go in a form": f'v := url.Values{{}}\nv.Add("access_token", "{OPAQUE}")\nhttp.PostForm(U, v)\n',
    "a form of C#": f'var q = HttpUtility.ParseQueryString("");\nq["access_token"] = "{OPAQUE}";\nPost(q);\n',
    "a form of PHP": f"curl_setopt($c, CURLOPT_POSTFIELDS, http_build_query(['access_token' => '{OPAQUE}']));",
    "a form of Ruby": f"RestClient.post '{U}', {{params: {{access_token: '{OPAQUE}'}}}}",
    "a form of fetch": f"fetch('{U}?a=1', {{ body: new URLSearchParams({{ access_token: '{OPAQUE}' }}) }});",
    "a form of Python": f"urlopen(U + '?a=1', data=urlencode({{'access_token': '{OPAQUE}'}}))",
    "pairs of a form": f"requests.post(url, params=[('q', 'a')], data=[('access_token', '{OPAQUE}')])",
    "headers of a session": f"s = requests.Session()\ns.headers = {{'access_token': '{OPAQUE}'}}\ns.params = {{}}\n",
    "headers of R": f'GET(U, query = list(page = 2), add_headers(access_token = "{OPAQUE}"))',
    "headers of Scala": f'requests.get(U, params = Map("q" -> "a"), headers = Map("access_token" -> "{OPAQUE}"))',
    "headers of Lua": f'httpc:request_uri(U, {{ query = {{}}, headers = {{ access_token = "{OPAQUE}" }} }})',
    "URLSearchParams as a body": f"const p = new URLSearchParams();\np.append('access_token', '{OPAQUE}');\n"
    f"fetch(U, {{ body: p }});\n",
    "a form of a table": f"const p = new URLSearchParams({{ access_token: '{OPAQUE}' }});\npost(`/x?a=1`, p);\n",
    "a list of R": f'key <- "{OPAQUE}"\nlog("GET {U}?access_token=", key)\n',
    "a body": f"requests.post(url, data={{'access_token': '{OPAQUE}'}})",
    "JSON": f"requests.post(url, json={{'params': {{'access_token': '{OPAQUE}'}}}})",
    "headers": f"requests.get(url, params={{'q': 1}}, headers={{'X-Api-Key': '{OPAQUE}'}})",
    "a table of headers": f"headers = {{'access_token': '{OPAQUE}'}}\n"
    f"requests.get(url, params=params, headers=headers)\n",
    "a table without a use": f"params = {{'access_token': '{OPAQUE}'}}\ndb.execute(sql, params)\n",
    "a database": f"session.execute(sql, params={{'password': '{OPAQUE}'}})",
    "a remote procedure": f"rpc.request({{ method: 'login', params: {{ password: '{OPAQUE}' }} }})",
    "a call of a chain": f"provider.send({{ method: 'eth_sign', params: {{ private_key: '{OPAQUE}' }} }})",
    "a test of Rails": f"post :create, params: {{ user: {{ password: '{OPAQUE}' }} }}\n"
    f"post(:create, params: {{ password: '{OPAQUE}' }})",
    "a test of WebTest": f"self.app.post('/login', params={{'password': '{OPAQUE}'}})",
    "a screen": f"navigation.navigate('Home', {{ params: {{ session_token: '{OPAQUE}' }} }})",
    "a document store": f"db.users.find({{ query: {{ password: '{OPAQUE}' }} }})",
    "a form of axios": f"axios.post(url, {{ params2: {{ access_token: '{OPAQUE}' }} }})",
    "a placeholder": "requests.get(url, params={'access_token': 'YOUR_ACCESS_TOKEN'})\n"
    "u.searchParams.set('api_key', '<api key>');",
    "a default": f'request.getQueryParameter("access_token", "{OPAQUE}")',
    "a header": f'TOKEN={OPAQUE}\ncurl -H "Authorization: Bearer $TOKEN" "$URL?a=1"\n',
    "a form of a shell": f'PW={OPAQUE}\ncurl "$URL?a=1" -d "user=me&password=$PW"\n',
    "a form of a program": f'pw = "{OPAQUE}"\nbody = "grant_type=password&password=" + pw\n',
    "a connection string": f'KEY = "{OPAQUE}"\ns = f"AccountName=a;AccountKey={{KEY}};Endpoint=https://a.example/x"\n',
    "words": 'TOKEN="changeme"\ncurl "$URL?page=1&lang=$TOKEN"\n',
    "a public value": f'CLIENT={OPAQUE}\ncurl "$URL?client_id=$CLIENT"\n',
}  # fmt: skip


@pytest.mark.parametrize("case", LEAKING)
def test_what_a_program_puts_into_a_query_leaks_once(case: str) -> None:
    result = audit(LEAKING[case])
    assert [(rule, place) for rule, place, _, _ in seen(result)] in ([("L1", "query")], [("L2", "query")])
    assert [one.count for one in result.found.values()] == [1]


@pytest.mark.parametrize("case", CLEAN)
def test_what_may_be_a_body_or_another_value_is_clean(case: str) -> None:
    assert seen(audit(CLEAN[case])) == []


def test_a_finding_names_the_line_of_the_parameter_and_the_host() -> None:
    (table,) = audit(LEAKING["requests over lines"]).found.values()
    (variable,) = audit(LEAKING["a shell with marks"]).found.values()
    assert (table.first.line, variable.first.line, variable.finding.host) == (4, 2, "a.example")


def test_what_is_in_a_url_too_is_counted_there_alone() -> None:
    record = f'call {{"url": "{U}", "method": "GET", "params": {{"access_token": "{OPAQUE}"}}}}\n'
    assert [one.count for one in audit(record).found.values()] == [1]


@pytest.mark.parametrize(
    "part",
    ["params={'access_token': '", "({[", "TOKEN=abc ", "?access_token=$TOKEN ", "\nTOKEN='a'\nu?access_token=$TOKEN",
     "queryParam(", "x.get({params: {password: 'abcdefgh'", "\n  x", "\"'", ".query(", "access_token: TOKEN,\n",
     "URIBuilder(", "?a=%s", '("access_token", "', "q.Set(\"a\", \"abc\")\n", "define(", "url { ", ".query(&[(", "Map(",
     ".AddQueryString(a, ", "query_pairs_mut().a(", 'variable "abc" {\n', "a.get 'b', ", "k: v\n", "Uri.http(a, ",
     "HttpParams().a()", "::get(a).query(", "q.append('token', 'q7Wn2Kc9Zr4Tm8Vb5Yx1'); URLSearchParams(",
     "p = urlencode({", "?token=', abc, paste(", "set abc "],
)  # fmt: skip
def test_hostile_programs_take_no_time(part: str) -> None:
    began = time.process_time()
    audit((part * 100_000)[:250_000] + f" access_token={OPAQUE}\n")
    assert time.process_time() - began < cpu_seconds(5)


@pytest.mark.parametrize(
    ("query", "parameters"),
    [
        ("?access_token=${{ secrets.TOKEN }}", ["access_token"]),
        ("?page=1&key=${{secrets.API_KEY}}", ["key"]),
        ("?site=${{ secrets.SITE }}", []),
        ('" -d "password=${{ secrets.TOKEN }}', []),
    ],
)
def test_a_secret_of_a_workflow_in_a_query_leaks_by_design(query: str, parameters: list[str]) -> None:
    found = audit(f'jobs:\n  a:\n    steps:\n      - run: curl "{U}{query}"\n').found.values()
    assert [(one.finding.rule, one.finding.parameter, one.first.line) for one in found] == [
        ("L7", name, 4) for name in parameters
    ]


def test_the_token_of_a_workflow_is_what_no_file_shows() -> None:
    (found,) = audit(
        f'jobs:\n  a:\n    steps:\n      - run: curl "{U}?access_token=${{{{ github.token }}}}"\n'
    ).found.values()
    assert (found.finding.rule, found.finding.parameter) == ("W3", "access_token")


def notebook(*cells: str, indent: int | None = 1) -> str:
    written = [
        {"cell_type": "code", "metadata": {}, "source": cell.splitlines(keepends=True), "outputs": []} for cell in cells
    ]
    return json.dumps({"cells": written, "nbformat": 4}, indent=indent)


@pytest.mark.parametrize("indent", [1, None])
def test_the_cells_of_a_notebook_are_one_program(indent: int | None) -> None:
    one, other = f"import requests\nTOKEN = '{OPAQUE}'\n", f"requests.get(\n  f'{U}?access_token={{TOKEN}}'\n)"
    result = audit(notebook(one, other, indent=indent))
    (found,) = result.found.values()
    assert (result.read[0].kind, found.finding.rule, found.count) == (Kind.NOTEBOOK, "L2", 1)
    assert found.first.line == (1 if indent is None else 17)
    assert seen(audit(notebook(one, "requests.get(url)"))) == []


def test_what_stands_in_the_output_of_a_notebook_is_judged_too() -> None:
    text = notebook("a").replace('"outputs": []', f'"outputs": [{{"text": ["GET {U}?access_token={OPAQUE}"]}}]')
    assert [one[0] for one in seen(audit(text))] == ["L2"]


def test_what_only_begins_as_a_notebook_costs_nothing() -> None:
    assert audit('{"cells": [{"metadata": 1}, 2, {"cell_type": "code", "source": 3}], "nbformat": 4}').is_complete
    (damage,) = audit('{"cells": [{"cell_type": \t').damage
    assert damage.reason == "is neither JSON nor YAML that can be read; only its lines were judged"
