"""Conditions of requests (RFC 9110, section 13): what is meant for another version changes and brings nothing."""

from conformance.suites import requirement
from conformance.suites.binary_files.remote_file import NO_VERSION
from conformance.suites.binary_files.samples import LETTERS


@requirement("BIN-47")
def test_a_known_version_is_304_in_each_form_of_if_none_match(file_service):
    file_service.works()
    file_service.file.put(LETTERS).succeeds("the upload")
    etag = file_service.file.etag().removeprefix("W/")
    forms = {"a list": f"{NO_VERSION}, {etag}", "a weak tag": f"W/{etag}", "any version": "*"}
    for each in file_service.case.each(forms.items()):
        with each as (_, known):
            file_service.file.get(LETTERS, ("If-None-Match", known)).is_unchanged()


@requirement("BIN-48")
def test_a_download_that_is_meant_for_another_version_is_refused(file_service):
    file_service.works()
    file_service.file.put(LETTERS).succeeds("the upload")
    file_service.file.get(None, ("If-Match", NO_VERSION)).is_refused((412,), "an ETag of another version")


@requirement("BIN-49")
def test_a_change_whose_condition_holds_is_made(file_service):
    file_service.works()
    file_service.file.put(b"version 0").succeeds("the upload")
    for each in file_service.case.each(file_service.file.conditions_that_hold()):
        with each as (condition, header):
            file_service.file.put(condition.encode(), header).is_stored(f"the condition holds ({condition})")


@requirement("BIN-50")
def test_a_change_that_is_meant_for_an_older_version_is_refused(file_service):
    file_service.works()
    file_service.file.put(LETTERS).succeeds("the upload")
    upload = file_service.file.put(b"theirs", ("If-Unmodified-Since", file_service.file.before_its_change()))
    file_service.case.judge_all(
        status=lambda: upload.is_refused((412,), "a file that was modified since"),
        file=lambda: upload.file_is(LETTERS),
    )
