// openid-client as its README shows it: a configuration, client credentials, and one call.
import * as client from 'openid-client';

const found = process.env;
const server = { issuer: found.SEASONPROOF_ORG_URL, token_endpoint: found.SEASONPROOF_TOKEN_URL };
const secret = found.SEASONPROOF_CLIENT_SECRET;
const byForm = found.SEASONPROOF_CLIENT_AUTHENTICATION === 'client_secret_post';
const how = byForm ? client.ClientSecretPost(secret) : client.ClientSecretBasic(secret);
const config = new client.Configuration(server, found.SEASONPROOF_CLIENT_ID, undefined, how);
client.allowInsecureRequests(config);
const granted = await client.clientCredentialsGrant(config, JSON.parse(found.SEASONPROOF_PARAMETERS).body);
const answer = await client.fetchProtectedResource(
  config, granted.access_token, new URL(`${found.SEASONPROOF_API_URL}/limits`), 'GET',
);
if (!answer.ok) throw new Error(`the API answered ${answer.status}`);
