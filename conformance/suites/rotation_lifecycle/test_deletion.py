"""Delete: one pair ends, and no other one."""

from conformance.suites import requirement


@requirement("STG-10")
def test_deleting_a_staged_pair_answers_204_and_ends_it(staged_credentials):
    main = staged_credentials.main_pair()
    staged = staged_credentials.stage()
    staged_credentials.authenticates(main)  # STG-32 asks whether it ends with the deletion
    staged_credentials.works(staged.pair, "the staged pair")
    staged_credentials.delete(staged).has_status(204, "the deletion")
    staged_credentials.has_ended(staged.pair, "the staged pair that was deleted")


@requirement("STG-32")
def test_deleting_a_staged_pair_leaves_the_main_pair_alone(staged_credentials):
    main = staged_credentials.main_pair_after_deletions()
    staged = staged_credentials.stage()
    staged_credentials.delete(staged).works("the deletion")
    staged_credentials.get(staged_credentials.place.pair_url).has_the_pair(main, "the main pair, unchanged")
    staged_credentials.still_works(main, "the main pair after the staged one was deleted")


@requirement("STG-33")
def test_a_repeated_deletion_changes_nothing(staged_credentials):
    main = staged_credentials.main_pair()
    deleted = staged_credentials.stage()
    staged_credentials.delete(deleted).works("the deletion")
    staged = staged_credentials.stage()
    staged_credentials.works(staged.pair, "a pair that was staged after the deletion")
    staged_credentials.still_works(main, "the main pair after one deletion")
    staged_credentials.delete(deleted)
    left = (
        (staged.pair, "a pair that was staged after the first deletion"),
        (main, "the main pair after a repeated deletion"),
    )
    staged_credentials.each_still_works(*left)


@requirement("STG-34")
def test_a_deleted_staged_credential_is_answered_404(staged_credentials):
    staged_credentials.main_pair()
    staged = staged_credentials.stage()
    staged_credentials.get(staged_credentials.place.one(staged.id)).works("the staged credential")
    staged_credentials.delete(staged).works("the deletion")
    for each in staged_credentials.case.each(("GET", "DELETE")):
        with each as method:
            gone = staged_credentials.call(method, staged_credentials.place.one(staged.id))
            gone.has_status(404, f"{method} of what is gone")
