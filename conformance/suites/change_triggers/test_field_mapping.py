"""Field mapping: what goes into a field of a declared type comes back with the meaning that it had."""

from hypothesis import given
from hypothesis import strategies as st

from conformance.suites import always, requirement
from conformance.suites.change_triggers import values


@requirement("MAP-01")
@always(text=values.TELLING_TEXTS)
@given(text=values.texts(40))
def test_a_text_of_any_script_comes_back_as_it_was(business_system, text):
    for each in business_system.each_field_of("string"):
        with each as (field, about):
            business_system.carries(field, values.shortened(text, about))


@requirement("MAP-02")
def test_a_text_of_the_greatest_length_comes_back_whole(business_system):
    for each in business_system.case.each(business_system.limited_fields().items()):
        with each as (field, about):
            business_system.carries(field, values.long_text(about.max_length))


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
                    business_system.carries(field, value)


@requirement("MAP-05")
def test_a_missing_field_gets_no_value(business_system):
    for each in business_system.case.each(business_system.nullable_fields()):
        with each as field:
            business_system.start_without(field)
            business_system.has_no_value(field)


@requirement("MAP-06")
def test_line_breaks_of_a_long_text_stay_as_they_are(business_system):
    for each in business_system.each_field_of("text"):
        with each as (field, _):
            business_system.carries(field, values.CRLF)


@requirement("MAP-07")
def test_an_integer_at_the_end_of_its_range_keeps_every_digit(business_system):
    for each in business_system.each_value_of(values.telling_integers, "integer"):
        with each as (field, number):
            business_system.carries(field, number)


@requirement("MAP-07")
@given(data=st.data())
def test_an_integer_of_the_whole_range_keeps_every_digit(business_system, data):
    for each in business_system.each_field_of("integer"):
        with each as (field, about):
            business_system.carries(field, data.draw(values.integers(about)))


@requirement("MAP-08")
def test_a_decimal_at_the_end_of_its_range_keeps_every_digit(business_system):
    for each in business_system.each_value_of(values.telling_decimals, "decimal"):
        with each as (field, number):
            business_system.carries(field, number)


@requirement("MAP-08")
@given(data=st.data())
def test_a_decimal_keeps_every_digit(business_system, data):
    for each in business_system.each_field_of("decimal"):
        with each as (field, about):
            business_system.carries(field, data.draw(values.decimals(about)))


@requirement("MAP-09")
def test_true_and_false_come_back_as_they_were(business_system):
    for each in business_system.each_value_of(lambda _: (True, False, True), "boolean"):
        with each as (field, value):
            business_system.carries(field, value)


@requirement("MAP-10")
@always(day=values.DAYS)
@given(day=values.days())
def test_a_date_is_the_same_day_for_everybody(business_system, day):
    for each in business_system.each_field_of("date"):
        with each as (field, _):
            business_system.carries(field, day)


@requirement("MAP-11")
def test_a_date_time_around_midnight_is_the_same_instant(business_system):
    for each in business_system.each_value_of(values.telling_moments, "datetime"):
        with each as (field, moment):
            business_system.carries(field, moment)


@requirement("MAP-11")
@given(data=st.data())
def test_a_date_time_is_the_same_instant_whatever_its_offset(business_system, data):
    for each in business_system.each_field_of("datetime"):
        with each as (field, about):
            business_system.carries(field, data.draw(values.moments(about)))


@requirement("MAP-12")
def test_every_value_of_an_enumeration_comes_back(business_system):
    for each in business_system.each_value_of(lambda about: about.values, "enumeration"):
        with each as (field, value):
            business_system.carries(field, value)


@requirement("MAP-13")
def test_a_value_outside_the_enumeration_is_refused(business_system):
    for each in business_system.each_field_of("enumeration"):
        with each as (field, about):
            business_system.refuses(field, "a value that is not in the enumeration", values.invalid(about))


@requirement("MAP-14")
def test_a_value_out_of_range_is_refused_and_never_changed(business_system):
    for each in business_system.each_value_of(values.beyond, "integer", "decimal", "date", "datetime"):
        with each as (field, (what, value)):
            business_system.refuses_or_carries(field, what, value)
