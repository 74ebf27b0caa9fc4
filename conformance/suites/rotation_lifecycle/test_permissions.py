"""Who may: a token of this org, the permissions for credentials, and the setting for the API."""

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
def test_a_caller_without_the_permissions_sees_no_credentials(staged_credentials):
    token = staged_credentials.token_without_permission()
    for each in staged_credentials.case.each(staged_credentials.readable_credentials().items()):
        with each as (_, url):
            staged_credentials.call("GET", url, as_=token).is_refused("without the permissions")


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
            staged_credentials.change_as(token, method).is_refused(who)
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
