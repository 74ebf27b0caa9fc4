// @azure/msal-node with an authority that is not Entra's: its endpoints are given, as its guide to OIDC authorities says.
import { ConfidentialClientApplication } from '@azure/msal-node';

const found = process.env;
const org = found.SEASONPROOF_ORG_URL;
const endpoints = {
  issuer: org,
  authorization_endpoint: `${org}/services/oauth2/authorize`,
  token_endpoint: found.SEASONPROOF_TOKEN_URL,
  jwks_uri: `${org}/id/keys`,
  end_session_endpoint: `${org}/services/auth/idp/oidc/logout`,
};
const application = new ConfidentialClientApplication({
  auth: {
    clientId: found.SEASONPROOF_CLIENT_ID,
    clientSecret: found.SEASONPROOF_CLIENT_SECRET,
    authority: org,
    knownAuthorities: [new URL(org).host],
    authorityMetadata: JSON.stringify(endpoints),
  },
  system: { protocolMode: 'OIDC' },
});
const answer = await application.acquireTokenByClientCredential({ scopes: ['api'] });
const limits = await fetch(`${found.SEASONPROOF_API_URL}/limits`, { headers: { authorization: `Bearer ${answer.accessToken}` } });
if (!limits.ok) throw new Error(`limits: ${limits.status}`);
