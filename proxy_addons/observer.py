"""Judges what goes through mitmproxy by the requirements that can be judged by listening, and keeps the score.

Loads with `mitmdump -s observer.py`, and comes with `seasonproof proxy`.
"""

from __future__ import annotations

from collections.abc import Sequence

from mitmproxy import command, ctx, exceptions, http
from mitmproxy.addonmanager import Loader

from proxy_addons.shared_observation import SharedObservation, listening

OPTION = "seasonproof_origins"


class Observer:
    """The addon."""

    name = "observer"
    listening: SharedObservation

    def load(self, loader: Loader) -> None:
        """Declare the options."""
        self.listening = listening()
        loader.add_option(OPTION, Sequence[str], [], "The origins that bearer tokens are meant for.")

    def configure(self, updated: set[str]) -> None:
        """Take the options over; before any traffic, since the score begins anew."""
        if OPTION in updated and ctx.options.seasonproof_origins:
            try:
                self.listening.listen_for(ctx.options.seasonproof_origins)
            except ValueError as error:
                raise exceptions.OptionsError(f"{OPTION}: {error}") from None

    def requestheaders(self, flow: http.HTTPFlow) -> None:
        """Hear the request, if no other addon has."""
        self.listening.request(flow)

    def responseheaders(self, flow: http.HTTPFlow) -> None:
        """Hear the answer, if no other addon has."""
        self.listening.response(flow)

    @command.command("seasonproof.score")
    def score(self) -> Sequence[str]:
        """What each requirement came to so far."""
        return score(self.listening)


def score(shared: SharedObservation) -> list[str]:
    """A line for each requirement: its outcome, how often it was seen, how often it was broken."""
    observation = shared.observation
    lines = []
    for verdict in observation.verdicts(observation.name):
        case, requirement = verdict.cases[0], verdict.requirement
        seen = f"seen {case.tried} x, broken {case.missed} x" if case.tried else case.message
        lines.append(f"{requirement.id}  {verdict.outcome:<10}  {requirement.title}: {seen}")
    return lines


addons = [Observer()]
