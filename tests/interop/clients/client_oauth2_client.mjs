// client-oauth2 as its README shows client credentials.
import ClientOAuth2 from 'client-oauth2';

const found = process.env;
const auth = new ClientOAuth2({
  clientId: found.SEASONPROOF_CLIENT_ID,
  clientSecret: found.SEASONPROOF_CLIENT_SECRET,
  accessTokenUri: found.SEASONPROOF_TOKEN_URL,
});
const token = await auth.credentials.getToken({ body: JSON.parse(found.SEASONPROOF_PARAMETERS).body });
const request = token.sign({ method: 'GET', headers: {} });
const answer = await fetch(`${found.SEASONPROOF_API_URL}/limits`, request);
if (!answer.ok) throw new Error(`the API answered ${answer.status}`);
