"""URLs that Salesforce code and metadata build with a session id or another credential, by file and line."""

from __future__ import annotations

import pytest

from conformance.traffic.audit.formats import Kind, kind_of
from tests.unit.audit_content import audit

XML = '<?xml version="1.0" encoding="UTF-8"?>\n<{0} xmlns="http://soap.sforce.com/2006/04/metadata">\n{1}\n</{0}>\n'


def apex(*lines: str) -> str:
    return "\n".join(("public with sharing class Made {", "  void go() {", *lines, "  }", "}", ""))


def page(*lines: str) -> str:
    return "\n".join(('<apex:page controller="Made">', *lines, "</apex:page>", ""))


def metadata(kind: str, *lines: str) -> str:
    return XML.format(kind, "\n".join(lines))


def s_control(*lines: str) -> str:
    return "\n".join(("<html>", "<body>", *lines, "</body>", "</html>", ""))


def aura(*lines: str) -> str:
    return "\n".join(("({", "  go : function(component, event, helper) {", *lines, "  }", "})", ""))


def lwc(*lines: str) -> str:
    begin = ("import { LightningElement, api } from 'lwc';", "export default class Made extends LightningElement {")
    return "\n".join((*begin, *lines, "}", ""))


PLACED = {
    "a frontdoor": (apex("String u = base + '/secur/frontdoor.jsp?sid=' + UserInfo.getSessionId();"), 3, "sid"),
    "over lines": (
        apex("String u = base", "  + '/servlet/servlet.su?oid=' + org", "  + '&sid=' + UserInfo.getSessionId();"),
        5,
        "sid",
    ),
    "a variable": (
        apex("String s = UserInfo.getSessionId();", "return new PageReference('https://a.example.com/x?t=' + s);"),
        4,
        "t",
    ),
    "encoded": (
        apex("req.setEndpoint(a + '/x?session=' + EncodingUtil.urlEncode(UserInfo.getSessionId(), 'UTF-8'));"),
        3,
        "session",
    ),
    "a page reference": (apex("page.getParameters().put('sid', UserInfo.getSessionId());"), 3, "sid"),
    "a format": (
        apex("String u = String.format('https://a.example.com/?sid={0}', new List<String>{UserInfo.getSessionId()});"),
        3,
        "sid",
    ),
    "an addition": (
        apex("String url = 'https://a.example.com/';", "url += '&sid=' + UserInfo.getSessionId();"),
        4,
        "sid",
    ),
    "a key of the settings": (apex("req.setEndpoint(s.Url__c + '?api_key=' + s.Key__c);"), 3, "api_key"),
    "a named credential": (
        apex("req.setEndpoint('callout:Weather/now?appid={!$Credential.Password}');"),
        3,
        "appid",
    ),
    "a trigger": (
        "trigger T on Account (before insert) {\n  String u = '/x?sid=' + UserInfo.getSessionId();\n}\n",
        2,
        "sid",
    ),
    "an anchor": (page('<a href="/x?sid={!$Api.Session_ID}">x</a>'), 2, "sid"),
    "a formula": (page("<iframe src=\"{!'https://a.example.com/?s=' & GETSESSIONID()}\"/>"), 2, "s"),
    "URLFOR": (page('<a href="{!URLFOR($Page.Other, null, [sid=$Api.Session_ID])}">x</a>'), 2, "sid"),
    "an output link": (
        page('<apex:outputLink value="/x">', '<apex:param name="sid" value="{!$Api.Session_ID}"/>x</apex:outputLink>'),
        3,
        "sid",
    ),
    "a script of a page": (page("<script>", "var s = '{!$Api.Session_ID}';", "window.open('/x?sid=' + s);"), 4, "sid"),
    "a custom link": (
        metadata("CustomObject", "<webLinks>", "<url>https://a.example.com/?x=1&amp;sessionId={!API.Session_ID}</url>"),
        4,
        "sessionId",
    ),
    "a custom link with a key": (
        metadata("WebLink", "<url>https://a.example.com/?id={!Account.Id}&amp;api_key={!$Setup.S__c.K__c}</url>"),
        3,
        "api_key",
    ),
    "a tab": (metadata("CustomTab", "<url>https://a.example.com/?sid={!API.Session_ID}&amp;x=1</url>"), 3, "sid"),
    "a formula field": (
        metadata(
            "CustomField", "<formula>HYPERLINK(&quot;https://a.example.com/?s=&quot; &amp; $Api.Session_ID)</formula>"
        ),
        3,
        "s",
    ),
    "a flow": (metadata("Flow", "<stringValue>/x?sid={!$Api.Session_ID}</stringValue>"), 3, "sid"),
    "an aura controller": (aura("var url = '/apex/Go?mysid={!$Api.Session_ID}&x=' + y;"), 3, "mysid"),
    "a web component": (lwc("go() {", "window.open(`/x?a=1&access_token=${this.token}`);", "}"), 4, "access_token"),
    "a query in a variable": (
        page("<script>", "var s = '{!$Api.Session_ID}';", 'var q = "a=1&s=" + s;', "location.href = base + '?' + q;"),
        4,
        "s",
    ),
    "a variable that holds a URL": (
        page("<script>", 'var m = "https://a.example.com/x";', 'm += "?a=1";', 'm += "&s={!$Api.Session_ID}";'),
        5,
        "s",
    ),
    "a parameter in a text of its own": (
        apex("go('https://a.example.com/x?' + 's=' + UserInfo.getSessionId());"),
        3,
        "s",
    ),
    "a first parameter in a statement of its own": (
        page("<script>", "src = 'https://a.example.com/x?';", "src = src + 'token=' + escape(auth_token) + '&a=1';"),
        4,
        "token",
    ),
    "an attribute": (page('<apex:iframe width="1" src="{!base}&s={!$Api.Session_ID}"/>'), 2, "s"),
    "a format of two": (
        apex("String u = String.format('/x?sid={0}&retURL={1}', new List<String>{UserInfo.getSessionId(), '/'});"),
        3,
        "sid",
    ),
    "parameters in a variable": (
        apex("Map<String, String> p = Page.Go.getParameters();", "p.put('s', UserInfo.getSessionId());"),
        4,
        "s",
    ),
    "search parameters": (page("<script>", "u.searchParams.set('s', '{!$Api.Session_ID}');"), 3, "s"),
    "a variable that is encoded": (
        apex("String s = EncodingUtil.urlEncode(UserInfo.getSessionId(), 'UTF-8');", "String u = '/x?t=' + s;"),
        4,
        "t",
    ),
    "a function": (lwc("go() {", "fetch('/x?access_token=' + this.getToken());", "}"), 4, "access_token"),
    "the AJAX toolkit": (page("<script>", "open('/x?s=' + sforce.connection.sessionId);"), 3, "s"),
    "a custom link over lines": (
        metadata("WebLink", "<url>https://a.example.com", "?s={!API.Session_ID}", "&amp;id={!Account.Id}</url>"),
        4,
        "s",
    ),
    "a script of an s-control": (
        s_control("<script>", "document.write('<img src=\"/x?a=1&s={!User.Session_ID}\">');", "</script>"),
        4,
        "s",
    ),
    "a link of an s-control": (s_control('<a href="https://a.example.com/x?a=1&s={!API.Session_ID}">x</a>'), 3, "s"),
    "a class with lines like another language's": (
        apex("namespacePrefix = 'x';", "importRecords();", "String u = '/x?s=' + UserInfo.getSessionId();"),
        5,
        "s",
    ),
    "a test": ("@IsTest\nclass T {\n  String u = '/x?s=' + UserInfo.getSessionId();\n}\n", 3, "s"),
    "anonymous Apex": (
        "// Once\nString s = UserInfo.getSessionId();\nSystem.debug(1);\nString u = '/x?t=' + s;\n",
        4,
        "t",
    ),
    "a named variable": (lwc("go() {", "location.href = '/x?sid=' + this.sessionId;", "}"), 4, "sid"),
    "a format in a constant": (
        apex(
            "static final String A = '/x?sid={0}';",
            "go(String.format(A, new List<String>{ UserInfo.getSessionId() }));",
        ),
        3,
        "sid",
    ),
    "a format and a list of its own": (
        apex("List<String> given = new List<String>{ org, UserInfo.getSessionId() };", "f = '/x?o={0}&sid={1}';")
        + apex("go(String.format(f, given));"),
        4,
        "sid",
    ),
    "a format with a key": (
        apex("req.setEndpoint(String.format('{0}/x?api_key={1}', new String[]{ base, key }));"),
        3,
        "api_key",
    ),
    "a list that is joined": (
        apex("parts.add('sid=' + UserInfo.getSessionId());", "go('/x?' + String.join(parts, '&'));"),
        3,
        "sid",
    ),
    "several parameters of a page reference": (
        apex("p.getParameters().putAll(new Map<String, String>{ 'a' => '1', 's' => UserInfo.getSessionId() });"),
        3,
        "s",
    ),
    "a variable that holds it among others": (
        apex("String s = org + '' + UserInfo.getSessionId().substring(15);", "String u = '/x?t=' + s;"),
        4,
        "t",
    ),
    "a variable that holds it at times": (
        apex("String s = Test.isRunningTest() ? 'x' : UserInfo.getSessionId();", "String u = '/x?t=' + s;"),
        4,
        "t",
    ),
    "a part of it": (
        apex("String s = String.valueOf(UserInfo.getSessionId()).substring(15);", "String u = '/x?t=' + s;"),
        4,
        "t",
    ),
    "a name by itself": (apex("String u = '/x?a=1' + '&' + 't' + '=' + UserInfo.getSessionId();"), 3, "t"),
    "a member of an object": (page("<script>", "c = { s: '{!$Api.Session_ID}' };", "open('/x?t=' + c.s);"), 4, "t"),
    "a query that begins a script": (
        page("<script>", "var q = 's={!$Api.Session_ID}&a=1';", "open('/x?' + q);"),
        3,
        "s",
    ),
    "a part of it in a formula": (
        metadata("CustomField", "<formula>HYPERLINK(&quot;/x?s=&quot; &amp; LEFT( $Api.Session_ID , 99 ))</formula>"),
        3,
        "s",
    ),
    "a formula of a flow": (
        metadata(
            "Flow", "<expression>&quot;/x?a=&quot; + {!id} + &quot;&amp;s=&quot; + {!$Api.Session_ID}</expression>"
        ),
        3,
        "s",
    ),
    "a frontdoor with any variable": (aura("var sid = made();", "open('/secur/frontdoor.jsp?sid=' + sid);"), 4, "sid"),
    "a frontdoor with a field": (
        metadata("CustomField", "<formula>A__c + &apos;/secur/frontdoor.jsp?sid=&apos; + Token__c</formula>"),
        3,
        "sid",
    ),
    "search parameters by their name": (
        lwc("go() {", "u.searchParams.append('access_token', this.t);", "}"),
        4,
        "access_token",
    ),
    "a provider whose token is in the query": (
        metadata(
            "AuthProvider",
            "<sendAccessTokenInHeader>false</sendAccessTokenInHeader>",
            "<userInfoUrl>https://a.example.com/me</userInfoUrl>",
        ),
        4,
        "access_token",
    ),
}
NOT_PLACED = {
    "a header": apex("req.setHeader('Authorization', 'Bearer ' + UserInfo.getSessionId());"),
    "a cookie": apex("req.setHeader('cookie', 'sid=' + UserInfo.getSessionId());"),
    "a form": apex("req.setBody('grant_type=x&assertion=' + UserInfo.getSessionId());"),
    "a form with an address": apex(
        "String body = 'grant_type=code&redirect_uri=' + uri + '&client_secret=' + secret;", "req.setBody(body);"
    ),
    "a form of two": apex("String body = isProd ? 'a=b&client_secret=' + one : 'a=b&client_secret=' + two;"),
    "a form that is encoded": apex(
        "String body = 'grant_type=x&client_secret=' + EncodingUtil.urlEncode(one, 'UTF-8')",
        "  + '&password=' + EncodingUtil.urlEncode(two, 'UTF-8');",
        "req.setBody(body);",
    ),
    "a form that tells an address": apex("String b = 'a=' + URL.getOrgDomainUrl() + '&client_secret=' + s;"),
    "a form of a page": page(
        '<form action="https://a.example.com/x" method="post">',
        '<input type="hidden" name="s" value="{!$Api.Session_ID}"/>',
        "</form>",
    ),
    "what a film is given": page('<apex:flash src="{!$Resource.F}" flashvars="a=1&s={!$Api.Session_ID}"/>'),
    "an envelope": apex("String b = '<a:sessionId>' + UserInfo.getSessionId() + '</a:sessionId>';"),
    "a property of a script": page("<script>", "start({ accessToken: '{! JSENCODE($Api.Session_Id) }' });"),
    "a map of something else": apex("Map<String, String> p = made();", "p.put('s', UserInfo.getSessionId());"),
    "a cookie of an s-control": s_control(
        "<script>", 'x.setRequestHeader("Cookie", "sid={!API.Session_ID}");', "</script>"
    ),
    "a comment": apex(
        "// String u = '/x?sid=' + UserInfo.getSessionId();", "/* '/x?sid=' + UserInfo.getSessionId() */"
    ),
    "read alone": apex("String s = UserInfo.getSessionId();", "Service.run(s);"),
    "a survey": apex("String u = '/x?sid=' + surveyId + '&key=' + recordKey + '&token=' + nextPage;"),
    "a public value": apex("String u = '/x?client_id=' + clientId + '&state=' + state;"),
    "a log": apex("System.debug('at /x?sid=' + sessionId);"),
    "an address with slashes": apex("String u = 'https://a.example.com/x'; // ?sid= + UserInfo.getSessionId()"),
    "a connection": page("<script>", "new jsforce.Connection({ accessToken: '{!$Api.Session_ID}' });", "</script>"),
    "a header of a script": page("<script>", "x.setRequestHeader('A', 'OAuth {!$Api.Session_ID}');", "</script>"),
    "a comment of a page": page(
        '<!-- <a href="/x?sid={!$Api.Session_ID}"> -->', "<script>", "// '/x?sid={!$Api.Session_ID}'"
    ),
    "a parameter of a method": page('<apex:param name="sid" value="{!$Api.Session_ID}" assignTo="{!sid}"/>'),
    "a custom link without": metadata("WebLink", "<url>/x?id={!Account.Id}&amp;retURL=%2F{!Account.Id}</url>"),
    "a header of a credential": metadata("NamedCredential", "<value>Bearer {!$Credential.OAuthToken}</value>"),
    "a comment of a controller": aura("// window.open('/x?SID={!$Api.Session_ID}&a=' + b);"),
    "a component": lwc("go() {", "fetch('/x', { headers: { Authorization: `Bearer ${this.token}` } });", "}"),
    "a description": metadata(
        "CustomField", "<description>Never as ?access_token= in the URL, nor as &quot;?sid=&quot; there</description>"
    ),
    "a form in a format": apex("b = String.format('a={0}&client_secret={1}', l);", "req.setBody(b);"),
    "a format that is logged": apex(
        "System.debug(String.format('/x?sid={0}', new String[]{ UserInfo.getSessionId() }));"
    ),
    "a list that is a form": apex("parts.add('client_secret=' + secret);", "req.setBody(String.join(parts, '&'));"),
    "headers at once": apex("headers.putAll(new Map<String, String>{ 'A' => UserInfo.getSessionId() });"),
    "a question about it": apex("Boolean s = UserInfo.getSessionId() == null;", "String u = '/x?t=' + s;"),
    "what is made of it": apex("String s = Hashes.of(UserInfo.getSessionId());", "String u = '/x?t=' + s;"),
    "a form of a script": lwc("go() {", "form.append('client_secret', this.secret);", "}"),
    "a frontdoor without": apex("String u = '/secur/frontdoor.jsp?otp=' + otp + '&startURL=' + url;"),
    "a provider whose token is in a header": metadata(
        "AuthProvider",
        "<sendAccessTokenInHeader>true</sendAccessTokenInHeader>",
        "<userInfoUrl>https://a.example.com/me</userInfoUrl>",
    ),
    "a provider that tells nothing of users": metadata(
        "AuthProvider", "<sendAccessTokenInHeader>false</sendAccessTokenInHeader>"
    ),
}


@pytest.mark.parametrize("case", PLACED)
def test_a_credential_in_a_url_is_found_by_its_line(case: str) -> None:
    text, line, parameter = PLACED[case]
    result = audit(text)
    assert result.read[0].kind is Kind.METADATA
    told = [(one.finding.rule, one.first.line, one.finding.parameter) for one in result.found.values()]
    assert told == [("L7", line, parameter)]


@pytest.mark.parametrize("case", NOT_PLACED)
def test_what_is_not_in_a_url_is_not_found(case: str) -> None:
    result = audit(NOT_PLACED[case])
    assert result.read[0].kind is Kind.METADATA
    assert list(result.found.values()) == []
    assert result.is_complete


@pytest.mark.parametrize(
    "text",
    [
        "# Links\n\nUse `https://a.example.com/?sid={!API.Session_ID}`.\n",
        "<html><body>/x?sid={!API.Session_ID}</body></html>\n",
        "<html><script>go()</script><p>/x?sid={!$Api.Session_ID}</p></html>\n",
        "# Once\n\n    String s = UserInfo.getSessionId();\n    String u = '/x?sid=' + s;\n",
    ],
)
def test_other_languages_and_documentation_are_texts(text: str) -> None:
    assert kind_of(text.encode()) is Kind.LOG
    assert list(audit(text).found.values()) == []


@pytest.mark.parametrize(
    "text",
    [
        'package a;\npublic class A {\n  String u = "/x?sid=" + UserInfo.getSessionId();\n}\n',
        'using System;\npublic class A { string u = "/x?access_token=" + token; }\n',
        "import a.b\npublic abstract class A { val u = '/x?sid=' + UserInfo.getSessionId() }\n",
    ],
)
def test_code_of_other_languages_is_judged_as_that_of_any_program(text: str) -> None:
    assert kind_of(text.encode()) is Kind.LOG
    assert [one.finding.rule for one in audit(text).found.values()] == ["W3"]


def test_a_token_that_is_written_out_is_found_as_in_any_text() -> None:
    result = audit(apex("String u = 'https://a.example.com/x?api_key=q7Wn2Kc9Zr4Tm8Vb5Yx1Lp6Hd3Gs0FjQ';"))
    assert [one.finding.rule for one in result.found.values()] == ["L2"]


def test_a_place_names_host_path_and_what_to_do() -> None:
    [found] = audit(PLACED["a custom link"][0]).found.values()
    one = found.finding
    assert (one.host, one.path_template, one.place, one.masked) == ("a.example.com", "/", "design", "(declared)")
    assert one.remedy.startswith("Send it in the Authorization header")


def test_long_and_odd_code_takes_no_time() -> None:
    """Nothing is tried again and again."""
    for odd in (
        "'" * 50_000,
        "/*" * 50_000,
        "<apex:outputLink " * 5_000,
        "URLFOR([" * 10_000,
        "?a=" * 50_000,
        "&a='+" * 20_000,
        "a" * 60_000 + "='+x",
        "String.format('?a={0}&b={1}'," * 2_000,
        "a = 'b' + " * 6_000,
        "a = escape(escape(" * 4_000,
        "a = new List<String>{ b, " * 3_000,
        "<userInfoUrl>" * 5_000,
    ):
        audit(apex(odd))
        audit(page(odd))
