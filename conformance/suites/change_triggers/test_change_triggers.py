"""What a poller relies on: marks, order, pages and times of a system that is asked for its changes."""

import pytest

from conformance.suites import requirement
from conformance.suites.change_triggers import claims


@requirement("POL-01")
def test_the_filter_keeps_the_boundary_rule_that_is_declared(business_system):
    business_system.stop_the_clock()
    record = business_system.created()
    mark = business_system.time_of(record)
    business_system.later()
    later = business_system.created()
    listed = claims.polled(business_system, mark)
    listed.holds(later, "that changed after the mark")
    listed.keeps_the_boundary(record)


@requirement("POL-02")
def test_no_change_falls_between_two_adjacent_windows(business_system):
    mark, records = business_system.spread_out(3)
    seam = business_system.time_of(records[1])
    first = claims.polled(business_system, mark, until=business_system.until(seam))
    second = claims.polled(business_system, seam)
    first.and_also(second).holds_all(records, "in one of two windows that meet")


@requirement("POL-03")
def test_the_same_poll_lists_the_same_records_in_the_same_order(business_system, run):
    mark, _ = business_system.burst(8)
    first = claims.polled(business_system, mark)
    for each in business_system.case.times(min(run.examples, 20)):
        with each:
            claims.polled(business_system, mark).is_in_the_order_of(first)


@requirement("POL-04")
@pytest.mark.parametrize("size", [1, 3], ids=["pages of one", "pages of three"])
def test_records_of_one_time_that_fill_several_pages_are_all_listed(business_system, size):
    mark, records = business_system.burst(7)
    business_system.needs_a_tie(records)
    claims.polled(business_system, mark, size=business_system.page_of(size)).holds_all(records, "on one of its pages")


@requirement("POL-05")
def test_a_record_that_changes_between_two_pages_pushes_no_other_out(business_system):
    mark, records = business_system.spread_out(5)
    business_system.page_of(1)
    listed = claims.polled_while(business_system, mark, business_system.changed_later)
    listed.holds_all(records, "although another one changed between two pages")


@requirement("POL-06")
def test_no_record_appears_with_a_time_before_one_that_was_served(business_system):
    mark = business_system.mark_of_a_stopped_clock()
    transaction = business_system.begin()
    late = business_system.created(transaction=transaction)
    business_system.later()
    served = business_system.created()
    claims.polled(business_system, mark).holds(served, "that was committed")
    seen = business_system.time_of(served)
    business_system.later()
    business_system.commit(transaction)
    claims.polled(business_system, seen).holds(late, "that was committed after the mark was served")


@requirement("POL-07")
def test_a_time_is_a_mark_with_all_its_digits(business_system):
    business_system.stop_the_clock()
    for each in business_system.case.each((1, 2, 3), "mark {}".format):
        with each:
            business_system.tick(0.137)
            record = business_system.created()
            mark = business_system.time_of(record)
            business_system.tick()
            later = business_system.created()
            claims.polled(business_system, mark).holds(later, "that changed one unit after the mark")


@requirement("POL-08")
def test_the_time_of_a_record_has_an_offset(business_system):
    record = business_system.stored(business_system.created())
    claims.time_has_an_offset(business_system, business_system.with_a_time(record))


@requirement("POL-09")
@pytest.mark.parametrize("hours", [2, -11, 13])
def test_a_mark_means_the_same_instant_in_every_time_zone(business_system, hours):
    business_system.stop_the_clock()
    before = business_system.created()
    business_system.later()
    record = business_system.created()
    mark = business_system.time_of(record)
    claims.means_the_same(business_system, mark, business_system.mark_in_zone(mark, hours), [before, record])


@requirement("POL-10")
def test_two_changes_in_one_moment_can_be_told_apart(business_system):
    business_system.stop_the_clock()
    record = business_system.created()
    states = [business_system.item(record)]
    for _ in range(3):
        business_system.updated(record)
        states.append(business_system.item(record))
    claims.states_differ(business_system, states)


@requirement("POL-11")
def test_an_update_is_a_change(business_system):
    business_system.stop_the_clock()
    record = business_system.created(business_system.full_record())
    for each in business_system.case.each(business_system.changes_of_fields()):
        with each as (_, field, value):
            before = business_system.item(record)
            business_system.later()
            mark = business_system.mark()
            business_system.later()
            business_system.updated(record, **{field: value})
            claims.polled(business_system, mark).shows_the_change(before, field, value)


@requirement("POL-12")
def test_a_deletion_is_a_change_where_that_is_declared(business_system):
    business_system.needs_tombstones()
    business_system.stop_the_clock()
    record = business_system.created()
    business_system.later()
    mark = business_system.mark()
    business_system.later()
    business_system.delete(record).works("deleting a record")
    claims.polled(business_system, mark).holds_a_tombstone(record)


@requirement("POL-13")
def test_a_window_without_changes_is_answered_with_an_empty_list(business_system):
    mark = business_system.mark()
    business_system.ask(mark).works("a poll")
    mark = business_system.mark_of_an_empty_window()
    poll = business_system.ask(mark)
    poll.is_accepted("a poll that has nothing to list")
    claims.is_an_empty_list(business_system, poll, mark)


@requirement("POL-14")
def test_a_mark_in_the_future_brings_no_records(business_system):
    record = business_system.created()
    mark = business_system.time_of(record)
    business_system.polled(mark)
    claims.first_page(business_system, business_system.future_mark()).is_empty()


@requirement("POL-15")
@pytest.mark.parametrize("mark", ["not-a-mark", "2026-13-45T99:99:99Z"], ids=["a word", "a day of no calendar"])
def test_what_is_no_mark_is_refused(business_system, mark):
    business_system.ask(business_system.mark()).works("a poll")
    business_system.ask(business_system.instead_of_a_mark(mark)).is_refused("a poll with what is not a mark")


@requirement("POL-16")
def test_what_does_not_fit_into_an_answer_is_announced(business_system, parameters):
    mark, records = business_system.burst(parameters["records"])
    claims.polled(business_system, mark).holds_all(records, "of more than fit into an answer")


@requirement("POL-18")
def test_records_of_one_bulk_write_are_all_listed(business_system, parameters):
    business_system.stop_the_clock()
    mark = business_system.mark()
    business_system.later()
    records = business_system.bulk(parameters["records"])
    size = parameters["page"] if business_system.can_size else None
    claims.polled(business_system, mark, size=size).holds_all(records, "of one bulk write")


@requirement("POL-19")
@pytest.mark.parametrize("what", [pytest.param("delete", marks=pytest.mark.needs("deletion")), "create"])
def test_a_deletion_or_an_insertion_between_two_pages_pushes_no_record_out(business_system, what):
    mark, records = business_system.spread_out(5)
    business_system.page_of(1)
    listed = claims.polled_while(business_system, mark, business_system.something_later(what))
    listed.holds_all(records, f"although somebody made a {what} call between two pages")


@requirement("POL-20")
def test_more_records_than_the_largest_page_holds_are_all_listed(business_system):
    mark, records = business_system.more_than_a_page()
    business_system.ask(mark).is_json("a poll that has more to list than a page holds")
    claims.polled(business_system, mark).holds_all(records, "of one more than the largest page holds")


@requirement("POL-21")
def test_a_poll_that_takes_a_few_records_leaves_the_others_for_the_next(business_system):
    mark, records = business_system.spread_out(4)
    taken = claims.taken_a_few_at_a_time(business_system, mark, most=1)
    taken.holds_all(records, "in one of several polls that take one record each")


@requirement("POL-22")
def test_what_comes_after_an_empty_answer_is_listed(business_system):
    mark = business_system.mark_of_an_empty_window()
    for _ in range(2):
        poll = business_system.ask(mark).works("a poll that has nothing to list")
        business_system.needs_nothing_new(poll, mark)
    behind = business_system.mark_of_an_answer(mark)
    business_system.let_seconds_pass()
    record = business_system.created()
    claims.polled(business_system, behind).holds(record, "that was created after an empty answer")


@requirement("POL-23")
def test_reading_a_record_does_not_change_it(business_system):
    record = business_system.created()
    before = business_system.with_a_state(business_system.stored(record))
    business_system.later()
    for _ in range(3):
        business_system.item(record)
    claims.is_in_no_other_state(business_system, before, business_system.item(record))


@requirement("POL-24")
def test_a_record_that_comes_back_is_a_change(business_system):
    business_system.stop_the_clock()
    record = business_system.stored(business_system.created()).id
    business_system.delete(record).works("deleting a record")
    business_system.later()
    mark = business_system.mark()
    business_system.later()
    business_system.undelete(record).works("bringing a deleted record back")
    claims.polled(business_system, mark).holds(record, "that was brought back")


@requirement("POL-25")
def test_an_answer_to_a_poll_fits_into_what_a_connection_takes(business_system, parameters):
    size, shown = business_system.size_of_the_largest_page(parameters["bytes"])
    claims.fits(business_system, size, parameters["bytes"], shown)


@requirement("POL-26")
def test_a_page_has_no_more_records_than_were_asked_for(business_system, parameters):
    mark, _ = business_system.burst(parameters["records"])
    size = business_system.page_of(parameters["page"])
    claims.pages_have_at_most(business_system, mark, size)


@requirement("POL-27")
def test_every_page_of_a_poll_keeps_to_its_mark(business_system):
    old, mark = business_system.old_records_and_changes(3)
    size = business_system.page_of(1)
    claims.pages_keep_to_the_mark(business_system, mark, size, old)
