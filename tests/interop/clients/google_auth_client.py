"""google-auth: an authorized session with the tokens of a user, which are renewed by it, and all pages of a query."""

import os
from urllib.parse import urljoin

from google.auth.transport.requests import AuthorizedSession
from google.oauth2.credentials import Credentials

found = os.environ
credentials = Credentials(
    found["SEASONPROOF_ACCESS_TOKEN"],
    refresh_token=found["SEASONPROOF_REFRESH_TOKEN"],
    token_uri=found["SEASONPROOF_TOKEN_URL"],
    client_id=found["SEASONPROOF_CLIENT_ID"],
    client_secret=found["SEASONPROOF_CLIENT_SECRET"],
)
session = AuthorizedSession(credentials)
following = f"{found['SEASONPROOF_API_URL']}/query?q=SELECT+Id+FROM+Account"
while following:
    answer = session.get(following)
    answer.raise_for_status()
    more = answer.json().get("nextRecordsUrl")
    following = more and urljoin(found["SEASONPROOF_ORG_URL"], more)
