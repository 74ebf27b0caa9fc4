// @badgateway/oauth2-client as its README shows it: a fetch that gets its tokens by client credentials.
import { OAuth2Client, OAuth2Fetch } from '@badgateway/oauth2-client';

const found = process.env;
const client = new OAuth2Client({
  tokenEndpoint: found.SEASONPROOF_TOKEN_URL,
  clientId: found.SEASONPROOF_CLIENT_ID,
  clientSecret: found.SEASONPROOF_CLIENT_SECRET,
  authenticationMethod: found.SEASONPROOF_CLIENT_AUTHENTICATION,
});
const extraParams = JSON.parse(found.SEASONPROOF_PARAMETERS).body;
const wrapper = new OAuth2Fetch({
  client,
  getNewToken: () => client.clientCredentials({ extraParams }),
  scheduleRefresh: false,
});
const answer = await wrapper.fetch(`${found.SEASONPROOF_API_URL}/limits`);
if (!answer.ok) throw new Error(`the API answered ${answer.status}`);
