// google-auth-library: the tokens of a user, which are renewed by it, all pages of a query, and the end of the tokens.
import { OAuth2Client } from 'google-auth-library';

const found = process.env;
const client = new OAuth2Client({
  clientId: found.SEASONPROOF_CLIENT_ID,
  clientSecret: found.SEASONPROOF_CLIENT_SECRET,
  endpoints: {
    oauth2TokenUrl: found.SEASONPROOF_TOKEN_URL,
    oauth2RevokeUrl: `${found.SEASONPROOF_ORG_URL}/services/oauth2/revoke`,
  },
});
client.setCredentials({ access_token: found.SEASONPROOF_ACCESS_TOKEN, refresh_token: found.SEASONPROOF_REFRESH_TOKEN });
let following = `${found.SEASONPROOF_API_URL}/query?q=SELECT+Id+FROM+Account`;
while (following) {
  const { data } = await client.request({ url: following });
  following = data.nextRecordsUrl && new URL(data.nextRecordsUrl, found.SEASONPROOF_ORG_URL).href;
}
await client.revokeCredentials();
