// oauth: client credentials by the empty code, as its README has it, and its own call of an API.
import oauth from 'oauth';
import { promisify } from 'node:util';

const found = process.env;
const client = new oauth.OAuth2(
  found.SEASONPROOF_CLIENT_ID, found.SEASONPROOF_CLIENT_SECRET, found.SEASONPROOF_ORG_URL, null, '/services/oauth2/token', null);
const { body } = JSON.parse(found.SEASONPROOF_PARAMETERS);
const fail = (error) => { console.error(error); process.exit(1) };
const token = await promisify(client.getOAuthAccessToken).call(client, '', { grant_type: 'client_credentials', ...body }).catch(fail);
await promisify(client.get).call(client, `${found.SEASONPROOF_API_URL}/limits`, token).catch(fail);
