// oauth4webapi as its example of client credentials shows it.
import * as oauth from 'oauth4webapi';

const found = process.env;
const server = { issuer: found.SEASONPROOF_ORG_URL, token_endpoint: found.SEASONPROOF_TOKEN_URL };
const client = { client_id: found.SEASONPROOF_CLIENT_ID };
const secret = found.SEASONPROOF_CLIENT_SECRET;
const byForm = found.SEASONPROOF_CLIENT_AUTHENTICATION === 'client_secret_post';
const parameters = new URLSearchParams(JSON.parse(found.SEASONPROOF_PARAMETERS).body);
const options = { [oauth.allowInsecureRequests]: true };
const response = await oauth.clientCredentialsGrantRequest(
  server, client, byForm ? oauth.ClientSecretPost(secret) : oauth.ClientSecretBasic(secret), parameters, options,
);
const granted = await oauth.processClientCredentialsResponse(server, client, response);
const answer = await oauth.protectedResourceRequest(
  granted.access_token, 'GET', new URL(`${found.SEASONPROOF_API_URL}/limits`), undefined, undefined, options,
);
if (!answer.ok) throw new Error(`the API answered ${answer.status}`);
