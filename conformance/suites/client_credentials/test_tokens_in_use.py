"""What becomes of the token: resources, keys, introspection and revocation."""

from conformance.suites import requirement


@requirement("CCS-47")
def test_a_protected_resource_accepts_the_token_in_the_header(token_endpoint):
    token_endpoint.call(token_endpoint.control().token).lets_in()


@requirement("CCS-48")
def test_a_protected_resource_refuses_a_token_for_another_audience(token_endpoint):
    token = token_endpoint.resource_control()
    token_endpoint.call(token, other=True).keeps_out("to a token for another audience")


@requirement("CCS-49")
def test_a_protected_resource_refuses_the_token_in_the_query(token_endpoint):
    token = token_endpoint.resource_control()
    token_endpoint.call(token, in_query=True).keeps_out("to a token in the query")


@requirement("CCS-76")
def test_the_challenge_of_a_resource_says_that_the_token_is_invalid(token_endpoint):
    token_endpoint.takes_bearer_tokens()
    token = token_endpoint.resource_control()
    token_endpoint.call(token_endpoint.unknown_token(token)).says_that_the_token_is_invalid()


@requirement("CCS-50")
def test_a_jwt_token_is_signed_by_a_published_key_and_names_its_end(token_endpoint):
    token_endpoint.ask(token_endpoint.plain).is_signed_by_a_published_key()


@requirement("CCS-51")
def test_introspection_says_that_a_new_token_is_active_with_its_scopes(token_endpoint):
    token = token_endpoint.control().token
    token_endpoint.look_up(token).is_active(token_endpoint.role.scopes)


@requirement("CCS-52")
def test_introspection_says_of_an_unknown_token_that_it_is_inactive_and_nothing_else(token_endpoint):
    token = token_endpoint.control().token
    token_endpoint.knows_new_tokens(token)
    unknown = token_endpoint.unknown_token(token)
    token_endpoint.introspect(unknown).is_inactive("for a token that was never issued", alone=True)


@requirement("CCS-53")
def test_introspection_without_authentication_is_refused(token_endpoint):
    token = token_endpoint.introspection_control()
    token_endpoint.introspect(token, "none").is_refused()


@requirement("CCS-54")
def test_a_revoked_token_is_inactive(token_endpoint):
    token = token_endpoint.introspection_control()
    token_endpoint.revoke(token).is_done()
    token_endpoint.introspect(token).is_inactive("for a revoked token")


@requirement("CCS-55")
def test_the_revocation_of_an_unknown_token_is_answered_200(token_endpoint):
    token = token_endpoint.control().token
    token_endpoint.refuses_strangers()
    token_endpoint.revoke(token_endpoint.unknown_token(token)).is_done()


@requirement("CCS-80")
def test_the_revocation_of_a_users_token_is_answered(token_endpoint):
    token_endpoint.works()
    token_endpoint.revoke(token_endpoint.user_token()).is_done_or_refused()


@requirement("CCS-56")
def test_a_client_cannot_revoke_the_token_of_another_client(token_endpoint):
    stranger = token_endpoint.second_client()
    token = token_endpoint.introspection_control()
    method = token_endpoint.let_in(stranger, "second_client")
    token_endpoint.revoke(token, method, as_=stranger)
    token_endpoint.introspect(token).is_active(what="a token that another client asked to revoke")
