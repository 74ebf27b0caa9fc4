// jsforce as its guide shows it: a connection with a refresh token, all pages of a query, and who the user is.
import jsforce from 'jsforce';

const found = process.env;
const connection = new jsforce.Connection({
  oauth2: {
    clientId: found.SEASONPROOF_CLIENT_ID,
    clientSecret: found.SEASONPROOF_CLIENT_SECRET,
    loginUrl: found.SEASONPROOF_ORG_URL,
  },
  instanceUrl: found.SEASONPROOF_ORG_URL,
  accessToken: found.SEASONPROOF_ACCESS_TOKEN,
  refreshToken: found.SEASONPROOF_REFRESH_TOKEN,
});
const result = await connection.query('SELECT Id, Name FROM Account', { autoFetch: true, maxFetch: 100 });
console.log(result.records.length, 'accounts');
