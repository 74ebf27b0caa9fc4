// An authorization server made with oidc-provider, on a free port of loopback; prints its address.
import { createServer } from "node:http";
import { errors, Provider } from "oidc-provider";

const { CLIENT_SECRET, SECOND_SECRET, API, OTHER_API, FORMAT } = process.env;
const SCOPES = "accounts.read api";

// The issuer holds the port, so the port has to be known first.
let handle;
const server = createServer((request, response) => handle(request, response));
await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
const issuer = `http://127.0.0.1:${server.address().port}`;

const client = { redirect_uris: [], response_types: [], grant_types: ["client_credentials"] };
const provider = new Provider(issuer, {
  clients: [
    { ...client, client_id: "accounts-client", client_secret: CLIENT_SECRET, scope: SCOPES },
    { ...client, client_id: "second client:1", client_secret: SECOND_SECRET, scope: SCOPES },
  ],
  scopes: SCOPES.split(" "),
  clientAuthMethods: ["client_secret_basic", "client_secret_post", "client_secret_jwt", "private_key_jwt", "none"],
  features: {
    devInteractions: { enabled: false },
    clientCredentials: { enabled: true },
    introspection: { enabled: true },
    revocation: { enabled: true },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => API,
      getResourceServerInfo(context, resource) {
        if (resource !== API && resource !== OTHER_API) throw new errors.InvalidTarget();
        return { scope: SCOPES, audience: resource, accessTokenFormat: FORMAT };
      },
    },
  },
});
handle = provider.callback();
console.log(issuer);
