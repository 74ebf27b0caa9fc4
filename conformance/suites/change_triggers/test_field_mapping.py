"""Field mapping: what goes into a field of a declared type comes back with the meaning that it had."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.suites import always, requirement
from conformance.suites.change_triggers import strategies, values
from conformance.suites.identifiers import unknown_id


@requirement("MAP-01")
@always(text=values.TELLING_TEXTS)
@given(text=strategies.texts(40))
def test_a_text_of_any_script_comes_back_as_it_was(business_system, text):
    for each in business_system.each_field_of("string"):
        with each as (field, about):
            business_system.carries(field, values.shortened(text, about))


@requirement("MAP-02")
def test_a_text_of_the_greatest_length_comes_back_whole(business_system):
    for each in business_system.case.each(business_system.limited_fields().items()):
        with each as (field, about):
            business_system.carries_both_ways(field, values.long_text(about.max_length))


@requirement("MAP-03")
def test_a_text_that_is_too_long_is_refused_and_never_cut(business_system):
    for each in business_system.case.each(business_system.limited_fields().items()):
        with each as (field, about):
            too_long = values.long_text(about.max_length + 1)
            business_system.refuses_or_carries(field, "a text that is too long", too_long)


@requirement("MAP-04")
def test_the_empty_text_and_null_stay_apart(business_system):
    for each in business_system.case.each(business_system.nullable_fields()):
        with each as field:
            for one in business_system.case.each(("", None, "plain", None, "")):
                with one as value:
                    business_system.carries_both_ways(field, value)


@requirement("MAP-05")
def test_a_missing_field_gets_no_value(business_system):
    for each in business_system.case.each(business_system.nullable_fields()):
        with each as field:
            business_system.start_without(field)
            business_system.has_no_value(field)


@requirement("MAP-06")
def test_line_breaks_of_a_long_text_stay_as_they_are(business_system):
    for each in business_system.each_value_of(lambda _: values.LINES.items(), "text"):
        with each as (field, (_, text)):
            business_system.carries_both_ways(field, text)


@requirement("MAP-07")
def test_an_integer_at_the_end_of_its_range_keeps_every_digit(business_system):
    for each in business_system.each_value_of(values.telling_integers, "integer"):
        with each as (field, number):
            business_system.carries_both_ways(field, number)


@requirement("MAP-07")
@given(data=st.data())
def test_an_integer_of_the_whole_range_keeps_every_digit(business_system, data):
    for each in business_system.each_field_of("integer"):
        with each as (field, about):
            business_system.carries(field, data.draw(strategies.integers(about)))


@requirement("MAP-08")
def test_a_decimal_at_the_end_of_its_range_keeps_every_digit(business_system):
    for each in business_system.each_value_of(values.telling_decimals, "decimal", "percent"):
        with each as (field, number):
            business_system.carries_both_ways(field, number)


@requirement("MAP-08")
@given(data=st.data())
def test_a_decimal_keeps_every_digit(business_system, data):
    for each in business_system.each_field_of("decimal", "percent"):
        with each as (field, about):
            business_system.carries(field, data.draw(strategies.decimals(about)))


@requirement("MAP-09")
def test_true_and_false_come_back_as_they_were(business_system):
    for each in business_system.each_value_of(lambda _: (True, False, True), "boolean"):
        with each as (field, value):
            business_system.carries_both_ways(field, value)


@requirement("MAP-10")
@always(day=values.DAYS)
@given(day=strategies.days())
def test_a_date_is_the_same_day_for_everybody(business_system, day):
    for each in business_system.each_field_of("date"):
        with each as (field, _):
            business_system.carries_both_ways(field, day)


@requirement("MAP-11")
def test_a_date_time_around_midnight_is_the_same_instant(business_system):
    for each in business_system.each_value_of(values.telling_moments, "datetime"):
        with each as (field, moment):
            business_system.carries_both_ways(field, moment)


@requirement("MAP-11")
@given(data=st.data())
def test_a_date_time_is_the_same_instant_whatever_its_offset(business_system, data):
    for each in business_system.each_field_of("datetime"):
        with each as (field, about):
            business_system.carries(field, data.draw(strategies.moments(about)))


@requirement("MAP-12")
def test_every_value_of_an_enumeration_comes_back(business_system):
    for each in business_system.each_value_of(lambda about: about.values, "enumeration"):
        with each as (field, value):
            business_system.carries_both_ways(field, value)


@requirement("MAP-13")
def test_a_value_outside_the_enumeration_is_refused(business_system):
    for each in business_system.each_field_of("enumeration"):
        with each as (field, about):
            business_system.refuses(field, "a value that is not in the enumeration", values.invalid(about))


@requirement("MAP-14")
def test_a_value_out_of_range_is_refused_and_never_changed(business_system):
    for each in business_system.each_value_of(values.beyond, *values.WITH_A_RANGE):
        with each as (field, (what, value)):
            business_system.refuses_or_carries(field, what, value)


@requirement("MAP-15")
def test_blanks_at_both_ends_of_a_text_stay(business_system):
    for each in business_system.each_field_of("string", "text"):
        with each as (field, about):
            business_system.carries_both_ways(
                field, values.BLANKS if (about.max_length or 99) > len(values.BLANKS) else "a"
            )


@requirement("MAP-16")
def test_a_value_of_another_kind_is_refused_and_never_converted(business_system):
    for each in business_system.each_value_of(values.of_another_kind, "string", "text", "integer", "boolean"):
        with each as (field, (what, value)):
            business_system.refuses_or_carries(field, what, value)


@requirement("MAP-17")
def test_a_number_or_a_boolean_that_was_not_sent_has_no_value(business_system):
    for each in business_system.case.each(business_system.unsent_fields()):
        with each as field:
            business_system.start_without(field)
            business_system.has_no_value(field)


@requirement("MAP-18")
@pytest.mark.parametrize("how", ["create", pytest.param("update", marks=pytest.mark.needs("updates"))])
def test_an_unknown_field_is_refused_or_kept(business_system, how):
    business_system.keeps_or_refuses_an_unknown_field(how)


@requirement("MAP-19")
def test_each_of_several_chosen_values_comes_back(business_system):
    for each in business_system.each_value_of(values.choices, "multi_enumeration"):
        with each as (field, value):
            business_system.carries_both_ways(field, value)


@requirement("MAP-20")
def test_a_time_of_day_is_the_same_for_everybody(business_system):
    for each in business_system.each_value_of(lambda _: values.TIMES, "time"):
        with each as (field, value):
            business_system.carries_both_ways(field, value)


@requirement("MAP-21")
def test_an_e_mail_address_a_phone_number_or_a_url_comes_back_as_it_was(business_system):
    for each in business_system.each_value_of(values.formatted, "email", "phone", "url"):
        with each as (field, value):
            business_system.carries_both_ways(field, value)


@requirement("MAP-22")
def test_a_lookup_leads_to_the_record_that_was_written(business_system):
    for each in business_system.each_field_of("lookup"):
        with each as (field, about):
            business_system.carries_both_ways(field, business_system.plain(about))


@requirement("MAP-23")
def test_a_lookup_of_a_record_that_never_was_is_refused(business_system):
    for each in business_system.each_field_of("lookup"):
        with each as (field, about):
            nobody = unknown_id(str(business_system.plain(about)))
            business_system.refuses(field, "the id of a record that never was", nobody)


@requirement("MAP-24")
def test_a_structure_comes_back_with_all_its_parts(business_system):
    for each in business_system.each_value_of(values.structures, "currency", "address", "geolocation"):
        with each as (field, value):
            business_system.carries_both_ways(field, value)
