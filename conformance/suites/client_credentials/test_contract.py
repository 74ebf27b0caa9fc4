"""The OpenAPI contract of a token endpoint, held against requests that are made from it."""

from hypothesis import given

from conformance.suites import always, half, requirement
from conformance.suites.client_credentials.contract import contract_bodies

PLAIN = {"grant_type": "client_credentials"}
WRONG = {"grant_type": 'a"b'}
ODD = {"grant_type": "client_credentials", "scope": "ü"}


@requirement("CCS-59")
@always(body=[PLAIN, WRONG, ODD])
@half
@given(body=contract_bodies())
def test_whatever_a_form_holds_the_answer_keeps_to_the_contract_of_a_token_endpoint(token_endpoint, body):
    token_endpoint.works()
    token_endpoint.refuses_strangers()
    said = token_endpoint.ordinary_flaws
    token_endpoint.ask_by_contract(body).keeps_to_the_contract(said)
