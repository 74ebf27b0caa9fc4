"""bravado as its guide shows it: a Swagger document, and its operations as calls."""

import os
from pathlib import Path
from urllib.parse import urlsplit

from bravado.client import SwaggerClient
from bravado.requests_client import RequestsClient

found = os.environ
where = urlsplit(found["SEASONPROOF_FILES_URL"])
name = {"name": "name", "in": "path", "required": True, "type": "string"}
body = {"name": "body", "in": "body", "required": True, "schema": {"type": "string", "format": "binary"}}
document = {
    "swagger": "2.0",
    "info": {"title": "files", "version": "1"},
    "host": where.netloc,
    "basePath": where.path,
    "schemes": [where.scheme],
    "consumes": ["application/octet-stream"],
    "produces": ["application/octet-stream"],
    "paths": {
        "/{name}": {
            "put": {
                "operationId": "upload",
                "tags": ["files"],
                "parameters": [name, body],
                "responses": {"201": {"description": "created"}, "204": {"description": "replaced"}},
            },
            "get": {
                "operationId": "download",
                "tags": ["files"],
                "parameters": [name],
                "responses": {"200": {"description": "the file", "schema": {"type": "string", "format": "binary"}}},
            },
        }
    },
}
http = RequestsClient()
http.set_api_key(where.netloc, f"Bearer {found['SEASONPROOF_ACCESS_TOKEN']}", "Authorization", param_in="header")
files = SwaggerClient.from_spec(document, http_client=http, config={"validate_responses": False}).files
asked = found["SEASONPROOF_DOWNLOAD_URL"].rpartition("/")[2]
content = files.download(name=asked).response().incoming_response.raw_bytes
Path(found["SEASONPROOF_DOWNLOAD_FILE"]).write_bytes(content)
