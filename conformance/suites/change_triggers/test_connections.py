"""A connection: its credentials can be tested, renewed and refused, and it knows what the records look like."""

import pytest

from conformance.suites import requirement
from conformance.suites.change_triggers import claims

WRITES = [
    "create",
    pytest.param("update", marks=pytest.mark.needs("updates")),
    pytest.param("delete", marks=pytest.mark.needs("deletion")),
]
READS = [pytest.param(what, marks=pytest.mark.needs("read_credentials")) for what in ("check", "poll", "read")]


@requirement("CON-01")
def test_the_test_of_a_connection_succeeds(business_system):
    business_system.refuses_strangers()
    business_system.check().is_accepted("the test of the connection")


@requirement("CON-02")
def test_the_test_of_a_connection_changes_nothing(business_system):
    business_system.stop_the_clock()
    mark = business_system.mark()
    before = claims.quiet(business_system, mark)
    for _ in range(3):
        business_system.check().works("the test of the connection")
    before.is_all_of(claims.polled(business_system, mark))


@requirement("CON-03")
@pytest.mark.parametrize("what", [*READS, *WRITES])
def test_wrong_credentials_are_refused(business_system, what):
    for each in business_system.case.each(business_system.ways_to(what)):
        with each as way:
            business_system.shuts_out(way, business_system.wrong_credentials(), "with wrong credentials")


@requirement("CON-04")
@pytest.mark.parametrize("what", [*READS, *WRITES])
def test_missing_credentials_are_refused(business_system, what):
    business_system.needs_credentials()
    for each in business_system.case.each(business_system.ways_to(what)):
        with each as way:
            business_system.shuts_out(way, (), "without credentials")


@requirement("CON-05")
def test_a_refusal_with_401_names_a_scheme(business_system):
    business_system.check().works("the test of the connection")
    for each in business_system.case.each(business_system.refusals_with_401().items()):
        with each as (_, refusal):
            refusal.challenges()


@requirement("CON-06")
def test_a_connection_goes_on_when_it_is_used_again_and_again(business_system, parameters, run):
    business_system.refuses_strangers()
    business_system.check().works("the test of the connection")
    for each in business_system.case.times(min(parameters["uses"], 3 * run.examples)):
        with each:
            business_system.check().is_accepted("the same test of the same connection, later,")


@requirement("CON-07")
def test_a_renewed_token_reaches_the_same_records(business_system):
    record = business_system.created()
    business_system.item(record)
    business_system.keeps_from_strangers(record)
    renewed = business_system.renewed_credentials()
    business_system.read(record, renewed).is_accepted("reading a record with a renewed token")


@requirement("CON-08")
@pytest.mark.parametrize("what", WRITES)
def test_a_caller_without_permission_cannot_write(business_system, what):
    stranger = business_system.credentials_of(business_system.stranger)
    for each in business_system.case.each(business_system.ways_to(what)):
        with each as way:
            business_system.attempt(way).works(f"{way} by a caller with permission")
            refusal = business_system.attempt(way, stranger)
            refusal.is_refused(f"{way} by a caller without permission")
            business_system.knows(stranger, way, refusal, "without_permission")


@requirement("CON-09")
def test_the_metadata_describes_every_field(business_system):
    described = business_system.described()
    for each in business_system.case.each(business_system.role.fields):
        with each as name:
            flaw = None if name in described else f"the metadata does not describe {name}"
            business_system.case.judge(flaw, "every field that can be written", "described")


@requirement("CON-10")
def test_the_metadata_says_which_fields_are_required(business_system):
    described = business_system.described()
    for each in business_system.case.each(business_system.role.fields.items()):
        with each as (name, about):
            said = business_system.is_required(described, name)
            wrong = f"the metadata says that {name} is {'' if said else 'not '}required"
            business_system.case.judge(None if said is about.required else wrong, "what holds for records", "required")


@requirement("CON-11")
def test_a_poll_without_valid_credentials_does_not_read_as_if_nothing_had_changed(business_system):
    mark = claims.mark_of_a_listed_record(business_system)
    stranger = business_system.ask(mark, credentials=business_system.wrong_credentials())
    claims.is_not_taken_for_a_quiet_window(business_system, stranger, "with wrong credentials", 401)


@requirement("CON-12")
def test_the_metadata_says_of_each_field_what_holds_for_records(business_system):
    said = business_system.described()
    for each in business_system.case.each(business_system.role.fields):
        with each as name:
            business_system.agrees(said, name)


@requirement("CON-13")
@pytest.mark.parametrize("what", ["check", "poll", "read"])
def test_the_secrets_of_a_connection_are_never_given_back(business_system, what):
    business_system.refuses_strangers()
    reply = business_system.attempt(what).works(what)
    business_system.gives_no_secret_back(reply, what)


@requirement("CON-14")
@pytest.mark.parametrize("what", ["poll", "read"])
def test_a_caller_without_access_cannot_read(business_system, what):
    outsider = business_system.credentials_of(business_system.outsider)
    refusal = business_system.shuts_out(what, outsider, "by a caller without access", may_list_nothing=True)
    business_system.knows(outsider, what, refusal, "without_access")


@requirement("CON-17")
def test_a_poll_of_a_caller_without_access_does_not_read_as_if_nothing_had_changed(business_system):
    outsider = business_system.credentials_of(business_system.outsider)
    mark = claims.mark_of_a_listed_record(business_system)
    poll = business_system.ask(mark, credentials=outsider)
    claims.is_not_taken_for_a_quiet_window(business_system, poll, "by a caller without access", 403)
    business_system.knows(outsider, "poll", poll, "without_access")


@requirement("CON-15")
def test_a_new_token_leaves_the_former_ones_valid(business_system):
    business_system.refuses_strangers()
    former = business_system.renewed_credentials()
    business_system.check(former).works("the test of the connection with a token")
    for each in business_system.case.each(range(1, business_system.role.former_tokens + 1)):
        with each as number:
            business_system.renewed_credentials()
            business_system.check(former).is_accepted(f"the same token after {number} new ones")


@requirement("CON-16")
def test_a_refusal_with_429_says_when_to_come_again(business_system):
    refusal, _ = business_system.refused_for_load()
    refusal.says_when_to_come_again()
