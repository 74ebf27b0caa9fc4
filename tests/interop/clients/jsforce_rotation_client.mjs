// jsforce through the calls of a rotation, as a script would be written: stage, rotate, and write the store.
import { writeFileSync } from 'node:fs';
import jsforce from 'jsforce';

const found = process.env;
const connection = new jsforce.Connection({
  instanceUrl: found.SEASONPROOF_ORG_URL,
  accessToken: found.SEASONPROOF_ACCESS_TOKEN,
  version: '65.0',
});
const apps = '/services/data/v65.0/apps/oauth';
async function all(url, member) {
  const items = [];
  for (let next = url; next;) {
    const page = await connection.requestGet(next);
    items.push(...page[member]);
    next = page.nextPageUrl;
  }
  return items;
}
const usage = await all(`${apps}/usage`, 'apps');
const app = usage.find((one) => one.developerName === found.SEASONPROOF_APP);
const consumer = `${apps}/credentials/${app.identifier}/${found.SEASONPROOF_CONSUMER_ID}`;
const answer = await connection.requestPost(`${consumer}/staged`, {});
const pair = answer.stagedCredentials.find((one) => one.state === 'Active');
await connection.requestPatch(`${consumer}/staged/${pair.id}`, { command: 'rotate' });
writeFileSync(found.SEASONPROOF_STORE_FILE, JSON.stringify({ client_id: pair.key, client_secret: pair.secret }));
console.log('rotated');
