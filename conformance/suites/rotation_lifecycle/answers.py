"""The answers of the resources for staged credentials, with what a suite can claim about them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from conformance.http.exchange import Exchange, Response
from conformance.http.whole_answer import answer_to
from conformance.judging.matchers import CaseRecord
from conformance.redaction import Secret
from conformance.rules import staged_credentials as rules
from conformance.rules.outcome import Inconclusive, NotTested
from conformance.rules.token_answer import is_cacheable

PAGE = 100
"""So many apps a page has where nothing else is asked for."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to one call. A claim that does not hold raises NonConformant."""

    case: CaseRecord
    exchange: Exchange

    @property
    def response(self) -> Response:
        """The whole answer. Raises Inconclusive where none came."""
        return answer_to(self.exchange)

    @property
    def staged(self) -> list[rules.Staged]:
        """The staged credentials that it shows."""
        return rules.staged_in(self.response)

    def objects(self, wrapper: str) -> list[dict[str, object]]:
        """The objects of the collection that it shows."""
        return rules.objects_in(self.response, wrapper) if 200 <= self.response.status < 300 else []

    @property
    def succeeded(self) -> bool:
        """Whether the status is 2xx."""
        return rules.is_not_successful(self.response) is None

    # ------------------------------------------------------------------ claims

    def works(self, what: str) -> Answer:
        """A control: the answer is a good one. Raises Inconclusive where it is not."""
        self.case.control(rules.is_not_successful(self.response), what, self.exchange, "staged_credentials")
        return self

    def succeeds(self, what: str) -> None:
        """The status is 2xx. An answer that does not come is a failure too: the control got one."""
        self.case.needs_its_control()
        problem = f"no answer came: {self.exchange.problem}" if self.exchange.response is None else None
        self._judge(problem or rules.is_not_successful(self.response), f"success of {what}", "succeeds")

    def has_status(self, status: int, what: str) -> None:
        """The status is this one."""
        found = self.response.status
        self._judge(None if found == status else f"the answer has status {found}", f"{status} for {what}", "status")

    def is_refused(self, why: str, statuses: Sequence[int] = ()) -> None:
        """The answer is a refusal. Its control worked before.

        Args:
            why: what the call lacks, such as `without a token`.
            statuses: the allowed status codes, where a source names them.
        """
        self.case.needs_its_control()
        method, path = self.exchange.request.method, self.exchange.request.url.rpartition("/apps/oauth")[2]
        status = " with " + " or ".join(map(str, statuses)) if statuses else ""
        flaw = rules.is_not_refused(self.response, statuses)
        self._judge(flaw, f"a refusal{status} of {method} {path} {why}", "refused")

    def shows_none_of(self, secrets: Iterable[Secret], where: str) -> None:
        """No part of the answer holds one of the secrets."""
        self._judge(rules.shows(self.response, secrets), f"no secret in {where}", "no-secret")

    def is_refused_or_succeeds(self, what: str) -> None:
        """The server does what it is asked for, or refuses it: it does not fail on it."""
        status = self.response.status
        flaw = None if status < 500 else f"the answer has status {status}"
        self._judge(flaw, f"success or a refusal of {what}", "success-or-refusal")

    def has_the_pair(self, pair: rules.Pair, what: str) -> None:
        """The answer shows this pair as the main one."""
        self._judge(rules.has_another_pair(rules.pair_in(self.response), pair), what, "main-pair")

    def shows_the_staged_credential(self, identifier: object, name: str, primary: rules.Pair | None) -> None:
        """The answer, which was found under the address of this name, shows the staged credential.

        Args:
            identifier: the staged credential.
            name: the member that held the address.
            primary: the main pair, where the address may lead to the primary credentials instead.
        """
        is_shown = identifier in [one.id for one in self.staged]
        may_be = is_shown or (primary is not None and rules.names(self.response, primary))
        other = " or the primary credentials" if primary else ""
        flaw = None if may_be else f"the address in {name} does not show the staged credential{other}"
        self._judge(flaw, f"the staged credential{other} under {name}", "address-shows-it")

    # -------------------------------------------------------------------- pages

    @property
    def apps(self) -> list[object]:
        """The identifiers of the apps that it shows."""
        return [one.get("identifier") for one in self.objects("apps")]

    @property
    def next_page(self) -> str:
        """The address of the next page; empty where it shows none."""
        return rules.next_page_in(self.response)

    def has_one_app_of(self, whole: Answer, place: int) -> None:
        """The page has one app, the one at this place of the whole list; none where the list is not so long."""
        flaw = None if self.apps == whole.apps[place : place + 1] else f"page {place} of size 1 has other apps"
        self._judge(flaw, f"the app at place {place} of the list, counted from 0", "page-of-apps")

    def has_the_apps_of(self, by_number: Answer) -> None:
        """The page, which an address led to, has the apps of the page of this number."""
        flaw = None if self.apps == by_number.apps else "the address of the next page leads to other apps"
        self._judge(flaw, "the apps of the page with the next number, and as many", "next-page", by_number.exchange)

    def is_an_empty_page(self) -> None:
        """The page past the end is a page, and has no app."""
        flaw = rules.is_not_successful(self.response)
        found = None if rules.is_an_empty_list(self.response, "apps") else "the page past the end is not an empty list"
        self._judge(flaw or found, "an empty list of apps past the end", "empty-page")

    def has_as_many_apps_as(self, hundred: Answer) -> None:
        """The page has as many apps as the page of 100. Raises NotTested where the org has too few to fill that."""
        found, wanted = len(self.apps), len(hundred.apps)
        self._judge(None if found == wanted else f"the page has {found} apps", f"{wanted} apps", "page-size")
        if wanted < PAGE:
            raise NotTested(f"the org has {wanted} apps, which fit on a smaller page too", "an org with 100 apps")

    def has_members(self, wrapper: str, names: Sequence[str], what: str) -> None:
        """Each object of the collection has these members."""
        self.case.needs_its_control()
        found = self.objects(wrapper)
        flaw = rules.lacks_members(found, names, what) if found else f"the answer shows no {what}"
        self._judge(flaw, f"{', '.join(names)} for each {what}", "members")

    def is_a_staged_credential(self) -> None:
        """The answer shows staged credentials with all members."""
        flaw = rules.is_not_a_staged_credential(self.response)
        self._judge(flaw, "a staged credential as documented", "staged-credential")

    def is_not_cacheable(self) -> None:
        """The answer, which holds a secret, forbids every cache to keep it."""
        self._judge(is_cacheable(self.response), "Cache-Control with no-store", "no-store")

    def lives(self, days: int) -> None:
        """The dates of the staged credentials are so many days apart. Raises Inconclusive where they cannot be read."""
        for each in self.case.each(self.staged, lambda one: one.id):
            with each as one:
                flaw = rules.does_not_live(_moment(one.created), _moment(one.expires), days)
                self._judge(flaw, f"{days} days from createdDate to expirationDate", "lifetime")

    def _judge(self, flaw: str | None, expected: str, judgement: str, *compared: Exchange) -> None:
        self.case.judge(flaw, expected, judgement, *compared, self.exchange)


def _moment(text: str) -> datetime:
    found = rules.moment_of(text)
    if found is None:
        raise Inconclusive("a date has a form that is not known, and no source names one")
    return found
