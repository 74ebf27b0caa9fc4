"""How the endpoint refuses: in the words of the specification, and without a secret in them."""

from conformance.suites import requirement

BROKEN = (("no hexadecimal digits", b"&zz=%zz"), ("no UTF-8", b"&zz=%ff"), ("a bare byte", b"&zz=\xff"))
FOREIGN_ORIGIN = "https://evil.example"


@requirement("CCS-43")
def test_a_refusal_is_json_with_an_error_code_in_the_allowed_characters(token_endpoint):
    token_endpoint.control()
    for each in token_endpoint.case.each(token_endpoint.refusals()):
        with each as (_, refusal):
            refusal.is_an_error_answer()


@requirement("CCS-44")
def test_a_refusal_forbids_caches_to_keep_it(token_endpoint):
    token_endpoint.control()
    for each in token_endpoint.case.each(token_endpoint.refusals()):
        with each as (_, refusal):
            refusal.is_not_cacheable_although_refused()


@requirement("CCS-45")
def test_a_refusal_does_not_repeat_the_secret(token_endpoint):
    token_endpoint.control()
    for each in token_endpoint.case.each(token_endpoint.refusals()):
        with each as (_, refusal):
            refusal.does_not_repeat(token_endpoint.secret)


@requirement("CCS-74")
def test_the_error_code_of_a_refusal_is_one_that_a_specification_defines(token_endpoint):
    token_endpoint.control()
    for each in token_endpoint.case.each(token_endpoint.refusals_with_codes()):
        with each as (_, refusal):
            refusal.names_a_known_code()


@requirement("CCS-77")
def test_a_form_whose_encoding_is_broken_gets_no_page(token_endpoint):
    token_endpoint.control()
    for each in token_endpoint.case.each(BROKEN):
        with each as (_, end):
            token_endpoint.ask(token_endpoint.plain.ending_in(end)).answers_in_words()


@requirement("CCS-46")
def test_pages_of_foreign_origins_may_not_read_the_answer_with_credentials(token_endpoint):
    token_endpoint.control()
    ask = token_endpoint.plain.with_headers(("Origin", FOREIGN_ORIGIN))
    token_endpoint.ask(ask).keeps_foreign_pages_out(FOREIGN_ORIGIN)


@requirement("CCS-57")
def test_salesforces_login_host_refuses_the_grant_as_invalid_grant(token_endpoint):
    url = token_endpoint.login_url()
    token_endpoint.control()
    token_endpoint.ask(token_endpoint.plain, url=url).is_refused(("invalid_grant",))


@requirement("CCS-58")
def test_a_client_without_a_run_as_user_is_refused_as_invalid_grant(token_endpoint):
    client = token_endpoint.client_without_user()
    token_endpoint.control()
    for each in token_endpoint.case.each(token_endpoint.secret_methods):
        with each as method:
            token_endpoint.ask(token_endpoint.plain, method, client).is_refused(("invalid_grant",))
