"""What the server says about itself in its metadata, and whether it is true."""

from conformance.suites import requirement


@requirement("CCS-31")
def test_the_metadata_names_the_issuer_under_whose_address_it_was_found(token_endpoint):
    token_endpoint.document().names_its_issuer()


@requirement("CCS-32")
def test_the_metadata_names_this_token_endpoint_and_this_grant(token_endpoint):
    token_endpoint.document().names_the_endpoint_and_the_grant()


@requirement("CCS-85")
def test_the_metadata_lists_the_response_types(token_endpoint):
    token_endpoint.document().lists_the_response_types()


@requirement("CCS-33")
def test_the_methods_of_authentication_that_the_client_uses_are_advertised_and_work(token_endpoint):
    token_endpoint.works_in_some_way()
    for each in token_endpoint.case.each(token_endpoint.role.methods):
        with each as method:
            token_endpoint.document().advertises(method)
            token_endpoint.ask(token_endpoint.plain, method).grants_a_token()


@requirement("CCS-34")
def test_a_method_of_authentication_that_is_not_advertised_is_refused(token_endpoint):
    token_endpoint.control()
    for each in token_endpoint.case.each(token_endpoint.methods_not_advertised()):
        with each as method:
            token_endpoint.ask(token_endpoint.plain, method).is_refused()
