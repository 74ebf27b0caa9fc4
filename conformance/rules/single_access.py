"""What the answers of a single access endpoint say about sessions.

A rule returns None where the answer is as claimed, else a sentence that says what is wrong with it.
"""

from __future__ import annotations

import base64
import html
import json
import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, quote, unquote, urlencode, urljoin, urlsplit, urlunsplit

from conformance.rules.flaw import Flaw, FlawOfKind

if TYPE_CHECKING:
    from conformance.http.exchange import Response

ANY_4XX = range(400, 500)
FRONTDOOR_MEMBER = "frontdoor_uri"
_URL_HEADERS = ("location", "content-location", "link", "refresh")
# Matched in steps, each in linear time: a target may answer with a megabyte of question marks.
_WORD = re.compile(r"""[^\s"'<>]+""")
_SCHEME = re.compile(r"https?://", re.IGNORECASE)
_SESSION_PARAMETER = re.compile(r"(?:^|[&;])(?:otp|sid)=[^&;]{8}", re.IGNORECASE)
_COOKIE_ENDED = re.compile(r";\s*max-age=(?:0|-\d+)\b|;\s*expires=[^;]*\b19[67]\d\b", re.IGNORECASE)
_FOR_THE_SCOPE = re.compile(r"insufficient_scope|invalid_scope", re.IGNORECASE)
_PAGE = "text/html"
_LANDING = "startURL"


def frontdoor_url(response: Response) -> str | None:
    """The session URL that an answer hands out, wherever in the answer it stands; None if there is none."""
    return next(_session_urls(response), None)


def has_no_session(response: Response) -> Flaw | None:
    """None if the answer hands out a frontdoor URL with status 2xx."""
    if not 200 <= response.status < 300:
        return FlawOfKind("status", f"the answer has status {response.status}")
    if frontdoor_url(response) is None:
        told = f"the request is accepted with status {response.status}, but the answer has no frontdoor URL"
        return FlawOfKind("no-url", told)
    return None


def is_for_the_scope(refusal: Response, unknown: Response) -> bool:
    """Whether a refusal is for the scopes of a token, and not for the token itself (RFC 6750, section 3.1).

    Args:
        refusal: the answer to the token.
        unknown: the answer to a token that was never issued.
    """
    if _names_the_scope(refusal) and not _names_the_scope(unknown):
        return True
    return refusal.status not in (401, unknown.status)


def _names_the_scope(answer: Response) -> bool:
    return bool(_FOR_THE_SCOPE.search(f"{answer.header('www-authenticate') or ''} {answer.text}"))


def is_not_refused(response: Response, session_cookie: str, statuses: Sequence[int] = ()) -> Flaw | None:
    """None if the answer is a refusal.

    The release notes say "blocked" and name no status. A refusal is therefore a 4xx, a redirect to a login page, or a
    page for people, as long as nothing in it opens a session.

    Args:
        response: the answer to the forbidden request.
        session_cookie: the name of the cookie that means "logged in".
        statuses: the allowed status codes, where a source names them.
    """
    if flaw := opens_a_session(response, session_cookie):
        return flaw
    if statuses:
        if response.status in statuses:
            return None
        return FlawOfKind("status", f"the answer has status {response.status}, not {named(statuses)}")
    is_page = (response.header("content-type") or "").lower().startswith(_PAGE)
    if 200 <= response.status < 300 and not is_page:
        told = f"the answer has status {response.status}, which tells the client that the request was accepted"
        return FlawOfKind("accepted", told)
    if response.status >= 500:
        told = f"the answer has status {response.status}: the server failed on the request and did not refuse it"
        return FlawOfKind("server-error", told)
    return None


def opens_a_session(response: Response, session_cookie: str) -> Flaw | None:
    """None if the answer neither hands out a frontdoor URL nor sets the session cookie."""
    if frontdoor_url(response) is not None:
        return FlawOfKind("session", f"the answer has status {response.status} and hands out a frontdoor URL")
    if cookie(response, session_cookie) is not None:
        return FlawOfKind(
            "cookie", f"the answer has status {response.status} and sets the session cookie {session_cookie}"
        )
    return None


def named(statuses: Sequence[int]) -> str:
    """Status codes in words, such as `401 or 403`, or `a 4xx` for all of them."""
    return "a 4xx" if statuses == ANY_4XX else " or ".join(map(str, statuses))


def cookie(response: Response, name: str) -> str | None:
    """The value that the answer sets for a cookie; None if it sets none, an empty one, or one already at its end."""
    for line in response.headers_named("set-cookie"):
        found, _, value = line.partition(";")[0].partition("=")
        value = value.strip(' "')
        if found.strip() == name and value and not _COOKIE_ENDED.search(line):
            return value
    return None


def is_not_a_frontdoor_answer(response: Response, base_url: str, hosts: Sequence[str]) -> Flaw | None:
    """None if the answer is JSON whose `frontdoor_uri` is an absolute URL of the same org.

    The URL is https, or has the scheme of `base_url` where the endpoint itself is served over plain http on loopback.
    """
    content_type = (response.header("content-type") or "nothing").lower()
    if "json" not in content_type:
        return FlawOfKind("media-type", f"the answer is declared as {content_type}, not as JSON")
    try:
        answer = response.json()
    except ValueError:
        return FlawOfKind("no-json", "the body is not JSON")
    url = answer.get(FRONTDOOR_MEMBER) if isinstance(answer, dict) else None
    if not isinstance(url, str):
        return FlawOfKind("no-member", f"the JSON has no member {FRONTDOOR_MEMBER} that is a string")
    own, found = urlsplit(base_url), urlsplit(url)
    if not found.scheme or not found.hostname:
        return FlawOfKind("relative", f"{FRONTDOOR_MEMBER} is not an absolute URL")
    if found.scheme != "https" and found.scheme != own.scheme:
        return FlawOfKind("scheme", f"{FRONTDOOR_MEMBER} has the scheme {found.scheme}, not https")
    allowed = {own.hostname, *hosts}
    if found.hostname not in allowed:
        return FlawOfKind(
            "host", f"{FRONTDOOR_MEMBER} leads to the host {found.hostname}, which is not one of the org's"
        )
    return None


def everything_in(response: Response) -> str:
    """The headers and the body of an answer as one text."""
    headers = "\n".join(f"{name}: {value}" for name, value in response.headers)
    return f"{headers}\n{response.text}"


def leads_of(response: Response) -> list[str]:
    """What the headers of an answer say about where to go on."""
    return [value for name in _URL_HEADERS for value in response.headers_named(name)]


def contains(text: str, value: str) -> bool:
    """Whether a text holds a value as it stands, percent-encoded up to twice, or in base64."""
    forms = {value, quote(value, safe=""), base64.b64encode(value.encode()).decode().rstrip("=")}
    forms.add(base64.urlsafe_b64encode(value.encode()).decode().rstrip("="))
    texts = (text, unquote(text), unquote(unquote(text)))
    return any(form in candidate for form in forms for candidate in texts)


def lands_on(frontdoor: str, response: Response, path: str) -> bool:
    """Whether a frontdoor URL, or the answer to opening it, leads to a path of the org."""
    parameters = (value for _, value in parse_qsl(urlsplit(frontdoor).query))
    text = html.unescape(response.text).replace("\\u0026", "&")  # as a page or its script writes an ampersand
    places = [*parameters, response.header("location") or "", text]
    return any(path in place or path in unquote(place) for place in places)


def with_another_landing(frontdoor: str) -> str:
    """The same frontdoor URL with another page to land on."""
    parts = urlsplit(frontdoor)
    query = [(name, value) for name, value in parse_qsl(parts.query, keep_blank_values=True) if name != _LANDING]
    return urlunsplit(parts._replace(query=urlencode([*query, (_LANDING, "/lightning/n/seasonproof_again")])))


def goes_on_by_form(response: Response) -> bool:
    """Whether the answer is a page whose form a script posts."""
    text = response.text.lower()
    return "<form" in text and ".submit(" in text


def leaves_for(base_url: str, location: str, hosts: Sequence[str]) -> str | None:
    """The foreign host to which a browser on `base_url` goes for this location; None if it stays with the org.

    Browsers read backslashes as slashes and drop tabs and line ends, so both are undone first.
    """
    as_browsers_read_it = re.sub(r"[\t\r\n]", "", location.strip()).replace("\\", "/")
    host = urlsplit(urljoin(base_url, as_browsers_read_it)).hostname
    return host if host is not None and host not in {urlsplit(base_url).hostname, *hosts} else None


def landing_parameters(frontdoor: str) -> list[str]:
    """The values in a frontdoor URL that name where the session lands."""
    query = parse_qsl(urlsplit(frontdoor).query)
    return [value for name, value in query if name.lower() in ("starturl", "returl", "redirect_uri")]


def one_time_code(frontdoor: str) -> str:
    """What makes a frontdoor URL this one: its `otp`, or the whole URL where there is none."""
    return dict(parse_qsl(urlsplit(frontdoor).query)).get("otp", frontdoor)


def _session_urls(response: Response) -> Iterator[str]:
    for value in leads_of(response):
        yield from _session_urls_in(value)
    try:
        answer = json.loads(response.body)
    except ValueError:
        texts = [response.text]
    else:
        texts = list(_strings(answer))
        if isinstance(answer, dict) and isinstance(url := answer.get(FRONTDOOR_MEMBER), str) and url:
            yield url
    for text in texts:
        yield from _session_urls_in(text)


def _session_urls_in(text: str) -> Iterator[str]:
    for match in _WORD.finditer(text):
        word = match.group()
        before, *queries = word.split("?")
        for query in queries:
            # A refusal may repeat the address that was asked for (`…/singleaccess?sid=…`): that is no session URL.
            if _SESSION_PARAMETER.search(query) and not before.lower().endswith("singleaccess"):
                scheme = _SCHEME.search(word)
                yield word[scheme.start() :] if scheme else word
                break
            before = query


def _strings(value: object) -> Iterator[str]:
    stack = [value]
    while stack:
        item = stack.pop()
        if isinstance(item, str):
            yield item
        elif isinstance(item, dict):
            stack.extend(item.values())
        elif isinstance(item, list):
            stack.extend(item)
