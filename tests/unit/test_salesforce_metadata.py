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
        'package a;\npublic class A {\n  String u = "/x?sid=" + UserInfo.getSessionId();\n}\n',
        'using System;\npublic class A { string u = "/x?access_token=" + token; }\n',
        "# Links\n\nUse `https://a.example.com/?sid={!API.Session_ID}`.\n",
        "const u = '/x?access_token=' + token;\n",
        "<html><body>/x?sid={!API.Session_ID}</body></html>\n",
        "<html><script>go()</script><p>/x?sid={!$Api.Session_ID}</p></html>\n",
        "import a.b\npublic abstract class A { val u = '/x?sid=' + UserInfo.getSessionId() }\n",
        "# Once\n\n    String s = UserInfo.getSessionId();\n    String u = '/x?sid=' + s;\n",
    ],
)
def test_other_languages_and_documentation_are_texts(text: str) -> None:
    assert kind_of(text.encode()) is Kind.LOG
    assert list(audit(text).found.values()) == []


def test_a_token_that_is_written_out_is_found_as_in_any_text() -> None:
    result = audit(apex("String u = 'https://a.example.com/x?api_key=q7Wn2Kc9Zr4Tm8Vb5Yx1Lp6Hd3Gs0FjQ';"))
    assert [one.finding.rule for one in result.found.values()] == ["L2"]


def test_a_place_names_host_path_and_what_to_do() -> None:
    [found] = audit(PLACED["a custom link"][0]).found.values()
    one = found.finding
    assert (one.host, one.path_template, one.place, one.masked) == ("a.example.com", "/", "design", "(declared)")


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
    ):
        audit(apex(odd))
        audit(page(odd))
