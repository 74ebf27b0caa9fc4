"""aiopenapi3 as its guide shows it: a document, and its operations as calls."""

import os
from pathlib import Path

import httpx2
from aiopenapi3 import OpenAPI

found = os.environ
binary = {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}
name = {"name": "name", "in": "path", "required": True, "schema": {"type": "string"}}
document = {
    "openapi": "3.0.3",
    "info": {"title": "files", "version": "1"},
    "servers": [{"url": found["SEASONPROOF_FILES_URL"]}],
    "security": [{"token": []}],
    "components": {"securitySchemes": {"token": {"type": "http", "scheme": "bearer"}}},
    "paths": {
        "/{name}": {
            "put": {
                "operationId": "upload",
                "parameters": [name],
                "requestBody": {"required": True, "content": binary},
                "responses": {"201": {"description": "created"}, "204": {"description": "replaced"}},
            },
            "get": {
                "operationId": "download",
                "parameters": [name],
                "responses": {"200": {"description": "the file", "content": binary}},
            },
        }
    },
}
api = OpenAPI(found["SEASONPROOF_FILES_URL"], document, session_factory=httpx2.Client)
api.authenticate(token=found["SEASONPROOF_ACCESS_TOKEN"])
api._.upload(parameters={"name": "upload.bin"}, data=Path(found["SEASONPROOF_UPLOAD_FILE"]).read_bytes())
asked = found["SEASONPROOF_DOWNLOAD_URL"].rpartition("/")[2]
Path(found["SEASONPROOF_DOWNLOAD_FILE"]).write_bytes(api._.download(parameters={"name": asked}))
