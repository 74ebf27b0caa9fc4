"""What is refused is refused in words, and changes nothing."""

import pytest

from conformance.http.streamed_body import Content
from conformance.suites import requirement
from conformance.suites.binary_files.samples import LETTERS

UNFIT = "application/vnd.seasonproof.unfit+json"


@requirement("BIN-06")
def test_an_upload_of_a_media_type_that_is_not_taken_gets_415_and_leaves_the_file_as_it_was(file_service):
    unfit = file_service.refused_media_type()
    file_service.works()
    file_service.file.put(LETTERS).succeeds("the upload")
    upload = file_service.file.put(b"{}", media_type=unfit)
    file_service.case.judge_all(
        status=lambda: upload.is_refused((415,), "a media type that is declared as refused"),
        file=lambda: upload.file_is(LETTERS),
    )


@requirement("BIN-35")
def test_a_download_whose_type_is_not_accepted_gets_406_or_the_file_as_it_is(file_service):
    file_service.works()
    file_service.file.put(LETTERS).succeeds("the upload")
    file_service.file.get(LETTERS, ("Accept", UNFIT)).is_not_acceptable_or_the_file()


@requirement("BIN-08")
@pytest.mark.parametrize("which", ["never", pytest.param("deleted", marks=pytest.mark.needs("deletion"))])
def test_a_missing_file_is_an_error_that_nobody_takes_for_a_file(file_service, which):
    file_service.works()
    file_service.missing_file(which).get().is_an_honest_error()


@requirement("BIN-29")
def test_a_file_over_the_limit_is_refused_with_413_and_a_reason_and_is_not_stored(file_service):
    content = Content.patterned(file_service.refused_size())
    file_service.works()
    upload = file_service.file.put(content)
    file_service.case.judge_all(
        status=lambda: upload.is_refused((413,), f"a file of {content.size} bytes"),
        reason=upload.explains_itself,
        file=lambda: upload.file_is(None),
    )


@requirement("BIN-30")
def test_an_encoded_slash_leads_to_no_other_file(file_service):
    file_service.works()
    for each in file_service.case.each(("%2F..%2F", "%2f%2e%2e%2f", "%5C..%5C", "%252F..%252F")):
        with each as turn:
            victim = file_service.new_file()
            victim.put(b"the other file").succeeds("the upload")
            file_service.detour_to(victim, turn).does_not_lead_to(victim, b"the other file")


@requirement("BIN-31")
def test_without_valid_credentials_nothing_is_stored_overwritten_or_deleted(file_service):
    file_service.works()
    for each in file_service.case.each(file_service.strangers()):
        with each as (who, access):
            file_service.lets_nothing_change(who, access)


@requirement("BIN-32")
def test_without_valid_credentials_nothing_is_read(file_service):
    file_service.works()
    file_service.file.put(b"mine").succeeds("the upload")
    for each in file_service.case.each(file_service.strangers()):
        with each as (who, access):
            file_service.case.judge_all(
                get=lambda access=access, who=who: file_service.file.get(access=access).keeps_out(who),
                head=lambda access=access, who=who: file_service.file.head(access=access).keeps_out(who),
            )
