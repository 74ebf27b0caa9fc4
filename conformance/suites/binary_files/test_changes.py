"""A file changes from one whole version to another, when that is asked for and never otherwise."""

from functools import partial

import pytest

from conformance.suites import requirement
from conformance.suites.binary_files.machine import DEPTHS, Shelf
from conformance.suites.binary_files.remote_file import NO_VERSION
from conformance.suites.binary_files.samples import twin_of
from conformance.suites.stateful import explore


@requirement("BIN-07")
def test_the_same_put_twice_is_the_same_as_once(file_service):
    file_service.works()
    file_service.file.put(b"once").succeeds("the upload")
    file_service.file.put(b"once").comes_back()


@requirement("BIN-22")
def test_an_overwritten_file_is_the_new_one_at_once_with_nothing_of_the_old(file_service):
    file_service.works()
    old, new = file_service.versions()
    versions = {
        "a first version": old,
        "a shorter one": b"shorter",
        "a longer one": new,
        "one other byte": twin_of(new),
    }
    for each in file_service.case.each(versions.items()):
        with each as (_, content):
            file_service.file.put(content).comes_back()
    file_service.file.put(b"").comes_back_if_taken()


@requirement("BIN-23")
@pytest.mark.parametrize("headers", [(), (("Transfer-Encoding", "chunked"),)], ids=["with-length", "chunked"])
def test_an_interrupted_upload_is_never_seen(file_service, headers):
    file_service.works()
    old, new = file_service.versions()
    file_service.file.put_and_break_off(new, *headers)
    file_service.file.stays_gone()
    file_service.file.put(old).succeeds("the upload")
    file_service.file.put_and_break_off(new, *headers)
    file_service.file.stays(old)


@requirement("BIN-24")
def test_whoever_reads_during_an_upload_gets_what_was_there_before_or_the_new_file(file_service):
    file_service.works()
    file, other = file_service.file, file_service.new_file()
    old, new = file_service.versions()
    as_long = file_service.another_version_of(old.size)
    other.put_and_break_off(new, meanwhile=lambda: other.get().says_that_it_is_gone("whose first upload goes on"))
    file.put(old).succeeds("the upload")
    file.get(old).is_the_file("the old file")
    for each in file_service.case.each(enumerate((as_long, new, as_long, old), 1)):
        with each as (_, version):
            for seen in file.while_it_is_read(partial(file.put, version)):
                seen.is_one_of((old, new, as_long))
    file.put_and_break_off(new, meanwhile=lambda: file.get(old).is_the_file("the old file"))


@requirement("BIN-25")
def test_a_deleted_file_is_gone(file_service):
    file_service.works()
    file, other = file_service.file, file_service.file_that_begins_like(file_service.file)
    file.put(b"to be deleted").succeeds("the upload")
    other.put(b"to be kept").succeeds("the upload of another file")
    file.delete().succeeds("the deletion")
    file_service.case.judge_all(
        get=lambda: file.get().says_that_it_is_gone("that was deleted"),
        head=lambda: file.head().says_that_it_is_gone("that was deleted"),
        other=lambda: other.get(b"to be kept").is_the_file(f"{other}, since {file} was deleted alone"),
    )


@requirement("BIN-17")
def test_an_overwrite_that_is_meant_for_another_version_is_refused(file_service):
    file_service.works()
    file_service.file.put(b"mine").succeeds("the upload")
    upload = file_service.file.put(b"theirs", ("If-Match", NO_VERSION))
    file_service.case.judge_all(
        status=lambda: upload.is_refused((412,), "an ETag of another version"),
        file=lambda: upload.file_is(b"mine"),
    )


@requirement("BIN-42")
def test_the_answer_to_an_upload_tells_a_new_file_from_an_overwritten_one(file_service):
    file_service.works()
    created, overwritten = file_service.file.put(b"new"), file_service.file.put(b"newer")
    file_service.case.judge_all(
        new=lambda: created.is_answered((201, 202), "a new file"),
        old=lambda: overwritten.is_answered((200, 202, 204), "a file that was there"),
    )


@requirement("BIN-36")
def test_an_upload_that_may_only_create_replaces_nothing(file_service):
    file_service.works()
    file_service.file.put(b"mine").succeeds("the upload")
    upload = file_service.file.put(b"theirs", ("If-None-Match", "*"))
    file_service.case.judge_all(
        status=lambda: upload.is_refused((412,), "an upload that may only create a file"),
        file=lambda: upload.file_is(b"mine"),
    )


@requirement("BIN-38")
def test_a_part_of_a_file_does_not_replace_the_whole(file_service):
    file_service.works()
    file_service.file.put(b"0123456789").succeeds("the upload")
    upload = file_service.file.put(b"DEF", ("Content-Range", "bytes 3-5/10"))
    upload.file_is(b"012DEF6789" if upload.is_taken else b"0123456789")


@requirement("BIN-39")
def test_a_deletion_that_is_meant_for_another_version_is_refused(file_service):
    file_service.works()
    file_service.file.put(b"mine").succeeds("the upload")
    deletion = file_service.file.delete(("If-Match", NO_VERSION))
    file_service.case.judge_all(
        status=lambda: deletion.is_refused((412,), "an ETag of another version"),
        file=lambda: file_service.file.get(b"mine").is_the_file("the file as it was before"),
    )


@requirement("BIN-27")
def test_in_any_order_of_calls_the_service_holds_what_a_dictionary_would(file_service, run):
    file_service.works()
    examples, steps = DEPTHS[run.options.depth]
    explore(lambda: Shelf(file_service), examples=examples, steps=steps, known=[Shelf.live_a_life])
