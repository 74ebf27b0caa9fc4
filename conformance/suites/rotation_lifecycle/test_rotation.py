"""Rotate: the staged pair becomes the main one, and the former one goes on working."""

from hypothesis import given

from conformance.redaction import VAULT
from conformance.suites import always, requirement
from conformance.suites.rotation_lifecycle.strategies import MISTAKEN, mistaken_bodies


@requirement("STG-08")
def test_a_rotation_makes_the_staged_pair_the_main_pair(staged_credentials):
    main = staged_credentials.main_pair()
    staged = staged_credentials.stage()
    staged_credentials.rotate_noting_whether_the_app_itself_may(main, staged)
    staged_credentials.get(staged_credentials.place.pair_url).has_the_pair(staged.pair, "the pair that was staged")


@requirement("STG-09")
def test_the_former_main_pair_still_authenticates_after_a_rotation(staged_credentials):
    former = staged_credentials.main_pair()
    token = staged_credentials.token_for(former)
    staged_credentials.rotate(staged_credentials.stage())
    staged_credentials.note_what_became_of(token)
    staged_credentials.still_works(former, "the former main pair")


@requirement("STG-26")
def test_after_a_rotation_the_staged_place_shows_a_pair_in_the_state_rotated(staged_credentials):
    former = staged_credentials.main_pair()
    staged = staged_credentials.stage()
    staged_credentials.rotate(staged)
    staged_credentials.note_whose_the_staged_id_is(former, staged)
    staged_credentials.shows_a_rotated_pair()


@requirement("STG-27")
def test_deleting_the_former_pair_ends_it_at_once_and_leaves_the_main_pair_alone(staged_credentials):
    former, staged, main = staged_credentials.former_pair()
    staged_credentials.works(main, "the main pair after the rotation")
    staged_credentials.works(former, "the former pair")
    staged_credentials.delete(staged).works("the deletion")
    staged_credentials.has_ended(former, "the former pair that was deleted")
    staged_credentials.still_works(main, "the main pair after the former one was deleted")


@requirement("STG-28")
def test_a_repeated_rotation_loses_no_pair(staged_credentials):
    former = staged_credentials.main_pair()
    staged = staged_credentials.stage()
    staged_credentials.rotate(staged)
    staged_credentials.works(former, "the former pair after one rotation")
    staged_credentials.works(staged.pair, "the main pair after one rotation")
    staged_credentials.patch(staged)
    staged_credentials.each_still_works(
        (former, "the former pair after the rotation was repeated"),
        (staged.pair, "the main pair after the rotation was repeated"),
    )


@requirement("STG-29")
def test_two_rotations_at_once_lose_no_pair(staged_credentials):
    staged_credentials.can_rotate()
    former = staged_credentials.main_pair()
    staged = staged_credentials.stage()
    staged_credentials.rotate_at_once(staged, 2)
    staged_credentials.each_still_works(
        (former, "the former pair after two rotations at once"),
        (staged.pair, "the staged pair after two rotations at once"),
    )


@requirement("STG-12")
@always(body=MISTAKEN)
@given(body=mistaken_bodies())
def test_a_patch_that_does_not_say_rotate_is_refused(staged_credentials, body):
    staged = staged_credentials.kept_staged()
    staged_credentials.patch(staged, body).is_refused(f"with the body {VAULT.shown(body.decode(), 40)}")


@requirement("STG-30")
@always(body=MISTAKEN)
@given(body=mistaken_bodies())
def test_a_patch_that_does_not_say_rotate_changes_nothing(staged_credentials, body):
    staged = staged_credentials.kept_staged()
    staged_credentials.patch(staged, body)
    staged_credentials.is_still_staged(staged, f"after the body {VAULT.shown(body.decode(), 40)}")


@requirement("STG-31")
def test_a_rotation_under_a_condition_that_does_not_hold_is_refused(staged_credentials):
    staged_credentials.main_pair()
    staged = staged_credentials.stage()
    tag = staged_credentials.entity_tag(staged)
    stale = staged_credentials.patch_if(staged, '"seasonproof-stale"')
    if not stale.succeeded:
        staged_credentials.patch_if(staged, tag).works("the rotation under a condition that holds")
    stale.is_refused("under a condition that does not hold", (412,))
