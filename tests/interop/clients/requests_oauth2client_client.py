"""requests-oauth2client as its README shows it: a session that gets its tokens by itself."""

import json
import os

import requests
from requests_oauth2client import OAuth2Client, OAuth2ClientCredentialsAuth

found = os.environ
parameters = json.loads(found["SEASONPROOF_PARAMETERS"])
client = OAuth2Client(
    found["SEASONPROOF_TOKEN_URL"], (found["SEASONPROOF_CLIENT_ID"], found["SEASONPROOF_CLIENT_SECRET"])
)
auth = OAuth2ClientCredentialsAuth(client, **parameters["body"])
answer = requests.get(f"{found['SEASONPROOF_API_URL']}/limits", auth=auth, timeout=20)
answer.raise_for_status()
