"""A business system as the tests speak of it: callers and records in the situations that they begin with."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from conformance.documents.json_path import all_at, first_at
from conformance.http.exchange import Headers
from conformance.rules.change_feed import Item
from conformance.rules.flaw import FlawOfKind
from conformance.rules.outcome import Inconclusive, NotApplicable
from conformance.rules.record_values import differs
from conformance.suites.change_triggers.callers import Callers
from conformance.suites.change_triggers.descriptions import as_asked_for, contradictions, described
from conformance.suites.change_triggers.values import changed_value, invalid, written

if TYPE_CHECKING:
    from conformance.config.roles import RecordField
    from conformance.suites.change_triggers.answers import Reply


_MADE_UP, _FAILED = '"seasonproof-stale"', 412
"""An entity tag that no record has, and the answer to it where conditions are looked at (RFC 9110, 13.1.1)."""

_LABEL_LENGTH = 40  # characters, into which every label fits


class BusinessSystemDriver(Callers):
    """A business system with callers and records in the situations that a test needs."""

    # -------------------------------------------------------------- metadata

    def described(self) -> dict[str, Any]:
        """The fields that the metadata describes, by name."""
        about = self.metadata
        reply = self.call(as_asked_for(about)).works("reading the metadata")
        self._required_names = None
        if about.required_names is not None:
            lists = all_at(about.required_names, reply.content)
            self._required_names = {
                str(name) for found in lists for name in (found if isinstance(found, list) else [found])
            }
        return described(about, reply.response.body, reply.content)

    _required_names: set[str] | None = None

    def agrees(self, said: dict[str, Any], name: str) -> None:
        """The description of a field says what holds for records."""
        if name not in said:
            raise Inconclusive(f"the metadata does not describe {name}")
        flaws = contradictions(self.metadata, said[name], self.role.fields[name])
        flaw = FlawOfKind(flaws[0][0], f"the metadata {flaws[0][1]}: {name}") if flaws else None
        self.case.judge(flaw, "what holds for records", "agrees")

    def is_required(self, said: dict[str, Any], name: str) -> bool:
        """What the metadata says on whether a field is required. Raises NotTested where it does not say."""
        if self.metadata.required is None and self.metadata.required_names is None:
            self._lacking("required_fields_in_metadata")
        if name not in said:
            raise Inconclusive(f"the metadata does not describe {name}")
        if self._required_names is not None:
            return name in self._required_names
        return first_at(self.metadata.required, said[name]) is True

    # --------------------------------------------------------------- records

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
        """Updates of a text together with a wrong value, by what is wrong.

        Returns:
            What is wrong, and what makes the update: the record as it was, and the refusal; None where it is none.
        """

        def refusal(what: str, name: str, wrong: object, text: str) -> tuple[Item, Reply] | None:
            record = self.created(self.full_record())
            right = self.new_label() if name == self.label else self.plain(self.role.fields[name])
            self.updated(record, **{text: self.new_label(), name: right})
            before = self.item(record)
            reply = self.update(record, {text: self.new_label(), name: wrong})
            if reply.exchange.response is not None and reply.status < 400:
                self.case.note(f"an update with {what} is accepted, so there is no refusal to check")
                return None
            return before, reply

        for what, name, wrong, text in self._wrong_updates():
            yield name if wrong is not None else what, partial(refusal, what, name, wrong, text)

    def refused_an_update(self) -> None:
        """At least one wrong update was refused, and the record was checked afterwards.

        Raises:
            NotTested: no wrong update is refused, so there is nothing to check.
            NotApplicable: wrong records are refused, and updates are not.
        """
        if self.case.tried:
            return
        for what, record in self.invalid_records():
            if 400 <= self.create(record).status < 500:
                raise NotApplicable(
                    f"a record with {what} is refused, but no update is, so there is no refusal to check"
                )
        self._lacking("refusals", "no update with an invalid value is refused, so there is no refusal to check")

    def _wrong_updates(self) -> Iterator[tuple[str, str, object, str]]:
        """What is wrong, the field, its value, and the text that the same update changes."""
        for name, about in self.checked_fields().items():
            yield f"an invalid {name}", name, invalid(about), self.label
        texts = [self.label, *(name for name, about in self.role.fields.items() if _takes_labels(about))]
        for name, about in self.role.fields.items():
            text = next((other for other in texts if other != name), None)
            if about.required and not about.nullable and text is not None:
                yield f"no {name}", name, None, text

    def refusals_of_records(self) -> Iterator[tuple[str, Reply]]:
        """The answers to invalid records that are refused, each with what is wrong.

        Raises:
            NotTested: no field can be wrong, or none is refused, so there is no refusal to read.
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
            self._lacking("refusals", "no invalid record is refused, so there is no refusal to read")

    def invalid_records(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Records that have to be refused, each with what is wrong. Raises NotTested where no field can be wrong."""
        wrong = [(name, value) for name, about in self.role.fields.items() if (value := invalid(about)) is not None]
        needed = [name for name, about in self.role.fields.items() if about.required]
        if not wrong and not needed:
            self._lacking("rules_of_fields")
        for name, value in wrong:
            yield f"{name} of another type", {**self.full_record(), name: value}
        for name in needed:
            yield f"no {name}", {key: value for key, value in self.full_record().items() if key != name}

    def one_invalid_of(self, count: int) -> list[dict[str, Any]]:
        """Records of which the second one has to be refused. Raises NotTested where no field can be wrong."""
        _, wrong = next(self.invalid_records())
        records = [self.full_record() for _ in range(count)]
        records[1] = {**wrong, self.label: self.new_label()} if self.label in wrong else wrong
        return records

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

    def changes_of_fields(self) -> list[tuple[str, str, Any]]:
        """What is changed, with its field and another value: the label first, each field that has two, and null."""
        others = {name: about for name, about in self.role.fields.items() if name != self.label}
        found = {name: changed_value(about) for name, about in others.items()}
        return [
            (self.label, self.label, self.new_label()),
            *((name, name, value) for name, value in found.items() if value is not None),
            *((f"{name} to null", name, None) for name, about in others.items() if about.nullable),
        ]

    def created_twice_at_once(self, record: dict[str, Any], key: Headers) -> list[Reply]:
        """The answers to two creations with one key at the same time; one of them at least is a control."""
        replies = self.at_once([partial(self.create, record, headers=key) for _ in range(2)])
        if not any(reply.succeeded for reply in replies):
            raise Inconclusive("neither of two creations with one key is accepted")
        return sorted(replies, key=lambda reply: not reply.succeeded)

    def gives_no_secret_back(self, reply: Reply, what: str) -> None:
        """An answer holds none of the credentials that it was asked with."""
        response = reply.response
        texts = [response.text, *(value for _, value in response.headers)]
        sent = [value.rpartition(" ")[2] for name, value in self.credentials]
        flaw = f"{what} gives back the credentials of the connection"
        is_shown = any(secret in text for secret in sent for text in texts)
        self.case.judge(flaw if is_shown else None, "no credentials in any answer", "gives-back", reply.exchange)

    def lock_of(self, identifier: str) -> tuple[Headers, Item]:
        """What an update shows to say which state it changes. Raises NotTested where there is nothing of the kind."""
        if self.role.denial_of("locks") is not None:
            self._lacking("locks")
        reply = self.read(identifier).works("reading a record that was just written")
        known = self.item_of(first_at(self.reading.item, reply.content))
        if self.role.lock == "version":
            return (), known
        etag = reply.response.header("etag")
        made_up = self.update(
            identifier, {self.label: self.new_label()}, headers=(("If-Match", _MADE_UP),), known=known
        )
        if made_up.status != _FAILED and (etag is None or self.role.lock is None):
            self._lacking("locks", f"an update under a made-up If-Match is answered {made_up.status}, so nothing locks")
        if etag is None:
            raise Inconclusive("the record that was read has no ETag", "business_system.lock: version")
        reply = self.read(identifier).works("reading a record that was just written")
        known = self.item_of(first_at(self.reading.item, reply.content))
        return (("If-Match", reply.response.header("etag") or etag),), known

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


def _takes_labels(about: RecordField) -> bool:
    """Whether a field is a text into which a label fits."""
    return about.type in ("string", "text") and (about.max_length is None or about.max_length >= _LABEL_LENGTH)
