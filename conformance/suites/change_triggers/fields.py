"""Fields of a business system: values that are written into them, and what comes back."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

from conformance.judging.matchers import Attempt, name_of
from conformance.judging.verdict import JOINT
from conformance.rules.flaw import Flaw, FlawOfKind
from conformance.rules.outcome import Inconclusive
from conformance.rules.record_values import differs, shown
from conformance.suites.change_triggers.feeds import Feeds
from conformance.suites.change_triggers.values import MAY_BE_EMPTY

if TYPE_CHECKING:
    from conformance.config.roles import RecordField
    from conformance.config.roles.record_fields import FieldType
    from conformance.http.exchange import Exchange
    from conformance.suites.change_triggers.answers import Reply

_CONFLICT = 409
_FAILURE = 500

_UNKNOWN = "seasonproof_unknown"
"""A field that no system has."""


class Fields(Feeds):
    """A business system with a record into whose fields values are written."""

    def carries_both_ways(self, field: str, value: Any) -> None:
        """A value of a field is accepted by an update and in a new record, and comes back with its meaning."""
        self.carries(field, value)
        if self.role.update is not None:
            former, self._subject = self._subject, None
            try:
                self.carries(field, value, former)
            finally:
                self._subject = self._subject or former

    def carries(self, field: str, value: Any, former: str | None = None) -> None:
        """A value of a field is accepted, and comes back with its meaning. It is written into the case's one record.

        Args:
            field: the field.
            value: the value.
            former: another record with the same value, which makes way where the field is unique.
        """
        kind = self.role.fields[field].type
        reply, read = self._written(field, value), None
        if reply.status == _CONFLICT and former is not None and self.role.delete is not None:
            self.delete(former)
            reply = self._written(field, value)
        if 400 <= reply.status < 500:
            flaw: Flaw | None = FlawOfKind("refused", f"{field}: a value of {field} is refused with {reply.status}")
            self._control(field)
        elif not reply.succeeded:
            raise Inconclusive(f"writing {field} is answered {reply.status}")
        else:
            wrong, read = self._wrong_with(field, value, reply)
            flaw = f"{field}: {wrong}" if wrong else None
        expected = f"{_a(kind)} comes back with the meaning it had"
        self._judge(flaw, expected, "carried", reply, read)

    def refuses_or_carries(self, field: str, what: str, value: Any) -> None:
        """A value that the field may not be able to keep is refused, or comes back with its meaning."""
        self._control(field)
        reply, read = self._written(field, value), None
        flaw: Flaw | None = None
        if reply.succeeded:
            flaw, read = self._wrong_with(field, value, reply)
        elif reply.status >= 500:
            flaw = f"{what} is answered {reply.status}"
        expected = f"{what} is refused with a 4xx, and never changed"
        self._judge(flaw and f"{field}: {flaw}", expected, "refused-or-carried", reply, read)

    def _wrong_with(self, field: str, value: Any, written: Reply) -> tuple[Flaw | None, Exchange]:
        """What is wrong with a value that was taken, and the answer that shows it.

        Raises:
            Inconclusive: the system fails to read other records too.
        """
        reply = self.read(self._subject or "")
        if reply.status >= _FAILURE and self.read(self._subject or "").status >= _FAILURE:
            self._subject = None  # what comes next in this case is written into another record
            self.item(self.created())
            told = f"it is taken with {written.status}, and reading its record is answered {reply.status} then"
            return told, reply.exchange
        return differs(self.role.fields[field].type, value, self.item_in(reply).fields.get(field)), reply.exchange

    def _judge(self, flaw: Flaw | None, expected: str, judgement: str, written: Reply, read: Exchange | None) -> None:
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
        self._written(field, self.plain(self.role.fields[field])).works(f"writing a plain {field}")

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

    def unsent_fields(self) -> list[str]:
        """The numbers, booleans, dates and choices that a new record may lack. Raises NotTested where there is none."""
        found = [name for name, about in self.fields_of(*MAY_BE_EMPTY).items() if not about.required]
        return found or self._lacking("optional_values")

    def keeps_or_refuses_an_unknown_field(self, how: str) -> None:
        """A field that the system does not know is refused, or comes back; it is never dropped without a word."""
        record = self.created()
        self.item(record)
        extra = {_UNKNOWN: "kept"}
        reply = self.update(record, extra) if how == "update" else self.create(self.plain_record(**extra))
        flaw = read = None
        if reply.succeeded:
            identifier = record if how == "update" else self.id_in(reply) or ""
            again = self.read(identifier)
            found, read = self.item_in(again).fields.get(_UNKNOWN), again.exchange
            flaw = None if found == "kept" else f"{how} takes an unknown field, and drops it without a word"
        elif reply.status >= 500:
            flaw = f"{how} with an unknown field is answered {reply.status}"
        self._judge(flaw, "a refusal with a 4xx, or the field that was written", "unknown-field", reply, read)

    def has_no_value(self, field: str) -> None:
        """The field of the case's one record is null or missing, or has the default that is declared."""
        found, default = self.value_of(field), self.role.fields[field].default
        flaw = f"{field}: a field that was not sent came back as {shown(found)}"
        is_empty = found is None or (default is not None and found == default)
        self.case.judge(None if is_empty else flaw, "null, or no such field", "no-value")


def _a(kind: str) -> str:
    return f"{'an' if kind[0] in 'aeiou' else 'a'} {kind}"
