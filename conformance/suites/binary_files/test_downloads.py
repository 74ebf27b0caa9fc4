"""What a download says about the file, and the ways to ask for less than all of it."""

import gzip
from itertools import pairwise

from hypothesis import given

from conformance.suites import always, requirement
from conformance.suites.binary_files.remote_file import NO_VERSION
from conformance.suites.binary_files.samples import LETTERS
from conformance.suites.binary_files.strategies import RANGES, ranges

TEXT = LETTERS * 15  # within every limit of size
VERSIONS = (b"one", b"two", b"six", b"ten")  # of one size, and more than two: a tag made of the second they share


@requirement("BIN-02")
def test_a_download_is_raw_bytes_with_nothing_around_them(file_service):
    file_service.lets_us_in()
    file_service.file.put(LETTERS).succeeds("the upload")
    file_service.file.get(LETTERS).is_raw()


@requirement("BIN-03")
def test_the_length_of_a_download_is_the_length_of_the_file(file_service):
    file_service.lets_us_in()
    contents = [file_service.patterned(size) for size in (1, 4096, 100_000)]
    for each in file_service.case.each(contents, lambda content: f"{content.size} bytes"):
        with each as content:
            file = file_service.any_file()
            file.put(content).succeeds("the upload")
            file.get().has_its_length(content.size)


@requirement("BIN-13")
def test_head_says_what_get_says(file_service):
    file_service.works()
    file_service.file.put(TEXT).succeeds("the upload")
    file_service.file.head().says_what(file_service.file.get(TEXT))


@requirement("BIN-14")
@always(part=RANGES)
@given(part=ranges(len(TEXT)))
def test_a_range_brings_its_bytes_or_the_whole_file(file_service, part):
    file_service.works()
    file_service.file.holds(TEXT)
    start, end = part.of(len(TEXT))
    file_service.file.get(TEXT, ("Range", part.header)).is_the_part(start, end)


@requirement("BIN-37")
def test_a_range_of_another_version_brings_no_part_of_it(file_service):
    file_service.works()
    file_service.file.put(TEXT).succeeds("the upload")
    file_service.file.get(TEXT, ("Range", "bytes=100-199"), ("If-Range", NO_VERSION)).is_no_part(
        "it is another version"
    )


@requirement("BIN-40")
def test_a_range_behind_the_end_of_a_file_is_refused_with_its_length_or_ignored(file_service):
    file_service.works()
    file_service.file.put(TEXT).succeeds("the upload")
    file_service.file.get(TEXT, ("Range", f"bytes={len(TEXT)}-")).is_behind_the_end(len(TEXT))


@requirement("BIN-46")
def test_range_is_ignored_in_a_unit_that_nobody_knows_and_with_head(file_service):
    file_service.works()
    file_service.file.put(TEXT).succeeds("the upload")
    file_service.case.judge_all(
        unit=lambda: file_service.file.get(TEXT, ("Range", "seasonproof=0-9")).is_no_part("nobody knows the unit"),
        head=lambda: file_service.file.head(("Range", "bytes=0-9")).ignores_the_range(),
    )


@requirement("BIN-15")
def test_other_bytes_have_another_etag(file_service):
    file_service.works()
    known: set[str] = set()
    for each in file_service.case.each(VERSIONS, bytes.decode):
        with each as version:
            file = file_service.any_file()
            file.put(version).succeeds("the upload")
            file.has_another_etag_than(known)
            known.add(file.etag())


@requirement("BIN-16")
def test_status_304_comes_for_what_has_not_changed_and_for_nothing_else(file_service):
    file_service.works()
    for each in file_service.case.each(pairwise(VERSIONS), lambda pair: b" to ".join(pair).decode()):
        with each as (old, new):
            file_service.file.put(old).succeeds("the upload")
            condition = ("If-None-Match", file_service.file.etag())
            file_service.file.get(old, condition).is_unchanged_or_the_file()
            file_service.file.put(new).succeeds("the overwrite")
            file_service.file.get(new, condition).is_the_file("the new file, since the old one is known")


@requirement("BIN-41")
def test_status_304_comes_with_the_etag_that_the_file_has(file_service):
    file_service.works()
    file_service.file.put(TEXT).succeeds("the upload")
    etag = file_service.file.etag()
    file_service.file.get(TEXT, ("If-None-Match", etag)).has_the_tag(etag)


@requirement("BIN-18")
def test_a_compressed_download_says_so_and_decompresses_to_the_file(file_service):
    file_service.works()
    for each in file_service.case.each((("a file", TEXT), ("the same file overwritten", TEXT.swapcase()))):
        with each as (_, text):
            file = file_service.any_file()
            file.put(text).succeeds("the upload")
            file.get(text, ("Accept-Encoding", "gzip")).is_the_file()


@requirement("BIN-19")
def test_an_upload_that_is_declared_as_compressed_is_refused_or_understood(file_service):
    file_service.works()
    upload = file_service.file.put(gzip.compress(TEXT, mtime=0), ("Content-Encoding", "gzip"))
    if upload.is_taken:
        file_service.file.get(TEXT).is_the_file(
            "the file that was compressed, or a download that says it is compressed"
        )
    else:
        upload.file_is(None)


@requirement("BIN-20")
def test_a_name_in_content_disposition_can_be_read(file_service):
    file_service.works()
    file = file_service.new_file(' 日本語 "quoted", ü.bin')
    file.put(b"named").succeeds("the upload")
    file.get().is_named_well()


@requirement("BIN-21")
def test_a_download_forbids_browsers_to_guess_what_it_is(file_service):
    file_service.works()
    file = file_service.new_file(".html")
    if file.put(b"<script>alert(1)</script>").is_refused_as_unfit:
        file = file_service.file
        file.put(b"<script>alert(1)</script>").succeeds("the upload")
    file.get().forbids_sniffing()


@requirement("BIN-52")
def test_a_file_whose_extension_says_html_is_not_run_as_a_page(file_service):
    file_service.works()
    file = file_service.new_file(".html")
    upload = file.put(b"<script>alert(1)</script>")
    if upload.is_refused_as_unfit:
        upload.file_is(None)
    else:
        upload.succeeds("a file of any bytes whose extension says HTML")
        file.get().is_no_page()
