// simple-oauth2 as its README shows it: client credentials, and one call.
import { ClientCredentials } from 'simple-oauth2';

const found = process.env;
const token = new URL(found.SEASONPROOF_TOKEN_URL);
const client = new ClientCredentials({
  client: { id: found.SEASONPROOF_CLIENT_ID, secret: found.SEASONPROOF_CLIENT_SECRET },
  auth: { tokenHost: token.origin, tokenPath: token.pathname },
  options: {
    authorizationMethod: found.SEASONPROOF_CLIENT_AUTHENTICATION === 'client_secret_post' ? 'body' : 'header',
  },
});
const granted = await client.getToken(JSON.parse(found.SEASONPROOF_PARAMETERS).body);
const answer = await fetch(`${found.SEASONPROOF_API_URL}/limits`, {
  headers: { Authorization: `Bearer ${granted.token.access_token}` },
});
if (!answer.ok) throw new Error(`the API answered ${answer.status}`);
