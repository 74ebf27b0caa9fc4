"""The OpenAPI document: what External Services makes of it, and whether the service keeps to it."""

from hypothesis import given
from hypothesis import strategies as st

from conformance.suites import requirement


@requirement("BIN-05")
def test_the_openapi_document_registers_with_external_services(file_service):
    file_service.document.registers()


@requirement("BIN-10")
def test_upload_and_download_of_the_document_become_binary_actions(file_service):
    file_service.document.becomes_binary_actions()


@requirement("BIN-34")
@given(data=st.data())
def test_the_declared_operations_answer_as_the_openapi_document_says(file_service, data):
    file_service.works()
    for each in file_service.case.each(file_service.contract.calls(data)):
        with each as (_, call):
            call.keeps_to_the_document()
