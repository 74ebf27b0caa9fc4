// got: an upload and a download by its streams.
import got from 'got';
import { createReadStream, createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';

const found = process.env;
const headers = { authorization: `Bearer ${found.SEASONPROOF_ACCESS_TOKEN}` };
const body = createReadStream(found.SEASONPROOF_UPLOAD_FILE);
await got.put(`${found.SEASONPROOF_FILES_URL}/upload.bin`, { body, headers: { ...headers, 'content-type': 'application/octet-stream' } });
await pipeline(got.stream(found.SEASONPROOF_DOWNLOAD_URL, { headers }), createWriteStream(found.SEASONPROOF_DOWNLOAD_FILE));
