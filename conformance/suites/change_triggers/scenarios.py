"""Situations of connections, actions and fields that several tests begin with."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from conformance.documents.json_path import all_at, first_at
from conformance.http.exchange import Headers
from conformance.judging.matchers import Attempt, name_of
from conformance.judging.verdict import JOINT
from conformance.redaction import VAULT
from conformance.rules.change_feed import Item
from conformance.rules.flaw import Flaw
from conformance.rules.outcome import Inconclusive, NotTested
from conformance.rules.record_values import differs
from conformance.suites.change_triggers.feeds import Feeds
from conformance.suites.change_triggers.values import invalid, plain_value, written

if TYPE_CHECKING:
    from conformance.config.roles import RecordField
    from conformance.config.roles.business_system import FieldType
    from conformance.suites.change_triggers.answers import Reply


_ANOTHER_CHECK = "business_system.check: a call that needs credentials; without check, a poll is the test"


class Scenarios(Feeds):
    """A business system with callers and records in the situations that a test needs."""

    # ----------------------------------------------------------- connections

    def refuses_strangers(self) -> None:
        """Wrong credentials do not pass the test of the connection. Raises NotTested where it has none.

        Raises:
            Inconclusive: they do, so that a success proves nothing.
        """
        if self.check(self.wrong_credentials()).succeeded:
            raise Inconclusive(
                "the test succeeds with wrong credentials too, so a success proves nothing", _ANOTHER_CHECK
            )

    def needs_credentials(self) -> None:
        """The connection has credentials. Raises NotTested where requests are anonymous."""
        if not self.credentials:
            self._lacking("credentials")

    def attempt(self, what: str, credentials: Headers | None = None) -> Reply:
        """Do one of the things that a flow does, as some caller.

        Args:
            what: `check`, `poll`, `read`, `create` or `update`.
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
            case _:
                record = self._standing()
                return self.update(record, {self.label: self.new_label()}, credentials=credentials)

    def shuts_out(self, what: str, credentials: Headers, whose: str) -> None:
        """One of the things that a flow does is refused to a caller. It works with the right credentials, as a control.

        Args:
            what: as in `attempt`.
            credentials: whose.
            whose: the same in words, such as `with wrong credentials`.

        Raises:
            Inconclusive: the test of the connection is open to everybody, so it tells nothing of credentials.
        """
        self.attempt(what).works(f"{what} with the right credentials")
        reply = self.attempt(what, credentials)
        if what == "check" and reply.succeeded and self.role.check is not None and self._is_public_check():
            raise Inconclusive("the test of the connection is open to everybody", _ANOTHER_CHECK)
        is_empty = what == "poll" and reply.succeeded and not self.items_in(reply)
        reply.is_refused(f"{what} {whose}", is_empty=is_empty)

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
        renewed = self.credentials_of(self.role.access)
        if renewed == self.credentials:
            self._lacking("renewed_credentials", "each time the same credentials come, so there is no token to renew")
        return renewed

    def described(self) -> dict[str, Any]:
        """The fields that the metadata describes, by name."""
        about = self.metadata
        reply = self.call(about).works("reading the metadata")
        return {str(first_at(about.name, field)): field for field in all_at(about.fields, reply.content)}

    def is_required(self, described: dict[str, Any], name: str) -> bool:
        """What the metadata says on whether a field is required. Raises NotTested where it does not say."""
        if self.metadata.required is None:
            self._lacking("required_fields_in_metadata")
        if name not in described:
            raise Inconclusive(f"the metadata does not describe {name}")
        return first_at(self.metadata.required, described[name]) is True

    # --------------------------------------------------------------- records

    def full_record(self) -> dict[str, Any]:
        """A record with a plain value in every field."""
        return {**{name: plain_value(about) for name, about in self.role.fields.items()}, self.label: self.new_label()}

    def stands(self, identifier: str, record: dict[str, Any], what: str) -> None:
        """A record has the values that are given, and exists."""
        reply = self.read(identifier)
        fields = self.item_of(first_at(self.reading.item, reply.content)).fields
        told = f"{what} is not as it was written"
        if not reply.succeeded:
            unread = f"{told}: reading it is answered {reply.status}"
            self.case.judge(unread, "the values that were written", "as-written:unreadable", reply.exchange)
        for each in self.case.each(record.items()):
            with each as (name, value):
                about = self.role.fields.get(name)
                wrong = differs(about.type if about else "string", value, fields.get(name))
                flaw = f"{told}: {name}: {wrong}" if wrong else None
                self.case.judge(flaw, "the values that were written", "as-written", reply.exchange)

    def is_unchanged(self, before: Item, but: Sequence[str], what: str, since: Reply | None = None) -> None:
        """A record has the values that it had.

        Args:
            before: the record as it was.
            but: the fields that may have changed.
            what: the record, as a phrase.
            since: the answer to what should have changed nothing.
        """
        after = self.item(before.id).fields
        read = self.case.last
        for each in self.case.each(name for name in self.role.fields if name not in but):
            with each as name:
                flaw = f"{what} has another {name}" if after.get(name) != before.fields.get(name) else None
                self.case.judge(
                    flaw, "the values that it had before", "unchanged", since.exchange if since else None, read
                )

    def is_gone(self, identifier: str) -> None:
        """A record cannot be read, or shows that it is deleted."""
        reply = self.read(identifier)
        is_marked = reply.succeeded and self.item_of(first_at(self.reading.item, reply.content)).deleted
        flaw = (
            None if is_marked or 400 <= reply.status < 500 else f"reading a deleted record is answered {reply.status}"
        )
        self.case.judge(flaw, "status 404 or 410, or the mark of a deleted record", "gone", reply.exchange)

    def needs_partial_updates(self) -> None:
        """An update takes some fields alone. Raises NotTested where it takes the whole record."""
        if self.updating.whole:
            self._lacking("partial_updates")

    def checked_fields(self) -> dict[str, RecordField]:
        """The fields whose types refuse something. Raises NotTested where there is none."""
        found = {name: about for name, about in self.role.fields.items() if invalid(about) is not None}
        return found or self._lacking("types_of_fields")

    def refusals_of_updates(self) -> Iterator[tuple[str, Callable[[], tuple[Item, Reply] | None]]]:
        """Updates of the label together with an invalid value, by the field that is invalid.

        Returns:
            The field, and what makes the update: the record as it was before, and the refusal; None where it is none.

        Raises:
            Inconclusive: none is refused, so there is no refusal to look behind.
        """
        refused: list[str] = []

        def refusal(name: str, about: RecordField) -> tuple[Item, Reply] | None:
            record = self.created(self.full_record())
            self.updated(record, **{self.label: self.new_label(), name: plain_value(about)})
            before = self.item(record)
            reply = self.update(record, {self.label: self.new_label(), name: invalid(about)})
            if reply.exchange.response is not None and reply.status < 400:
                self.case.note(f"an update with an invalid {name} is taken, so there is no refusal to look behind")
                return None
            refused.append(name)
            return before, reply

        for name, about in self.checked_fields().items():
            yield name, partial(refusal, name, about)
        if not refused:
            raise Inconclusive("no update with an invalid value is refused, so there is no refusal to look behind")

    def refusals_of_records(self) -> Iterator[tuple[str, Reply]]:
        """The answers to invalid records that are refused, each with what is wrong.

        Raises:
            NotTested: no field can be wrong.
            Inconclusive: none is refused, so there is no refusal to read.
        """
        refused = 0
        for what, record in self.invalid_records():
            reply = self.create(record)
            if 400 <= reply.status < 500:
                refused += 1
                yield what, reply
            else:
                self.case.note(f"a record with {what} is answered {reply.status}, so there is no refusal to read")
        if not refused:
            raise Inconclusive("no invalid record is refused, so there is no refusal to read")

    def invalid_records(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Records that have to be refused, each with what is wrong. Raises NotTested where no field can be wrong."""
        wrong = [(name, value) for name, about in self.role.fields.items() if (value := invalid(about)) is not None]
        needed = [name for name, about in self.role.fields.items() if about.required]
        if not wrong and not needed:
            self._lacking("rules_of_fields")
        for name, value in wrong:
            yield f"a {name} of another type", {**self.full_record(), name: value}
        for name in needed:
            yield f"no {name}", {key: value for key, value in self.full_record().items() if key != name}

    def create_with_body(self, body: bytes) -> Reply:
        """Ask for a new record with any bytes as body."""
        return self.create({}, body=body)

    def idempotency_key(self) -> Headers:
        """The header with a new key. Raises NotTested where the system takes none."""
        if self.role.idempotency_header is None:
            self._lacking("idempotency_keys")
        return ((self.role.idempotency_header, uuid4().hex),)

    def is_the_same_creation(self, first: Reply, second: Reply) -> None:
        """A retry made no second record: it has the id of the first one, or is refused."""
        ids = [self.id_in(reply) for reply in (first, second)]
        if ids[0] is None or ids[0] in self._labels:
            raise Inconclusive("the answer to a creation has no id of its own, so it names no record")
        is_new = second.succeeded and ids[0] != ids[1]
        flaw = "the retry made a second record" if is_new else None
        self.case.judge(flaw, "the record of the first request", "same-creation", first.exchange, second.exchange)

    def lock_of(self, identifier: str) -> tuple[Headers, Item]:
        """What an update shows to say which state it changes. Raises NotTested where there is nothing of the kind."""
        reply = self.read(identifier).works("reading a record that was just written")
        known = self.item_of(first_at(self.reading.item, reply.content))
        if self.role.lock is None:
            self._lacking("locks")
        if self.role.lock == "version":
            return (), known
        etag = reply.response.header("etag")
        if etag is None:
            raise Inconclusive("the record that was read has no ETag", "business_system.lock: version")
        return (("If-Match", etag),), known

    def two_changes(self) -> dict[str, Any]:
        """Changes of two fields. Raises NotTested where there are no two fields."""
        other = next(
            (name for name, about in self.role.fields.items() if name != self.label and about.type == "integer"), None
        )
        if other is None:
            self._lacking("integers")
        return {self.label: self.new_label(), other: written(7, self.role.fields[other])}

    def updated_at_once(self, identifier: str, changes: dict[str, Any]) -> dict[str, Any]:
        """Make each change in a request of its own, in parallel; those that were accepted."""
        actions = [lambda pair=pair: self.update(identifier, dict([pair])) for pair in changes.items()]
        replies = self.at_once(actions)  # type: ignore[arg-type] # its one default is filled in
        accepted = {
            name: value for (name, value), reply in zip(changes.items(), replies, strict=True) if reply.succeeded
        }
        if not accepted:
            raise Inconclusive("neither of two updates at the same time is accepted")
        return accepted

    def _standing(self) -> str:
        self._attempted = self._attempted or self.created()
        return self._attempted

    _attempted: str = ""

    # ---------------------------------------------------------------- fields

    def carries(self, field: str, value: Any) -> None:
        """A value of a field is accepted, and comes back with its meaning. It is written into the case's one record."""
        kind = self.role.fields[field].type
        reply = self._written(field, value)
        if 400 <= reply.status < 500:
            flaw: str | None = Flaw("refused", f"{field}: a value of {field} is refused with {reply.status}")
        elif not reply.succeeded:
            raise Inconclusive(f"writing {field} is answered {reply.status}")
        else:
            wrong = differs(kind, value, self.value_of(field))
            flaw = f"{field}: {wrong}" if wrong else None
        expected = f"{_a(kind)} comes back with the meaning it had"
        self._judge(flaw, expected, "carried", reply)

    def refuses_or_carries(self, field: str, what: str, value: Any) -> None:
        """A value that the field may not be able to keep is refused, or comes back with its meaning."""
        self._control(field)
        reply = self._written(field, value)
        flaw = None
        if reply.succeeded:
            flaw = differs(self.role.fields[field].type, value, self.value_of(field))
        elif reply.status >= 500:
            flaw = f"{what} is answered {reply.status}"
        expected = f"{what} is refused with a 4xx, and never changed"
        self._judge(flaw and f"{field}: {flaw}", expected, "refused-or-carried", reply)

    def _judge(self, flaw: str | None, expected: str, judgement: str, written: Reply) -> None:
        read = self.case.last if self.case.last is not written.exchange else None
        self.case.judge(flaw, expected, judgement, written.exchange, read)

    def refuses(self, field: str, what: str, value: Any) -> None:
        """A value that the field does not take is refused."""
        self._control(field)
        self._written(field, value).is_refused(f"{field}: {what}")

    def _control(self, field: str) -> None:
        """A plain value of the field is accepted, once in each case. Raises Inconclusive where it is not."""
        if field in self._controlled:
            return
        self._controlled.add(field)
        self._written(field, plain_value(self.role.fields[field])).works(f"writing a plain {field}")

    def value_of(self, field: str) -> Any:
        """The value of a field of the case's one record."""
        return self.item(self._subject or "").fields.get(field)

    def start_without(self, field: str) -> None:
        """Let the case's one record be a new one that lacks a field."""
        record = {name: value for name, value in self.plain_record().items() if name != field}
        self._subject = self.stored(self.created(record)).id

    _subject: str | None = None

    def _written(self, field: str, value: Any) -> Reply:
        if self._subject is not None and self.role.update is not None:
            return self.update(self._subject, {field: value})
        reply = self.create(self.plain_record(**{field: value}))
        if reply.succeeded:
            self._subject = self.id_in(reply)
        return reply

    # ------------------------------------------------------- kinds of fields

    def each_field_of(self, *types: FieldType) -> Iterator[Attempt[tuple[str, RecordField]]]:
        """Try each field of some types. Raises NotTested where there is none."""
        return self.case.each(self.fields_of(*types).items())

    def each_value_of[T](
        self, values: Callable[[RecordField], Iterable[T]], *types: FieldType
    ) -> Iterator[Attempt[tuple[str, T]]]:
        """Try each of some values in each field of some types. Raises NotTested where there is no such field."""
        pairs = [(name, value) for name, about in self.fields_of(*types).items() for value in values(about)]
        return self.case.each(pairs, lambda pair: f"{pair[0]}{JOINT}{name_of(pair[1])}")

    def limited_fields(self) -> dict[str, RecordField]:
        """The texts with a greatest length. Raises NotTested where there is none."""
        found = {name: about for name, about in self.fields_of("string", "text").items() if about.max_length}
        if not found:
            self._lacking("limited_texts")
        return found

    def nullable_fields(self) -> list[str]:
        """The texts for which null is a value of its own. Raises NotTested where there is none."""
        found = [name for name, about in self.fields_of("string", "text").items() if about.nullable]
        if not found:
            self._lacking("nullable_texts")
        return found

    def has_no_value(self, field: str) -> None:
        """The field of the case's one record is null or missing."""
        found = self.value_of(field)
        shown = VAULT.shown(str(found), 40)
        flaw = None if found is None else f"{field}: a field that was not sent came back as {shown!r}"
        self.case.judge(flaw, "null, or no such field", "no-value")


def _a(kind: str) -> str:
    return f"{'an' if kind[0] in 'aeiou' else 'a'} {kind}"
