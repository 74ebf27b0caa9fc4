"""Who may: a token of this org, the permissions for credentials, and the setting for the API."""

from conformance.suites import requirement

UNKNOWN = "seasonproofUnknown"


@requirement("STG-14")
def test_a_request_without_a_token_is_refused(staged_credentials):
    for url in staged_credentials.readable():
        staged_credentials.call_without_token("GET", url).is_refused("without a token")


@requirement("STG-35")
def test_a_token_that_was_never_issued_is_refused(staged_credentials):
    token = staged_credentials.unknown_token()
    for url in staged_credentials.readable():
        staged_credentials.call("GET", url, as_=token).is_refused("with a token that was never issued")


@requirement("STG-36")
def test_a_caller_without_the_permissions_sees_no_credentials(staged_credentials):
    token = staged_credentials.token_without_permission()
    for url in staged_credentials.readable()[1:]:
        staged_credentials.call("GET", url, as_=token).is_refused("without the permissions")


@requirement("STG-38")
def test_a_token_of_another_org_is_refused(staged_credentials):
    token = staged_credentials.foreign_token()
    for url in staged_credentials.readable():
        staged_credentials.call("GET", url, as_=token).is_refused("with a token of another org")


@requirement("STG-37")
def test_with_the_setting_off_nobody_sees_credentials(staged_credentials):
    off = staged_credentials.where_it_is_switched_off()
    for url in (off.place.pair_url, off.place.staged_url):
        staged_credentials.call("GET", url, as_=off.token).is_refused("with the setting off")


@requirement("STG-40")
def test_with_the_setting_off_nobody_stages_a_pair(staged_credentials):
    off = staged_credentials.where_it_is_switched_off()
    staged_credentials.post_elsewhere(off).is_refused("with the setting off")


@requirement("STG-39")
def test_only_who_has_the_permissions_stages_rotates_and_deletes(staged_credentials):
    staged = staged_credentials.kept_staged()
    for who, token in staged_credentials.strangers():
        staged_credentials.rotate_as(token, staged).is_refused(who)
        staged_credentials.delete_as(token, staged).is_refused(who)
        staged_credentials.is_still_staged(staged, f"after it was tried {who}")
    staged_credentials.delete(staged).works("the deletion")
    for who, token in staged_credentials.strangers():
        staged_credentials.post_as(token).is_refused(who)


@requirement("STG-41")
def test_the_ids_of_a_consumer_are_not_honoured_under_another_app(staged_credentials):
    staged = staged_credentials.kept_staged()
    other = staged_credentials.under_another_app()
    for url in (other.consumer_url, other.pair_url, other.staged_url, other.one(staged.id)):
        staged_credentials.get(url).is_refused("under another app")
    for method in ("PATCH", "DELETE"):
        staged_credentials.change_under(other, method, staged).is_refused("under another app")


@requirement("STG-15")
def test_ids_that_do_not_exist_are_answered_404(staged_credentials):
    staged_credentials.main_pair()
    place = staged_credentials.place
    for url, what in (
        (place.with_app(f"{place.app[:-4]}zzzz").consumers_url, "an unknown app"),
        (place.with_consumer(f"{place.consumer[:-4]}zzzz").consumer_url, "an unknown consumer"),
        (place.one(UNKNOWN), "an unknown staged credential"),
    ):
        staged_credentials.get(url).has_status(404, what)
