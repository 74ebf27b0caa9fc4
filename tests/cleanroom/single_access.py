"""An org's single access endpoint and the frontdoor page behind it, from section 1 of the facts and RFC 6750."""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass
from urllib.parse import quote, unquote, urlsplit

from tests.cleanroom.org import API_ONLY, APP_SECRET, FOREIGN, REFRESH_TOKEN, Org, Token
from tests.cleanroom.wire import Answer, Asked, Refused, Server

FAULTS = {
    # Thought up from the facts.
    "query-token-opens": "GET with the token in the query opens a session, as before Winter '26.",
    "query-checked-as-text": "The block looks for `access_token=` in the raw query, so an encoded name gets through.",
    "first-value-counts": "The block looks at the first value of the parameter; the token is taken from the last one.",
    "link-works-twice": "A frontdoor URL opens as many sessions as one likes.",
    "link-lasts": "A frontdoor URL that nobody uses never ends.",
    "link-is-the-token": "The link is `frontdoor.jsp?sid=` and the access token, as it was for years.",
    "any-redirect": "`redirect_uri` may lead to any host.",
    "scope-unchecked": "A token without `web` opens a session.",
    "expiry-unchecked": "A token that has ended opens a session.",
    "refused-with-a-page": "Where the token is bad, a login page comes with 200.",
    # From a list of what implementers get wrong.
    "race": "Whether a code was used is asked before, and noted after, the session is made: four at once get four.",
    "code-per-landing": "A code counts as used together with its `startURL`, so another one opens it again.",
    "form-scope-unchecked": "A token in the form body is not asked for `web`.",
    "form-org-unchecked": "A token in the form body may be of another org.",
    "form-expiry-unchecked": "A token in the form body may have ended.",
    "form-revocation-unchecked": "A token in the form body may be revoked.",
    "form-redirect-lost": "With the token in the header, `redirect_uri` in the form is not read.",
    "redirect-decoded-twice": "`redirect_uri` is decoded once more after it was checked.",
    "redirect-cut-at-ampersand": "`startURL` is not encoded, so what follows an ampersand is lost.",
    "token-in-a-refusal-header": "A refusal repeats the token in a header.",
    "token-in-the-way-back": "A token in the query is answered with the login page, which gets the whole address.",
    "form-answer-cacheable": "The answer to a form body may be kept by caches.",
    "payment-required": "Where a Bearer challenge belongs, the answer is 402.",
}

ENVIRON = {
    "CLEANROOM_REFRESH": REFRESH_TOKEN,
    "CLEANROOM_APP_SECRET": APP_SECRET,
    "CLEANROOM_API_ONLY": API_ONLY,
    "CLEANROOM_FOREIGN": FOREIGN,
}
LIFE_OF_A_LINK = 60.0


@dataclass
class Link:
    token: str
    landing: str
    ends: float


class SingleAccess:
    def __init__(self, fault: str = "") -> None:
        self.fault = fault
        self.org = Org()
        self.links: dict[str, Link] = {}
        self.used: set[tuple[str, str]] = set()
        self.sessions: set[str] = set()
        self.server = Server(self.answer)

    def answer(self, asked: Asked) -> Answer:
        shared = self.org.common(asked)
        if shared is not None:
            return shared
        match asked.path:
            case "/services/oauth2/singleaccess":
                return self._single_access(asked)
            case "/secur/frontdoor.jsp":
                return self._frontdoor(asked)
            case "/secur/logout.jsp":
                self.sessions.discard(_session(asked))
                cookie = "sid=; Path=/; Max-Age=0; HttpOnly"
                return Answer(302, headers={"Location": "/login", "Set-Cookie": cookie, "Cache-Control": "no-store"})
            case "/login":
                return _page("Log in")
        if _session(asked) in self.sessions:
            return _page("Home")
        return Answer(302, headers={"Location": "/login", "Cache-Control": "no-store"})

    def _single_access(self, asked: Asked) -> Answer:
        if asked.method not in {"GET", "HEAD", "POST"}:
            return Answer.json(405, {"error": "invalid_request"}, Allow="GET, HEAD, POST")
        in_query = [value for name, value in asked.query if name == "access_token"]
        blocked = {
            "query-token-opens": False,
            "query-checked-as-text": "access_token=" in asked.query_string,
            "first-value-counts": bool(in_query and in_query[0]),
        }.get(self.fault, bool(in_query))
        if blocked and self.fault == "token-in-the-way-back":
            raise Refused(302, "", Location="/login?startURL=" + quote(f"{asked.path}?{asked.query_string}", safe=""))
        if blocked:
            raise Refused(400, {"error": "invalid_request", "error_description": "no token may stand in a URL"})
        in_form = [value for name, value in asked.form if name == "access_token"] if asked.method == "POST" else []
        header = asked.credentials("bearer")
        found = ([header] if header is not None else []) + in_form + in_query[-1:]
        if len(found) > 1:
            raise Refused(400, {"error": "invalid_request", "error_description": "more than one token"})
        if not found:
            raise self._refused(401, "", "")
        self._check(found[0], by_form=bool(in_form))
        is_lost = self.fault == "form-redirect-lost" and not in_form
        places = asked.query if asked.method != "POST" or is_lost else asked.form
        wanted = [value for name, value in places if name == "redirect_uri"]
        if len(wanted) > 1:
            raise Refused(400, {"error": "invalid_request"})
        landing = wanted[0] if wanted and wanted[0] else "/home"
        if not _is_local(landing) and self.fault != "any-redirect":
            raise Refused(400, {"error": "invalid_request", "error_description": "redirect_uri has to be a path"})
        if self.fault == "redirect-decoded-twice":
            landing = unquote(landing)
        answer = Answer.json(200, {"frontdoor_uri": self._link(found[0], landing)})
        if self.fault == "form-answer-cacheable" and in_form:
            answer.headers["Cache-Control"] = "max-age=60"
        return answer

    def _check(self, value: str, *, by_form: bool) -> None:
        """A token of this org, valid now, with `web`."""
        token = self.org.tokens.get(value, Token(frozenset(), org=0))
        skipped = {self.fault, self.fault.removeprefix("form-") if by_form else ""}
        valid = (
            token.org in ({1, 2} if "org-unchecked" in skipped else {1})
            and (not token.revoked or "revocation-unchecked" in skipped)
            and (token.ends > self.org.now() or "expiry-unchecked" in skipped)
        )
        if not valid and self.fault == "refused-with-a-page":
            raise Refused(200, "Log in", Content_Type="text/html")
        if not valid:
            raise self._refused(401, "invalid_token", value)
        if "web" not in token.scopes and "scope-unchecked" not in skipped:
            raise self._refused(403, "insufficient_scope", value)

    def _refused(self, status: int, error: str, value: str) -> Refused:
        challenge = 'Bearer realm="org"' + (f', error="{error}"' if error else "")
        if self.fault == "payment-required":
            return Refused(402, {"error": error})
        headers = {"X_Rejected": value} if self.fault == "token-in-a-refusal-header" and value else {}
        return Refused(status, {"error": error} if error else {}, WWW_Authenticate=challenge, **headers)

    def _link(self, token: str, landing: str) -> str:
        if self.fault == "link-is-the-token":
            return f"{self.server.url}/secur/frontdoor.jsp?sid={quote(token, safe='')}&retURL={quote(landing, safe='')}"
        code = secrets.token_urlsafe(32)
        self.links[code] = Link(token, landing, self.org.now() + LIFE_OF_A_LINK)
        start = landing if self.fault == "redirect-cut-at-ampersand" else quote(landing, safe="")
        return f"{self.server.url}/secur/frontdoor.jsp?otp={code}&startURL={start}"

    def _frontdoor(self, asked: Asked) -> Answer:
        if asked.method != "GET":
            return Answer(405, headers={"Allow": "GET"})
        query = dict(asked.query)
        if self.fault == "link-is-the-token":
            return self._open(query.get("retURL", "/")) if self.org.live(query.get("sid", "")) else _page("Log in")
        code = query.get("otp", "")
        use = (code, query.get("startURL", "") if self.fault == "code-per-landing" else "")
        with self.org.lock:
            link, was_used = self.links.get(code), use in self.used
            if self.fault not in {"race", "link-works-twice"}:
                self.used.add(use)
        if self.fault == "race":
            time.sleep(0.05)  # the session is written to the database
            self.used.add(use)
        if link is None or was_used or (link.ends <= self.org.now() and self.fault != "link-lasts"):
            return Answer(302, headers={"Location": "/login", "Cache-Control": "no-store"})
        return self._open(query["startURL"] if self.fault == "redirect-cut-at-ampersand" else link.landing)

    def _open(self, landing: str) -> Answer:
        session = secrets.token_urlsafe(32)
        self.sessions.add(session)
        headers = {
            "Location": quote(landing, safe="/?#[]@!$&'()*+,;=:%-._~\\"),
            "Set-Cookie": f"sid={session}; Path=/; HttpOnly; SameSite=Lax",
            "Cache-Control": "no-store",
            "Referrer-Policy": "strict-origin-when-cross-origin",
        }
        return Answer(302, headers=headers)


def _is_local(landing: str) -> bool:
    """A path of this host, however it is read: browsers take a backslash for a slash and drop control characters."""
    plain = landing.isascii() and landing.isprintable() and "\\" not in landing and " " not in landing
    parts = urlsplit(landing) if plain else None
    return parts is not None and landing.startswith("/") and not landing.startswith("//") and not parts.netloc


def _session(asked: Asked) -> str:
    pairs = (each.strip().partition("=") for each in str(asked.headers.get("Cookie", "")).split(";"))
    return next((value for name, _, value in pairs if name == "sid"), "")


def _page(title: str) -> Answer:
    headers = {"Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-store"}
    return Answer(200, f"<!doctype html><title>{title}</title>".encode(), headers)
