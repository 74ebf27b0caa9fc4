"""dlt as its guide to the REST API source shows it: a cursor, pages, and a destination of its own that posts."""

import json
import os

import dlt
import requests
from dlt.sources.rest_api import rest_api_source

found = os.environ


@dlt.destination(name="sink", batch_size=10)
def sink(items, table):
    if table["name"] == "accounts":
        body = json.dumps(list(items), default=str)
        headers = {"Content-Type": "application/json"}
        requests.post(found["SEASONPROOF_SINK_URL"], data=body, headers=headers, timeout=20).raise_for_status()


source = rest_api_source(
    {
        "client": {
            "base_url": found["SEASONPROOF_ORG_URL"],
            "auth": {"type": "bearer", "token": found["SEASONPROOF_ACCESS_TOKEN"]},
            "paginator": {"type": "cursor", "cursor_path": "next", "cursor_param": "token"},
        },
        "resources": [
            {
                "name": "accounts",
                "primary_key": "id",
                "write_disposition": "append",
                "endpoint": {
                    "path": "erp/accounts",
                    "data_selector": "items",
                    "params": {"since": "{incremental.start_value}"},
                    "incremental": {"cursor_path": "modified", "initial_value": "1970-01-01T00:00:00.000Z"},
                },
            }
        ],
    }
)
pipeline = dlt.pipeline("accounts", pipelines_dir=found["SEASONPROOF_STATE_DIR"], destination=sink, dataset_name="erp")
pipeline.run(source)
