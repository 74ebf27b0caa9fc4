"""What a client gets that proves who it is: a token, its type, and nothing that outlives them."""

from conformance.suites import requirement


@requirement("CCS-01")
def test_a_valid_request_gets_a_token_and_its_type_as_json(token_endpoint):
    token_endpoint.ask(token_endpoint.plain).is_a_token_answer()
    token_endpoint.ask(token_endpoint.plain.accepting("*/*")).is_a_token_answer()


@requirement("CCS-02")
def test_an_answer_with_a_token_forbids_caches_to_keep_it(token_endpoint):
    token_endpoint.ask(token_endpoint.plain).is_not_cacheable()


@requirement("CCS-03")
def test_an_answer_with_a_token_forbids_caches_of_http_1_0_to_keep_it(token_endpoint):
    token_endpoint.ask(token_endpoint.plain).has_pragma()


@requirement("CCS-04")
def test_an_answer_to_client_credentials_holds_no_refresh_token(token_endpoint):
    token_endpoint.ask(token_endpoint.plain).has_no_refresh_token()


@requirement("CCS-05")
def test_the_members_of_the_answer_have_their_defined_types_and_characters(token_endpoint):
    token_endpoint.ask(token_endpoint.plain).has_well_formed_members()


@requirement("CCS-06")
def test_the_token_is_short_enough_for_salesforce_to_store(token_endpoint, parameters):
    token_endpoint.ask(token_endpoint.plain).has_a_token_of_at_most(parameters["max_characters"])


@requirement("CCS-83")
def test_a_new_token_is_good_at_once_and_for_as_long_as_expires_in_says(token_endpoint):
    token_endpoint.ask(token_endpoint.plain).lasts_as_long_as_it_says()


@requirement("CCS-84")
def test_tokens_are_too_varied_to_be_guessed(token_endpoint, parameters):
    token_endpoint.control()
    token_endpoint.ask_at_once(parameters["tokens"]).vary(parameters["bits"])


@requirement("CCS-07")
def test_parallel_requests_each_get_a_token_of_their_own(token_endpoint, parameters, run):
    token_endpoint.control()
    token_endpoint.ask_at_once(min(parameters["requests"], max(5, run.examples // 3))).differ()
