"""The OpenAPI contract of the resources, held against requests that are made from it."""

from hypothesis import given

from conformance.suites import always, requirement
from conformance.suites.rotation_lifecycle.contract import (
    COMMANDS,
    ONE,
    READINGS,
    commands,
    encoded,
    keeps_to_the_contract,
    readings,
    stages_and_deletes_by_the_contract,
)


@requirement("STG-49")
@always(reading=READINGS)
@given(reading=readings())
def test_what_is_read_keeps_to_the_contract_of_the_resources(staged_credentials, reading):
    staged_credentials.readable_once()
    keeps_to_the_contract(staged_credentials.get(reading.under(staged_credentials.place)), "GET", reading.path)


@requirement("STG-50")
@always(body=COMMANDS)
@given(body=commands())
def test_what_is_staged_rotated_and_deleted_keeps_to_the_contract_of_the_resources(staged_credentials, body):
    staged_credentials.once(stages_and_deletes_by_the_contract)
    staged = staged_credentials.kept_staged()
    answer = staged_credentials.patch(staged, encoded(body))
    keeps_to_the_contract(answer, "PATCH", ONE, body)
    keeps_to_the_contract(staged_credentials.get(staged_credentials.place.one(staged.id)), "GET", ONE)
    if answer.succeeded:
        keeps_to_the_contract(staged_credentials.delete(staged), "DELETE", ONE)
