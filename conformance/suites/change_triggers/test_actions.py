"""Actions: records are created, read, changed and deleted, and what is refused changes nothing."""

from functools import partial

from conformance.suites import requirement
from conformance.suites.change_triggers import claims
from conformance.suites.identifiers import unknown_id


@requirement("ACT-01")
def test_a_created_record_can_be_read_back(business_system):
    record = business_system.plain_record()
    identifier = business_system.created(record)
    business_system.stands(identifier, record, "a record that was just created")


@requirement("ACT-02")
def test_a_deleted_record_is_gone(business_system):
    identifier = business_system.created()
    business_system.item(identifier)
    business_system.delete(identifier).is_accepted("deleting a record")
    business_system.is_gone(identifier)


@requirement("ACT-03")
def test_a_record_that_never_was_is_not_found(business_system):
    identifier = business_system.created()
    business_system.item(identifier)
    business_system.read(unknown_id(identifier)).is_refused("reading a record that never was")


@requirement("ACT-04")
def test_a_partial_update_leaves_the_other_fields_alone(business_system):
    business_system.needs_partial_updates()
    before = business_system.stored(business_system.created(business_system.full_record()))
    business_system.relabelled(before.id)
    business_system.is_unchanged(before, [business_system.label], "a record of which one field changed")


@requirement("ACT-05")
def test_an_invalid_record_is_refused(business_system):
    business_system.create(business_system.full_record()).works("creating a valid record")
    for each in business_system.case.each(business_system.invalid_records()):
        with each as (what, record):
            business_system.create(record).is_refused(f"a record with {what}")


@requirement("ACT-06")
def test_the_refusal_of_an_invalid_record_says_why(business_system):
    business_system.create(business_system.full_record()).works("creating a valid record")
    for each in business_system.case.each(business_system.refusals_of_records()):
        with each as (_, refusal):
            refusal.says_why()


@requirement("ACT-07")
def test_a_refused_update_changes_nothing(business_system):
    for each in business_system.case.each(business_system.refusals_of_updates()):
        with each as (_, update):
            if (found := update()) is not None:
                before, refusal = found
                business_system.is_unchanged(before, [], "a record after a refused update", refusal)
    business_system.refused_an_update()


@requirement("ACT-08")
def test_a_body_that_is_no_json_is_refused(business_system):
    business_system.create(business_system.plain_record()).works("creating a plain record")
    for each in business_system.case.each((b'{"name": ', b"\xff\xfe", b"[1, 2")):
        with each as body:
            business_system.create_with_body(body).is_refused("a body that is not JSON")


@requirement("ACT-09")
def test_a_retry_with_the_same_key_makes_no_second_record(business_system):
    key, record = business_system.idempotency_key(), business_system.plain_record()
    business_system.stored(business_system.created())
    first = business_system.create(record, headers=key).works("creating a record with a key")
    second = business_system.create(record, headers=key)
    business_system.is_the_same_creation(first, second)


@requirement("ACT-10")
def test_an_update_of_a_state_that_has_passed_is_refused(business_system):
    identifier = business_system.created()
    lock, known = business_system.lock_of(identifier)
    label = business_system.new_label()
    business_system.update(identifier, {business_system.label: label}, headers=lock, known=known).works(
        "a first update"
    )
    late = {business_system.label: business_system.new_label()}
    update = business_system.update(identifier, late, headers=lock, known=known)
    written = {business_system.label: label}
    business_system.case.judge_all(
        status=lambda: update.is_refused("an update of an old state"),
        record=lambda: business_system.stands(identifier, written, "a record after an update that came too late"),
    )


@requirement("ACT-11")
def test_updates_of_different_fields_at_the_same_time_lose_none(business_system):
    business_system.needs_partial_updates()
    for each in business_system.case.times(3):
        with each:
            identifier = business_system.created(business_system.full_record())
            written = business_system.updated_at_once(identifier, business_system.two_changes())
            business_system.stands(identifier, written, "a record that two callers changed at the same time")


@requirement("ACT-12")
def test_the_id_of_a_deleted_record_is_not_given_again(business_system):
    identifier = business_system.created()
    business_system.item(identifier)
    business_system.delete(identifier).works("deleting a record")
    claims.is_another_id(business_system, identifier, business_system.created())


@requirement("ACT-13")
def test_two_retries_at_once_with_one_key_make_one_record(business_system):
    key, record = business_system.idempotency_key(), business_system.plain_record()
    business_system.stored(business_system.created())
    first, second = business_system.created_twice_at_once(record, key)
    business_system.is_the_same_creation(first, second)


@requirement("ACT-14")
def test_a_key_with_another_body_is_refused(business_system):
    key = business_system.idempotency_key()
    business_system.create(business_system.plain_record(), headers=key).works("creating a record with a key")
    again = business_system.create(business_system.plain_record(), headers=key)
    again.is_refused("another record with the same key")


@requirement("ACT-15")
def test_an_upsert_by_external_id_makes_one_record(business_system):
    key, record = business_system.external_id()
    replies = [business_system.upsert(key, record).works("a first upsert"), business_system.upsert(key, record)]
    business_system.is_one_record(replies)


@requirement("ACT-15")
def test_two_upserts_at_once_make_one_record(business_system):
    key, record = business_system.external_id()
    upsert = partial(business_system.upsert, key, record)
    business_system.is_one_record(business_system.at_once([upsert, upsert]))


@requirement("ACT-16")
def test_a_batch_says_for_each_record_whether_it_was_written(business_system):
    business_system.stop_the_clock()
    mark = business_system.mark()
    business_system.later()
    business_system.bulk(2)
    reply, written = business_system.batch(mark, business_system.one_invalid_of(3))
    business_system.says_what_was_written(reply, written)


@requirement("ACT-17")
def test_a_write_that_is_refused_with_429_was_not_carried_out(business_system):
    business_system.stop_the_clock()
    mark = business_system.mark()
    business_system.later()
    refusal, label = business_system.refused_for_load()
    business_system.is_not_carried_out(refusal, label, mark)


@requirement("ACT-18")
def test_one_creation_makes_one_record(business_system):
    mark, records = business_system.spread_out(3)
    claims.none_is_doubled(business_system, mark, records)
