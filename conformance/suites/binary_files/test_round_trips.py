"""What is put comes back: every byte, at every size, under every name, as what it was put."""

import hypothesis
from hypothesis import given

from conformance.http.streamed_body import Content
from conformance.suites import always, requirement
from conformance.suites.binary_files.samples import (
    AWKWARD,
    LETTERS,
    NAMES,
    extension_of,
    file_of,
    files,
    in_single_bytes,
    names,
    real_files,
)

# A damaged file is made small by the suite itself, with its cause kept the same.
AS_THEY_COME = hypothesis.settings(phases=[hypothesis.Phase.explicit, hypothesis.Phase.generate])


@requirement("BIN-01")
@always(data=AWKWARD | real_files())
@AS_THEY_COME
@given(data=files())
def test_what_put_stores_get_brings_back_byte_for_byte(file_service, data):
    file_service.lets_us_in()
    file_service.any_file().put(file_service.within_the_limit(data)).comes_back()


@requirement("BIN-01")
def test_a_file_that_is_taken_comes_back_byte_for_byte_whatever_its_size(file_service):
    file_service.lets_us_in()
    for each in file_service.case.each(file_service.sizes(), "{} bytes".format):
        with each as size:
            file_service.any_file().put(Content.patterned(size)).comes_back_if_taken()


@requirement("BIN-01")
def test_a_file_comes_back_byte_for_byte_whatever_it_is_declared_as(file_service):
    file_service.lets_us_in()
    for each in file_service.case.each(file_service.files_by_type()):
        with each as (_, media_type, data):
            file = file_service.new_file(extension_of(media_type))
            file.put(data, media_type=media_type).comes_back_if_taken()


@requirement("BIN-04")
def test_files_of_every_size_up_to_the_limit_are_taken(file_service):
    file_service.works()
    for each in file_service.case.each(file_service.turning_sizes(), "{} bytes".format):
        with each as size:
            file_service.any_file().put(Content.patterned(size)).is_stored("a size within the limit")


@requirement("BIN-11")
def test_a_file_comes_back_with_the_media_type_it_was_put_with(file_service):
    for each in file_service.case.each(file_service.media_types()):
        with each as (_, media_type, end):
            upload = file_service.new_file(end).put(file_of(media_type), media_type=media_type)
            if file_service.may_refuse(media_type, end) and upload.is_refused_as_unfit:
                continue
            upload.succeeds(f"a file of type {media_type}")
            upload.file.get().has_the_type(media_type)


@requirement("BIN-51")
def test_a_text_comes_back_with_the_charset_it_was_put_with(file_service):
    file_service.works()
    media_type = file_service.text_type()
    file = file_service.new_file(extension_of(media_type))
    upload = file.put("grün".encode("latin-1"), media_type=f"{media_type}; charset=iso-8859-1")
    if upload.is_refused_as_unfit:
        upload.file_is(None)
    else:
        upload.succeeds("a text with a charset")
        file.get().has_the_charset("iso-8859-1")


@requirement("BIN-12")
@always(name=NAMES)
@AS_THEY_COME
@given(name=names())
def test_a_file_comes_back_under_its_own_name_whatever_the_name(file_service, name):
    file_service.works()
    file = file_service.named(name)
    twin = file_service.twin_of(file)
    plain = twin.put(b"another file")
    file.put(b"under its own name").is_kept_apart_or_refused()
    if plain.is_taken:  # a name that is refused is no other's
        twin.get(b"another file").is_the_file(f"two files, where {twin} and {file} have become one")


@requirement("BIN-26")
def test_files_that_are_put_in_parallel_come_back_unmixed(file_service):
    file_service.works()
    contents = [file_service.patterned(100_000 + number, tag=number) for number in range(8)]
    for each in file_service.case.each(enumerate(file_service.put_at_once(contents), 1)):
        with each as (_, upload):
            upload.comes_back()


@requirement("BIN-28")
def test_an_upload_without_a_length_is_stored_whole_or_refused(file_service):
    file_service.works()
    contents = {"large chunks": file_service.patterned(100_000), "chunks of one byte": in_single_bytes(LETTERS)}
    for each in file_service.case.each(contents.items()):
        with each as (_, content):
            file_service.new_file().put(content, ("Transfer-Encoding", "chunked")).is_stored_or_refused(None)


@requirement("BIN-33")
def test_a_posted_file_comes_back_under_the_id_in_the_body_of_the_answer(file_service):
    file_service.create(LETTERS).comes_back()
