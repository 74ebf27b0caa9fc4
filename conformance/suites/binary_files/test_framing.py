"""Uploads whose framing is wrong (RFC 9112): what cannot be read as it was meant leaves the file as it was."""

from conformance.suites import requirement
from conformance.suites.binary_files.framing import CODINGS, LENGTHS, MALFORMED_CHUNKS

OLD = b"the file as it was"


@requirement("BIN-43")
def test_an_upload_with_a_malformed_chunk_leaves_the_file_as_it_was(file_service):
    file_service.works()
    file_service.file.put(OLD).succeeds("the upload")
    for each in file_service.case.each(MALFORMED_CHUNKS):
        with each as framing:
            file_service.file.put_framed(framing).file_is(OLD)


@requirement("BIN-44")
def test_an_upload_in_a_transfer_coding_is_understood_or_refused(file_service):
    file_service.works()
    for each in file_service.case.each(CODINGS):
        with each as framing:
            file = file_service.new_file()
            file.put(OLD).succeeds("the upload")
            file.put_framed(framing).is_understood_or_not_taken(framing, OLD)


@requirement("BIN-45")
def test_an_upload_whose_length_is_invalid_is_refused(file_service):
    file_service.works()
    for each in file_service.case.each(LENGTHS):
        with each as framing:
            file = file_service.new_file()
            file.put(OLD).succeeds("the upload")
            file.put_framed(framing).is_understood_or_not_taken(framing, OLD)
