// @jmondi/oauth2-server with Express, as its README shows client credentials.
import express from 'express';
import { AuthorizationServer, DateInterval } from '@jmondi/oauth2-server';
import { handleExpressError, handleExpressResponse } from '@jmondi/oauth2-server/express';

const scopes = ['accounts.read', 'api', 'admin'];
const clients = Object.fromEntries(
  [['accounts-client', process.env.CLIENT_SECRET], ['second client:1', process.env.SECOND_SECRET]].map(
    ([id, secret]) => [id, { id, secret, redirectUris: [], allowedGrants: ['client_credentials'], scopes: [] }],
  ),
);
const tokens = new Map();

const clientRepository = {
  getByIdentifier: async (id) => clients[id],
  isClientValid: async (grant, client, secret) => client?.secret === secret && client.allowedGrants.includes(grant),
};
const tokenRepository = {
  issueToken: async (client, granted) => ({
    accessToken: crypto.randomUUID(),
    accessTokenExpiresAt: new DateInterval('1h').getEndDate(),
    client,
    scopes: granted,
  }),
  persist: async (token) => tokens.set(token.accessToken, token),
  revoke: async (token) => tokens.delete(token.accessToken),
  getByAccessToken: async (value) => tokens.get(value),
  isAccessTokenRevoked: async (token) => !tokens.has(token?.accessToken),
  getByRefreshToken: async () => undefined,
  isRefreshTokenRevoked: async () => true,
};
const scopeRepository = {
  getAllByIdentifiers: async (names) => names.filter((name) => scopes.includes(name)).map((name) => ({ name })),
  finalize: async (wanted) => wanted.filter(({ name }) => name !== 'admin'),
};

const server = new AuthorizationServer(clientRepository, tokenRepository, scopeRepository, 'a-made-up-signing-secret');
server.enableGrantType('client_credentials');
const app = express();
app.use(express.json(), express.urlencoded({ extended: false }));
const calls = {
  '/token': (request) => server.respondToAccessTokenRequest(request),
  '/token/revoke': (request) => server.revoke(request),
  '/token/introspect': (request) => server.introspect(request),
};
for (const [path, call] of Object.entries(calls)) {
  app.post(path, async (request, response) => {
    try {
      handleExpressResponse(response, await call(request));
    } catch (error) {
      handleExpressError(error, response);
    }
  });
}
const listening = app.listen(0, '127.0.0.1', () => console.log(`http://127.0.0.1:${listening.address().port}`));
