"""Stage: a second pair stands beside the main one, and both work."""

from conformance.suites import requirement


@requirement("STG-03")
def test_a_post_without_a_body_stages_a_pair(staged_credentials):
    staged_credentials.main_pair()
    staged_credentials.can_stage()
    staged_credentials.post(b"").succeeds("a POST without a body")


@requirement("STG-21")
def test_a_post_with_an_empty_object_stages_a_pair(staged_credentials):
    staged_credentials.main_pair()
    staged_credentials.can_stage()
    staged_credentials.post(b"{}").succeeds("a POST with an empty object")


@requirement("STG-04")
def test_a_staged_credential_has_all_documented_members_and_one_of_the_three_states(staged_credentials):
    staged_credentials.main_pair()
    answer = staged_credentials.staging()
    answer.is_a_staged_credential()
    staged_credentials.note_whether_lists_show_secrets()


@requirement("STG-11")
def test_a_staged_pair_expires_30_days_after_it_was_created_by_its_dates(staged_credentials, parameters):
    staged_credentials.main_pair()
    staged_credentials.staging().lives(parameters["days"])


@requirement("STG-05")
def test_a_staged_pair_has_a_new_key_and_a_new_secret(staged_credentials):
    main = staged_credentials.main_pair()
    staged = staged_credentials.stage()
    staged_credentials.pairs_differ([main, staged.pair])


@requirement("STG-06")
def test_staging_a_pair_leaves_the_main_pair_as_it_is(staged_credentials):
    main = staged_credentials.main_pair()
    staged_credentials.stage()
    staged_credentials.get(staged_credentials.place.pair_url).has_the_pair(main, "the main pair, unchanged")
    staged_credentials.still_works(main, "the main pair after another one was staged")


@requirement("STG-07")
def test_a_staged_pair_authenticates_before_it_is_rotated(staged_credentials):
    staged_credentials.main_pair()
    staged = staged_credentials.stage()
    staged_credentials.still_works(staged.pair, "the staged pair")


@requirement("STG-13")
def test_a_second_staged_pair_does_not_silently_replace_the_first_one(staged_credentials):
    staged_credentials.main_pair()
    first = staged_credentials.stage()
    staged_credentials.works(first.pair, "the pair that was staged first")
    staged_credentials.post(b"{}").is_refused_or_succeeds("a second staging")
    staged_credentials.still_works(first.pair, "the pair that was staged first")


@requirement("STG-25")
def test_two_pairs_that_are_staged_at_once_do_not_replace_each_other(staged_credentials):
    staged_credentials.can_stage_and_use()
    staged = staged_credentials.stage_at_once(2)
    staged_credentials.each_still_works(
        *(
            (one.pair, f"pair {number} that was staged together with another one")
            for number, one in enumerate(staged, 1)
        )
    )


@requirement("STG-20")
def test_an_answer_with_a_secret_forbids_caches_to_keep_it(staged_credentials):
    staged_credentials.main_pair()
    staged_credentials.get(staged_credentials.place.pair_url).works("the main pair").is_not_cacheable()
    staged_credentials.staging().is_not_cacheable()


@requirement("STG-22")
def test_the_addresses_in_a_staged_credential_lead_to_what_they_name(staged_credentials):
    main = staged_credentials.main_pair()
    [member] = staged_credentials.staging().objects("stagedCredentials")
    for each in staged_credentials.case.each((("url", main), ("stagedCredentialsUrl", None))):
        with each as (name, primary):
            staged_credentials.follow(member, name).shows_the_staged_credential(member["id"], name, primary)


@requirement("STG-23")
def test_no_key_and_no_secret_comes_twice(staged_credentials, parameters):
    pairs = [staged_credentials.main_pair(), *staged_credentials.stage_and_delete(parameters["pairs"])]
    staged_credentials.pairs_differ(pairs)


@requirement("STG-24")
def test_secrets_are_too_varied_to_be_guessed(staged_credentials, parameters):
    staged_credentials.main_pair()
    pairs = staged_credentials.stage_and_delete(parameters["pairs"])
    staged_credentials.vary([pair.secret for pair in pairs], parameters["bits"])


@requirement("STG-42")
def test_no_refusal_shows_a_secret(staged_credentials):
    main = staged_credentials.main_pair()
    staged = staged_credentials.stage()
    for each in staged_credentials.case.each(staged_credentials.refusals(staged).items()):
        with each as (_, answer):
            answer.shows_none_of([main.secret, staged.secret], "a refusal")


@requirement("STG-51")
def test_a_key_is_refused_with_the_secret_of_another_pair(staged_credentials):
    main = staged_credentials.main_pair()
    staged = staged_credentials.stage()
    staged_credentials.key_and_secret_belong_together((main, "the main pair"), (staged.pair, "the staged pair"))
