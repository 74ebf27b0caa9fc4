"""requests-toolbelt: an upload by its streaming iterator, and a download by its helper."""

import os
from pathlib import Path

import requests
from requests_toolbelt.downloadutils import stream
from requests_toolbelt.streaming_iterator import StreamingIterator

found = os.environ
session = requests.Session()
session.headers["Authorization"] = f"Bearer {found['SEASONPROOF_ACCESS_TOKEN']}"
source = Path(found["SEASONPROOF_UPLOAD_FILE"])
with source.open("rb") as file:
    body = StreamingIterator(source.stat().st_size, iter(lambda: file.read(1024), b""))
    kind = {"Content-Type": "application/octet-stream"}
    session.put(f"{found['SEASONPROOF_FILES_URL']}/upload.bin", data=body, headers=kind).raise_for_status()
answer = session.get(found["SEASONPROOF_DOWNLOAD_URL"], stream=True)
answer.raise_for_status()
with Path(found["SEASONPROOF_DOWNLOAD_FILE"]).open("wb") as file:
    stream.stream_response_to_file(answer, path=file)
