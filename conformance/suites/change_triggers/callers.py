"""Callers of a business system: those of the connection, and others who may do less."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.rules.outcome import Inconclusive, NotTested
from conformance.suites.change_triggers.ledger import new_label
from conformance.suites.change_triggers.limits import Limits

if TYPE_CHECKING:
    from conformance.http.exchange import Headers
    from conformance.suites.change_triggers.answers import Reply

_ANOTHER_CHECK = "business_system.check: a call that needs credentials; without check, a poll is the test"
_PUBLIC = "business_system.absent: [read_credentials], if everybody may read"


class Callers(Limits):
    """A business system that is asked by callers with and without credentials, permission and access."""

    def refuses_strangers(self) -> None:
        """Wrong credentials do not pass the test of the connection. Raises NotTested where it has none.

        Raises:
            Inconclusive: they do, so that a success proves nothing.
        """
        if self.check(self.wrong_credentials()).succeeded:
            raise Inconclusive(
                "the test succeeds with wrong credentials too, so a success proves nothing", _ANOTHER_CHECK
            )

    def keeps_from_strangers(self, identifier: str) -> None:
        """Wrong credentials do not read a record.

        Raises:
            Inconclusive: they do, so that nobody needs the right ones.
        """
        if self.read(identifier, self.wrong_credentials()).succeeded:
            why = "the record is read with wrong credentials too, so reading it with a renewed token proves nothing"
            raise Inconclusive(why, _PUBLIC)

    def needs_credentials(self) -> None:
        """The connection has credentials. Raises NotTested where requests are anonymous."""
        if not self.credentials:
            self._lacking("credentials")

    def attempt(self, what: str, credentials: Headers | None = None) -> Reply:
        """Do one of the things that a flow does, as some caller.

        Args:
            what: `check`, `poll`, `read`, `create`, `create_many`, `upsert`, `update`, `delete` or `undelete`.
            credentials: whose; those of the connection if left out.
        """
        match what:
            case "check":
                return self.check(credentials)
            case "poll":
                self._standing()  # so that a list with nothing in it is seen to be wrong
                return self.ask(None, size=1, credentials=credentials)
            case "read":
                return self.read(self._standing(), credentials)
            case "create":
                return self.create(self.plain_record(), credentials=credentials)
            case "create_many":
                return self.create_many([self.plain_record(), self.plain_record()], credentials)
            case "upsert":
                return self.upsert(*self.external_id(), credentials)
            case "undelete":
                record = self.created()
                self.delete(record).works("deleting a record")
                return self.undelete(record, credentials)
            case "delete":
                return self.delete(self.created(), credentials)
            case _:
                record = self._standing()
                return self.update(record, {self.label: self.new_label()}, credentials=credentials)

    def external_id(self) -> tuple[str, dict[str, Any]]:
        """An external id that no record has, and a record with it."""
        about = self.role.fields[self.upserting.key]
        key = new_label(about.max_length - 1 if about.max_length else None).replace(" ", "-")
        return key, {**self.plain_record(), self.upserting.key: key}

    def ways_to(self, what: str) -> list[str]:
        """What is tried of the things that a flow does: one of them, and the further forms of it that are declared."""
        further = {"create": ("create_many", "upsert"), "delete": ("undelete",)}
        return [what, *(form for form in further.get(what, ()) if getattr(self.role, form) is not None)]

    def _standing(self) -> str:
        self._attempted = self._attempted or self.created()
        return self._attempted

    _attempted: str = ""

    def shuts_out(self, what: str, credentials: Headers, whose: str, *, may_list_nothing: bool = False) -> Reply:
        """One of the things that a flow does is refused to a caller. It works with the right credentials, as a control.

        Args:
            what: as in `attempt`.
            credentials: whose.
            whose: the same in words, such as `with wrong credentials`.
            may_list_nothing: whether a poll may hide from the caller that there is anything.

        Returns:
            The refusal.

        Raises:
            Inconclusive: the test of the connection is open to everybody, so it tells nothing of credentials.
        """
        self.attempt(what).works(f"{what} with the right credentials")
        reply = self.attempt(what, credentials)
        if what == "check" and reply.succeeded and self.role.check is not None and self._is_public_check():
            raise Inconclusive("the test of the connection is open to everybody", _ANOTHER_CHECK)
        is_empty = what == "poll" and reply.succeeded and not self.items_in(reply)
        if is_empty and may_list_nothing:
            self.case.judge(None, "", "refused")
        else:
            reply.is_refused(f"{what} {whose}", is_empty=is_empty)
        return reply

    def knows(self, credentials: Headers, what: str, reply: Reply, field: str) -> None:
        """A caller was refused for what it may do, and not for credentials that have ended (RFC 9110, 15.5.2, 15.5.4).

        Args:
            credentials: the caller's.
            what: what it tried, as in `attempt`.
            reply: the answer.
            field: what the target file calls its credentials.

        Where everybody is answered 403, and the test of the connection shows nothing either, nothing can tell that
        they have ended. A note says so.

        Raises:
            Inconclusive: it is a 401, and nothing shows that these credentials are taken and wrong ones are not.
        """
        wrong = self.wrong_credentials()
        if reply.status not in (401, self.attempt(what, wrong).status):
            return
        if self.check(credentials).succeeded and not self.check(wrong).succeeded:
            return
        why = f"the credentials of {field} are refused with {reply.status} as wrong ones are, so they may have ended"
        if reply.status == 401:
            advice = f"business_system.{field}: valid credentials; a missing permission is answered 403 or 404"
            raise Inconclusive(why, advice)
        self.case.note(why)

    def _is_public_check(self) -> bool:
        return self.check(()).succeeded and self.check(self.wrong_credentials()).succeeded

    def refusals_with_401(self) -> dict[str, Reply]:
        """The answers with 401 to callers without the right credentials. Raises NotTested where there is none."""
        refusals = {"no credentials": self.check(()), "wrong credentials": self.check(self.wrong_credentials())}
        found = {who: refusal for who, refusal in refusals.items() if refusal.status == 401}
        if not found:
            raise NotTested("nothing is refused with 401, so no challenge is due")
        return found

    def renewed_credentials(self) -> Headers:
        """The headers with a token that was fetched anew. Raises NotTested where no token can be fetched."""
        known = self.credentials  # before the new ones, which may end them
        renewed = self.credentials_of(self.role.access)
        if renewed == known:
            self._lacking("renewed_credentials", "each time the same credentials come, so there is no token to renew")
        return renewed
