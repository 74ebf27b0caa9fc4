"""Who may: a token of this org, the permissions for credentials, and the setting for the API."""

import pytest

from conformance.suites import requirement

UNKNOWN = "seasonproofUnknown"


@requirement("STG-14")
def test_a_request_without_a_token_is_refused(staged_credentials):
    for each in staged_credentials.case.each(staged_credentials.readable().items()):
        with each as (_, url):
            staged_credentials.call_without_token("GET", url).is_refused("without a token")


@requirement("STG-35")
def test_a_token_that_was_never_issued_is_refused(staged_credentials):
    token = staged_credentials.unknown_token()
    for each in staged_credentials.case.each(staged_credentials.readable().items()):
        with each as (_, url):
            staged_credentials.call("GET", url, as_=token).is_refused("with a token that was never issued")


@requirement("STG-36")
def test_a_caller_without_the_permissions_sees_no_secret_and_nothing_staged(staged_credentials):
    token, main = staged_credentials.token_without_permission(), staged_credentials.read_main_pair()
    for each in staged_credentials.case.each(staged_credentials.readable_credentials().items()):
        with each as (what, url):
            answer = staged_credentials.call("GET", url, as_=token)
            if what in ("consumers", "consumer") and answer.succeeded:  # which hold no secret, and may be for everybody
                answer.shows_none_of([main.secret], "what is seen without the permissions")
            else:
                answer.is_refused("without the permissions")


@requirement("STG-54")
@pytest.mark.parametrize("lacks", ["a token", pytest.param("permissions", marks=pytest.mark.needs("permissions"))])
def test_one_staged_credential_is_shown_to_nobody_without_the_permissions(staged_credentials, lacks):
    token = staged_credentials.token_without_permission() if lacks == "permissions" else None
    url = staged_credentials.place.one(staged_credentials.kept_staged().id)
    staged_credentials.get(url).works("the staged credential, as the administrator")
    staged_credentials.read_as(token, url).is_refused(f"without {lacks}")


@requirement("STG-38")
def test_a_token_of_another_org_is_refused(staged_credentials):
    token = staged_credentials.foreign_token()
    for each in staged_credentials.case.each(staged_credentials.readable().items()):
        with each as (_, url):
            staged_credentials.call("GET", url, as_=token).is_refused("with a token of another org")


@requirement("STG-37")
def test_with_the_setting_off_nobody_sees_credentials(staged_credentials):
    off = staged_credentials.where_it_is_switched_off()
    urls = {"pair": off.place.pair_url, "staged credentials": off.place.staged_url}
    for each in staged_credentials.case.each(urls.items()):
        with each as (_, url):
            staged_credentials.call("GET", url, as_=off.token).is_refused("with the setting off")


@requirement("STG-40")
def test_with_the_setting_off_nobody_stages_a_pair(staged_credentials):
    off = staged_credentials.where_it_is_switched_off()
    staged_credentials.post_elsewhere(off).is_refused("with the setting off")


@requirement("STG-39")
def test_only_who_has_the_permissions_stages_rotates_and_deletes(staged_credentials):
    for each in staged_credentials.case.each(staged_credentials.changes_of_strangers()):
        with each as (what, method, who, token):
            staged_credentials.change_as(token(), method).is_refused(who)
            staged_credentials.has_changed_nothing(what)


@requirement("STG-41")
def test_the_ids_of_a_consumer_are_not_honoured_under_another_app(staged_credentials):
    staged = staged_credentials.kept_staged()
    other = staged_credentials.under_another_app()
    for each in staged_credentials.case.each(staged_credentials.calls_under(other, staged)):
        with each as (_, call):
            call().is_refused("under another app")


@requirement("STG-15")
def test_ids_that_do_not_exist_are_answered_404(staged_credentials):
    staged_credentials.main_pair()
    place = staged_credentials.place
    unknown = (
        ("an unknown app", place.with_app(f"{place.app[:-4]}zzzz").consumers_url),
        ("an unknown consumer", place.with_consumer(f"{place.consumer[:-4]}zzzz").consumer_url),
        ("an unknown staged credential", place.one(UNKNOWN)),
    )
    for each in staged_credentials.case.each(unknown):
        with each as (what, url):
            staged_credentials.get(url).has_status(404, what)
