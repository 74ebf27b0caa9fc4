"""The credentials of one consumer, as the tests speak of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from conformance.http.exchange import Headers
from conformance.judging.applicability import lacking
from conformance.redaction import Secret
from conformance.rules.outcome import Inconclusive, NonConformant, NotTested
from conformance.rules.staged_credentials import ACTIVE, ROTATED, Pair, Staged
from conformance.suites.rotation_lifecycle.answers import Answer
from conformance.suites.rotation_lifecycle.calls import JSON
from conformance.suites.rotation_lifecycle.cycle import ROTATE, Cycle
from conformance.suites.rotation_lifecycle.names import MOST_PAGES, Place, apps_of
from conformance.suites.subject import note_of_another_org

if TYPE_CHECKING:
    from conformance.config.roles import TokenSource


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """A consumer of an org in which the setting is off, and who asks for it."""

    place: Place
    token: TokenSource


class StagedCredentialsOfAnApp(Cycle):
    """The credentials of one consumer, as a suite sees them: calls in, answers out, all on record."""

    _kept: Staged | None = None
    _as_listed: Staged | None = None
    _stages = False  # whether a POST is known to stage a pair, and nothing is staged
    _is_readable = False
    _judged: frozenset[Callable[[StagedCredentialsOfAnApp], None]] = frozenset()

    # --------------------------------------------------------------------- apps

    def page(self, number: int, size: int) -> Answer:
        """A page of the apps."""
        return self.get(f"{self.place.usage}?page={number}&pageSize={size}")

    def pages_by_address(self) -> Iterator[tuple[str, Answer, Answer]]:
        """Pages as the addresses of the next ones lead to them: the name, the page, and the page of the same number.

        Raises:
            NotTested: the org has one app, or the pages have no address.
        """
        apps = self.page(0, 100).works("the list of apps").apps
        if len(apps) < 2:
            raise lacking(self.role, "other_apps", "the org has one app, so there is no next page")
        size = max(1, len(apps) // 3)
        page = self.page(0, size).works("the first page")
        for number in range(1, MOST_PAGES):
            by_number = self.page(number, size)
            if not page.next_page:
                if number == 1:
                    raise NotTested("the first of several pages has no nextPageUrl, so there is nothing to follow")
                flaw = "the page before has no nextPageUrl" if by_number.apps else None
                self.case.judge(flaw, "an address as long as more apps follow", "next-page", by_number.exchange)
                return
            page = self.follow({"nextPageUrl": page.next_page}, "nextPageUrl")
            yield f"page {number}", page, by_number

    def under(self, version: str) -> Place:
        """The same consumer under another version of the API."""
        return replace(self.place, version=version)

    def under_another_app(self) -> Place:
        """The same consumer under another app of the org. Raises NotTested where there is none."""
        own = self.place.app
        for one in apps_of(self.place, lambda url: self.get(url).exchange):
            identifier = one.get("identifier")
            if isinstance(identifier, str) and identifier not in ("", own):
                return self.place.with_app(identifier)
        raise lacking(self.role, "other_apps", "the org has no other app")

    # ------------------------------------------------------------------ staging

    def can_stage(self) -> None:
        """A control: a pair can be staged in some form; it is deleted again. Raises Inconclusive where none can."""
        self.delete(self.stage()).works("the deletion")

    def can_stage_and_use(self) -> None:
        """A control: a pair that is staged alone works; it is deleted again."""
        staged = self.stage()
        self.works(staged.pair, "a pair that was staged alone")
        self.delete(staged).works("the deletion")

    def note_whether_lists_show_secrets(self) -> None:
        """Have the report show it: the documentation can be read in both ways."""
        shown = any(one.secret is not None for one in self.listed())
        self.case.note(f"the list of staged credentials shows {'their secrets' if shown else 'no secrets'}")

    def once(self, claim: Callable[[StagedCredentialsOfAnApp], None]) -> None:
        """Judge what no example changes, in the first example of a case alone."""
        if claim not in self._judged:
            self._judged |= {claim}
            self.begin_afresh()
            claim(self)

    def kept_staged(self) -> Staged:
        """A pair that stays staged from one example to the next, as long as no example has changed it."""
        if self._kept is None:
            self.begin_afresh()
            self._kept = self.stage()
            self._as_listed = self._listed_as(self._kept)
        return self._kept

    def _listed_as(self, staged: Staged) -> Staged | None:
        return next((one for one in self.listed() if one.id == staged.id), None)

    def is_still_staged(self, staged: Staged, when: str) -> None:
        """Nothing has changed: what is listed is as it was, and the secret, where no list shows it, still works."""
        found, before = self._listed_as(staged), self._as_listed or staged
        flaw = None
        if found is None:
            flaw = f"the staged credential is gone {when}"
        elif found.key not in (None, staged.key) or found.state != staged.state:
            flaw = f"the staged credential is {found.state or 'another one'} {when}"
        elif found.secret not in (None, staged.secret):
            flaw = f"the staged credential has another secret {when}"
        elif (found.created, found.expires) != (before.created, before.expires):
            flaw = f"the staged credential has other dates {when}"
        elif found.secret is None and not self.authenticates(staged.pair):
            flaw = f"the staged pair is refused {when}"
        try:
            self.case.judge(flaw, "a staged credential that is as it was", "still-staged")
        except NonConformant:
            self._kept = None
            raise

    def is_not_shown_as_active(self, staged: Staged) -> None:
        """A pair that has ended is Expired, or not there."""
        active = any(one.key == staged.key and one.state == ACTIVE for one in self.listed())
        flaw = "a pair that has ended is shown as Active" if active else None
        self.case.judge(flaw, "Expired, or no such pair", "not-active")

    # ----------------------------------------------------------------- rotation

    def patch(self, staged: Staged, body: bytes = ROTATE, headers: Headers = ()) -> Answer:
        """PATCH a staged credential."""
        answer = super().patch(staged, body, headers)
        if answer.exchange.response is not None and answer.succeeded:
            self._kept = None
        return answer

    def can_rotate(self) -> None:
        """A control: one rotation alone leaves both pairs working; the former one is deleted."""
        former, staged = self.main_pair(), self.stage()
        self.rotate(staged)
        self.works(former, "the former pair after one rotation")
        self.works(staged.pair, "the main pair after one rotation")
        self.tidy()

    def patch_if(self, staged: Staged, tag: str) -> Answer:
        """Rotate on condition that the staged credential has this entity tag."""
        return self.patch(staged, ROTATE, (("If-Match", tag),))

    def entity_tag(self, staged: Staged) -> str:
        """The entity tag of a staged credential. Raises NotTested where it has none."""
        tag = self.get(self.place.one(staged.id)).works("the staged credential").response.header("etag")
        if not tag:
            raise lacking(self.role, "entity_tags", "staged credentials have no ETag, so there is no condition to give")
        return tag

    def rotate_noting_whether_the_app_itself_may(self, main: Pair, staged: Staged) -> None:
        """Rotate with a token of the app itself, and where that is refused as the administrator."""
        self.expect_rotation(staged)
        own = self.token_for(main)
        answer = self.call("PATCH", self.place.one(staged.id), ROTATE, (JSON,), as_=own)
        self.case.note(f"the app's own token {'may' if answer.succeeded else 'may not'} rotate the app")
        if not answer.succeeded:
            self.rotate(staged)

    def note_what_became_of(self, token: Secret | None) -> None:
        """Have the report show whether a token that was issued for the former main pair is still taken."""
        if token is not None:
            answer = self.call("GET", self.place.usage, as_=token)
            became = "is refused" if answer.response.status == 401 else "is still taken"
            self.case.note(f"a token that was issued before the rotation {became} after it")

    def note_whose_the_staged_id_is(self, former: Pair, staged: Staged) -> None:
        """Have the report show which pair the staged id addresses after the rotation: clients differ about it."""
        [found, *_] = [*self.get(self.place.one(staged.id)).staged, None]
        key = found.key if found is not None else None
        names = {former.key: "the former pair", staged.key: "the new main pair"}
        self.case.note(f"after a rotation the staged id addresses {names.get(key, 'nothing that it shows')}")

    def shows_a_rotated_pair(self) -> None:
        """The staged place shows a pair in the state Rotated."""
        found = any(one.state == ROTATED for one in self.listed())
        self.case.judge(None if found else "no staged credential is Rotated", "one in the state Rotated", "rotated")

    def former_pair(self) -> tuple[Pair, Staged, Pair]:
        """A former pair, the staged credential that addresses it, and the main pair.

        Where the staged id stays with its pair, the former pair is addressed only if it was staged itself.

        Raises:
            Inconclusive: nothing addresses it.
        """
        main = self.main_pair()
        for _ in range(2):
            former, staged = main, self.stage()
            self.rotate(staged)
            main = staged.pair
            if found := next((one for one in self.listed() if one.shows(former)), None):
                return former, found, main
        raise Inconclusive("no staged credential addresses the former pair, so it cannot be deleted")

    # ------------------------------------------------------------------- others

    def readable(self) -> dict[str, str]:
        """The addresses that the administrator can read, by name. Raises Inconclusive where he cannot."""
        place = self.place
        urls = {
            "apps": place.usage,
            "consumers": place.consumers_url,
            "consumer": place.consumer_url,
            "pair": place.pair_url,
            "staged credentials": place.staged_url,
        }
        for url in urls.values():
            self.get(url).works("the same request as the administrator")
        return urls

    def readable_credentials(self) -> dict[str, str]:
        """The same but for the apps, which hold no credentials."""
        return {name: url for name, url in self.readable().items() if name != "apps"}

    def readable_once(self) -> None:
        """The administrator can read everything, and nobody without a token can: asked once a case.

        Raises:
            Inconclusive: he cannot, or anybody can.
        """
        if not self._is_readable:
            for url in self.readable().values():
                self.is_closed_to_strangers(url)
            self._is_readable = True

    def is_closed_to_strangers(self, url: str) -> None:
        """Who has no token cannot read an address. Raises Inconclusive where that works too."""
        if self.call_without_token("GET", url).succeeded:
            raise Inconclusive("who has no token can read it too, so an answer is none to a caller who may")

    def unknown_token(self) -> Secret:
        """A token of the right shape that was never issued."""
        return Secret(f"{self.token_of(self.role.token).reveal()[:-12]}unknownToken")

    def token_without_permission(self) -> Secret:
        """A valid token of a user who may not see credentials. Raises Inconclusive where it is refused as a token."""
        if self.role.token_without_permission is None:
            raise lacking(self.role, "permissions")
        token = self.token_of(self.role.token_without_permission)
        if self.call("GET", self.place.pair_url, as_=token).response.status == 401:
            raise Inconclusive(
                "token_without_permission is refused with 401, so the token itself may be at fault",
                "a valid token of a user without the permissions for credentials",
            )
        return token

    def foreign_token(self) -> Secret:
        """A valid token of another org."""
        if self.role.foreign_token is None:
            raise lacking(self.role, "other_orgs")
        note_of_another_org(self.case, self.role.foreign_token)
        return self.token_of(self.role.foreign_token)

    def strangers(self) -> Iterator[tuple[str, Callable[[], Secret | None]]]:
        """Who may not change anything, as far as the target file names them: how they are called, and their tokens."""
        yield "without a token", lambda: None
        others = {
            "token_without_permission": ("without permissions", self.token_without_permission),
            "foreign_token": ("of another org", self.foreign_token),
        }
        for field, (who, token) in others.items():
            if getattr(self.role, field) is None:
                self.case.note(f"not tried {who}: staged_credentials.{field} is not declared")
            else:
                yield who, token

    def changes_of_strangers(self) -> list[tuple[str, str, str, Callable[[], Secret | None]]]:
        """What strangers may not do: how it is called, the method, who they are, and their token."""
        strangers = list(self.strangers())
        return [
            (f"{method} {who}", method, who, token)
            for method in ("POST", "PATCH", "DELETE")
            for who, token in strangers
        ]

    def read_as(self, token: Secret | None, url: str) -> Answer:
        """GET an address as somebody else, or as nobody."""
        return self._call_as(token, "GET", url, b"")

    def change_as(self, token: Secret | None, method: str) -> Answer:
        """POST where nothing is staged, or PATCH or DELETE what is staged, as somebody else, or as nobody."""
        if method == "POST":
            if self._kept is not None or not self._stages:
                self.begin_afresh()
                self.can_stage()
            self._kept, self._stages = None, True
            [answer] = self.staging_by(lambda: [self._call_as(token, method, self.place.staged_url, b"{}")])
        else:
            staged = self.kept_staged()
            self.expect_rotation(staged)
            answer = self._call_as(token, method, self.place.one(staged.id), ROTATE if method == "PATCH" else b"")
        if answer.exchange.response is not None and answer.succeeded:
            self._kept, self._stages = None, False
        return answer

    def _call_as(self, token: Secret | None, method: str, url: str, body: bytes) -> Answer:
        headers = (JSON,) if body else ()
        if token is None:
            return self.call_without_token(method, url, body, headers)
        return self.call(method, url, body, headers, as_=token)

    def has_changed_nothing(self, after: str) -> None:
        """What is kept staged is as it was."""
        if self._kept is not None:
            self.is_still_staged(self._kept, f"after {after}")

    def calls_under(self, other: Place, staged: Staged) -> Iterator[tuple[str, Callable[[], Answer]]]:
        """Calls to the consumer and to the pair under the address of another app, by how they are called."""
        addresses = {
            "consumer": other.consumer_url,
            "pair": other.pair_url,
            "staged credentials": other.staged_url,
            "staged credential": other.one(staged.id),
        }
        for what, url in addresses.items():
            yield f"GET of the {what}", partial(self.get, url)
        for method, body in (("PATCH", ROTATE), ("DELETE", b"")):
            self.expect_rotation(staged)
            yield f"{method} of the staged credential", partial(self.call, method, other.one(staged.id), body, (JSON,))

    def where_it_is_switched_off(self) -> Elsewhere:
        """An org in which the setting is off, and which lets the caller see its apps. Raises NotTested without one."""
        off = self.role.switched_off
        if off is None:
            raise lacking(self.role, "setting")
        self.get(self.place.pair_url).works("the same request where the setting is on")
        place = Place(off.base_url, self.role.api_version, off.app, off.consumer)
        if self.call("GET", place.usage, as_=off.token).response.status == 401:
            raise Inconclusive("the token of switched_off is refused with 401, so the token itself may be at fault")
        return Elsewhere(place, off.token)

    def post_elsewhere(self, off: Elsewhere) -> Answer:
        """Try to stage a pair where the setting is off; what was staged is deleted."""
        self.must_be_disposable()
        entry = self.note_a_pair(off.place)
        answer = self.call("POST", off.place.staged_url, b"{}", (JSON,), as_=off.token)
        self._journal.heard(entry, answer.exchange.status)
        deletions = [self.call("DELETE", off.place.one(one.id), as_=off.token) for one in answer.staged]
        if (answer.staged or not answer.succeeded) and all(deletion.succeeded for deletion in deletions):
            self._journal.undone(entry)
        return answer

    def refusals(self, staged: Staged) -> dict[str, Answer]:
        """Answers to requests that are refused, by what is wrong with them. Raises Inconclusive where none is."""
        place = self.place
        answers = {
            "no token": self.call_without_token("GET", place.pair_url),
            "an unknown part": self.get(f"{place.consumer_url}?part=seasonproof"),
            "an unknown consumer": self.get(place.with_consumer(f"{place.consumer[:-4]}zzzz").pair_url),
            "a second staging": self.post(b"{}"),
            "an unknown command": self.patch(staged, b'{"command": "seasonproof"}'),
        }
        refused = {what: answer for what, answer in answers.items() if answer.response.status >= 400}
        if not refused:
            raise Inconclusive("no request was refused, so there is no refusal to look at")
        return refused
