"""Finds credentials in the URLs that go through mitmproxy, before the request is sent on: marks, pauses or blocks.

Loads with `mitmdump -s query_tokens.py`, and comes with `seasonproof proxy`.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence

from mitmproxy import command, ctx, exceptions, flow, http, types
from mitmproxy.addonmanager import Loader
from mitmproxy.log import ALERT

from conformance.documents import UsageProblem
from conformance.judging.verdict import ExitCode
from conformance.rules.url_tokens import Finding, Level
from conformance.traffic.observation import counts_by_rule, described
from proxy_addons import guard, logs
from proxy_addons.shared_observation import METADATA, Heard, SharedObservation, Unchecked, listening, request_head

logger = logging.getLogger(__name__)

MODES = ("mark", "pause", "block")
MARKS = {Level.LEAK: ":rotating_light:", Level.WARN: ":warning:"}
PREFIX = "seasonproof_"

_PROBLEM = "application/problem+json"
_ABOUT = "https://www.rfc-editor.org/rfc/rfc9700#section-4.3.2"
_BASELINE = "# Places at which findings are accepted. Give each one a reason and a last day, such as 2027-03-31.\n"
_CLEAR = ("save_stream_file", "hardump")


class QueryTokens:
    """The addon.

    Attributes:
        decides: whether a request may be held or refused, and has to wait for its check.
        guard: comes behind all other addons, and lets nothing go around the check.
    """

    name = "query_tokens"
    listening: SharedObservation

    def __init__(self) -> None:
        self._mode = "mark"
        self._fail_closed = self.decides = False
        self.guard = guard.Guard(self)

    def load(self, loader: Loader) -> None:
        """Declare the options."""
        self.listening = listening()
        loader.add_option(
            f"{PREFIX}mode", str, "mark", "What happens to a request with a credential in its URL.", choices=MODES
        )
        loader.add_option(
            f"{PREFIX}fail_closed", bool, False, "Block requests that cannot be checked because the check broke."
        )
        loader.add_option(f"{PREFIX}strict", bool, False, "Treat warnings like leaks.")

    def configure(self, updated: set[str]) -> None:
        """Take the options over; mitmproxy itself checks no choices that come before the addon."""
        if f"{PREFIX}mode" in updated:
            mode = ctx.options.seasonproof_mode
            if mode not in MODES:
                raise exceptions.OptionsError(f"{PREFIX}mode: {mode!r} is none of {', '.join(MODES)}")
            if mode == "pause" and ctx.master.addons.get("view") is None:
                raise exceptions.OptionsError(
                    f"{PREFIX}mode: pause needs somebody to resume, in the console or in the web interface"
                )
            self._mode = mode
        if f"{PREFIX}fail_closed" in updated:
            self._fail_closed = ctx.options.seasonproof_fail_closed
        self.decides = self._mode != "mark" or self._fail_closed
        if self.decides:
            guard.require(
                ctx.options, updated, f"{PREFIX}fail_closed" if self._mode == "mark" else f"{PREFIX}mode: {self._mode}"
            )
        if f"{PREFIX}strict" in updated:
            self.listening.strict = ctx.options.seasonproof_strict
        for option in _CLEAR:
            if option in updated and getattr(ctx.options, option, None):
                logger.warning("%s writes credentials as they are; %shar writes a redacted file", option, PREFIX)

    def running(self) -> None:
        """Refuse misspelt options, and say the settings that hold."""
        logs.redact(self.listening)
        for name in sorted(ctx.options.deferred):
            if name.startswith(PREFIX):
                known = ", ".join(sorted(option for option, _ in ctx.options.items() if option.startswith(PREFIX)))
                logger.error("%s: there is no such option; there are %s", name, known)
        broken = "blocked" if self._fail_closed else "served, and said so"
        logger.info("seasonproof: mode %s; a request that cannot be checked is %s", self._mode, broken)
        if ctx.master.addons.get("seasonproof") is None:
            ctx.master.addons.add(self.guard)  # behind all others
        if ctx.master.addons.get("dumper") is not None:  # this is mitmdump
            ctx.options.update(flow_detail=0)  # it would print each URL as it is
            ctx.master.addons.add(Tail(self.listening))

    def done(self) -> None:
        """Give the logs back."""
        logs.restore()

    # ------------------------------------------------------------------ hooks

    def requestheaders(self, flow: http.HTTPFlow) -> None:
        """Check a request before any of it is sent on; a WebSocket begins as one."""
        self.http_connect(flow)
        self.guard.checked(flow)

    def judge(self, flow: http.HTTPFlow, found: Heard) -> None:
        """Do what the mode says about what was found in a request, or about one that was not checked."""
        if isinstance(found, Unchecked):
            self._show_unchecked(flow, found)
        elif found:
            self._show(flow, found)

    def decide(self, flow: http.HTTPFlow, found: Heard) -> None:
        """Judge a request that waits for it, and refuse it if a server may read it differently."""
        if found:
            self.judge(flow, found)
        part = guard.ambiguity(flow.request.data, self.listening.observation)
        if part and flow.response is None:
            detail = (
                f"Its {part} is not valid HTTP, and a server may read it differently. Nothing was sent to the server."
            )
            _refuse(flow, 400, detail, "Send valid HTTP: RFC 9110 and RFC 9112.", ())

    def decide_again(self, flow: http.HTTPFlow) -> None:
        """Judge a request once more that was rewritten after it was judged."""
        self.decide(flow, self.listening.again(flow, *request_head(flow)))

    def decide_trailers(self, flow: http.HTTPFlow, trailers: http.Headers) -> None:
        """Judge the trailers of a request, before they are sent."""
        method, _, _, origin = request_head(flow)
        found = self.listening.again(flow, method, b"", trailers.fields, origin)
        sent_already = bool(flow.request.stream)
        self.decide(flow, found)
        if sent_already and flow.response is not None:
            flow.response = flow.request.trailers = None  # what is on its way can't be refused any more

    def http_connect(self, flow: http.HTTPFlow) -> None:
        """Check a CONNECT, which has no other hook."""
        found = self.listening.request(flow)
        if self.decides:
            self.decide(flow, found)
        else:
            self.judge(flow, found)

    def responseheaders(self, flow: http.HTTPFlow) -> None:
        """Check the addresses that an answer leads to."""
        found = self.listening.response(flow)
        if found and not isinstance(found, Unchecked):
            self.mark(flow, found)

    def response(self, flow: http.HTTPFlow) -> None:
        """Learn the tokens that an answer hands out, to know them in URLs."""
        self.listening.body(flow)

    # --------------------------------------------------------------- commands

    @command.command("seasonproof.summary")
    def summary(self) -> Sequence[str]:
        """What was found so far, by rule and by place."""
        observation = self.listening.observation
        counts = ", ".join(
            f"{rule} {count} x" for rule, count in counts_by_rule([*observation.findings.values()]).items()
        )
        heard = f"{observation.requests} requests, {observation.authenticated} with a credential"
        lines = [f"{heard}; {counts or 'nothing found'}"]
        return lines + [f"{s.count:>5} x  {described(s.finding)}  {s.address}" for s in observation.findings.values()]

    @command.command("seasonproof.explain")
    def explain(self, flows: Sequence[flow.Flow]) -> Sequence[str]:
        """What was found in these flows, and what to do about it."""
        lines = []
        for one in flows:
            for found in one.metadata.get(METADATA, ()):
                lines += [found["described"], f"  {found['requirement']}, {found['cwe']}", f"  {found['remedy']}"]
        return lines or ["nothing was found in it"]

    @command.command("seasonproof.baseline")
    def baseline(self, flows: Sequence[flow.Flow], path: types.Path) -> None:
        """Write the findings of these flows as accepted places, to be completed with a reason and a date."""
        from conformance.traffic.audit.baselines import MEMBERS, write_places

        found = (finding for one in flows for finding in one.metadata.get(METADATA, ()))
        places = (tuple(str(finding[member]) for member in MEMBERS) for finding in found)
        try:
            count = write_places(path, _BASELINE, places, reason="", until="")
        except UsageProblem as problem:
            raise exceptions.CommandError(str(problem)) from None
        logger.log(ALERT, "%d places written to %s", count, path)

    # ---------------------------------------------------------------- details

    def _show(self, flow: http.HTTPFlow, found: tuple[Finding, ...]) -> None:
        self.mark(flow, found)
        leaks = [finding for finding in found if self.listening.counts(finding)]
        if not leaks or self._mode == "mark":
            return
        if self._mode == "pause":
            flow.intercept()
        else:
            says = "; ".join(described(finding) for finding in leaks)
            _refuse(flow, 400, f"{says}. Nothing was sent to the server.", leaks[0].remedy, leaks)

    def _show_unchecked(self, flow: http.HTTPFlow, why: Unchecked) -> None:
        flow.marked, flow.comment = MARKS[Level.WARN], f"not checked: {why}"
        if self._fail_closed and flow.response is None:
            detail = f"It was not checked: {why}. Nothing was sent to the server."
            _refuse(flow, 503, detail, "Send a shorter URL, or ask the people who run this proxy.", ())

    def mark(self, flow: http.HTTPFlow, found: tuple[Finding, ...]) -> None:
        """Show findings with their flow, and in the log."""
        known = flow.metadata.setdefault(METADATA, [])
        for finding in found:
            known.append({**finding._asdict(), "level": str(finding.level), "described": described(finding)})
            logger.log(
                ALERT, "%s %s%s: %s", flow.request.method, finding.host, finding.path_template, known[-1]["described"]
            )
        gravest = Level.LEAK if any(one["level"] == Level.LEAK for one in known) else Level.WARN
        flow.marked = MARKS[gravest]
        flow.comment = "; ".join(one["described"] for one in known)


class Tail:
    """Ends mitmdump with 1 after a leak. It stands behind the addons that save files, or it would cut them off."""

    def __init__(self, shared: SharedObservation) -> None:
        self._listening = shared

    def done(self) -> None:
        """Say how it ended."""
        if self._listening.leaked:
            raise SystemExit(ExitCode.NOT_CONFORMANT)


def _refuse(flow: http.HTTPFlow, status: int, detail: str, remedy: str, found: Sequence[Finding]) -> None:
    # A request that streams would be sent on although it has an answer already.
    flow.request.stream = False
    problem = {
        "type": _ABOUT,
        "title": "There is a credential in the URL" if found else "The request could not be checked",
        "status": status,
        "detail": detail,
        "remedy": remedy,
        "findings": [{**finding._asdict(), "level": str(finding.level)} for finding in found],
    }
    body = json.dumps(problem, ensure_ascii=False).encode()
    flow.response = http.Response.make(status, body, {"Content-Type": _PROBLEM, "Cache-Control": "no-store"})


addons = [QueryTokens()]
