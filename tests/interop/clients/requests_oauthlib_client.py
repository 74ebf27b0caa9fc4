"""requests-oauthlib as its guide to the backend application flow shows it."""

import json
import os

from oauthlib.oauth2 import BackendApplicationClient
from requests.auth import HTTPBasicAuth
from requests_oauthlib import OAuth2Session

found = os.environ
session = OAuth2Session(client=BackendApplicationClient(client_id=found["SEASONPROOF_CLIENT_ID"]))
session.fetch_token(
    found["SEASONPROOF_TOKEN_URL"],
    auth=HTTPBasicAuth(found["SEASONPROOF_CLIENT_ID"], found["SEASONPROOF_CLIENT_SECRET"]),
    **json.loads(found["SEASONPROOF_PARAMETERS"])["body"],
)
answer = session.get(f"{found['SEASONPROOF_API_URL']}/limits")
answer.raise_for_status()
