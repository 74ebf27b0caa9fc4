"""Authlib as its guide to client credentials shows it."""

import json
import os

from authlib.integrations.requests_client import OAuth2Session

found = os.environ
parameters = json.loads(found["SEASONPROOF_PARAMETERS"])
session = OAuth2Session(
    found["SEASONPROOF_CLIENT_ID"],
    found["SEASONPROOF_CLIENT_SECRET"],
    token_endpoint_auth_method=found["SEASONPROOF_CLIENT_AUTHENTICATION"],
)
session.fetch_token(found["SEASONPROOF_TOKEN_URL"], grant_type="client_credentials", **parameters["body"])
answer = session.get(f"{found['SEASONPROOF_API_URL']}/limits")
answer.raise_for_status()
