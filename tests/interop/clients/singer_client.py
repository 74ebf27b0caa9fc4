"""A tap and a target of singer-sdk as its templates have them, in a pipe, as `tap | target` runs them.

The target passes a state on when its records are safe. Both are forks of one process, which loads the library once.
"""

import json
import os
import sys
from pathlib import Path

import requests
from singer_sdk import BatchSink, Tap, Target
from singer_sdk import typing as th
from singer_sdk.authenticators import BearerTokenAuthenticator
from singer_sdk.pagination import JSONPathPaginator
from singer_sdk.streams import RESTStream

found = os.environ


class Accounts(RESTStream):
    name = "accounts"
    path = "/erp/accounts"
    url_base = found["SEASONPROOF_ORG_URL"]
    records_jsonpath = "$.items[*]"
    primary_keys = ("id",)
    replication_key = "modified"
    schema = th.PropertiesList(
        th.Property("id", th.StringType),
        th.Property("modified", th.DateTimeType),
        th.Property("version", th.IntegerType),
    ).to_dict()

    @property
    def authenticator(self):
        return BearerTokenAuthenticator(token=found["SEASONPROOF_ACCESS_TOKEN"])

    def get_new_paginator(self):
        return JSONPathPaginator("$.next")

    def get_url_params(self, context, next_page_token):
        wish = {"since": self.get_starting_replication_key_value(context), "token": next_page_token}
        return {name: value for name, value in wish.items() if value}


class TapAccounts(Tap):
    name = "tap-accounts"
    config_jsonschema = th.PropertiesList().to_dict()

    def discover_streams(self):
        return [Accounts(self)]


class Sink(BatchSink):
    max_size = 10

    def process_batch(self, context):
        body = json.dumps(context["records"], default=str)
        headers = {"Content-Type": "application/json"}
        requests.post(found["SEASONPROOF_SINK_URL"], data=body, headers=headers, timeout=20).raise_for_status()


class TargetSink(Target):
    name = "target-sink"
    config_jsonschema = th.PropertiesList().to_dict()
    default_sink_class = Sink


def forked(run, words, source, sink):
    """Run a program in a process of its own, from one pipe to another. Returns its id."""
    child = os.fork()
    if child == 0:
        os.dup2(source, 0)
        os.dup2(sink, 1)
        os.closerange(3, 64)
        run(words)  # ends the process
    return child


kept = Path(found["SEASONPROOF_STATE_DIR"], "state.json")
(records, written), (states, passed) = os.pipe(), os.pipe()
tap = forked(TapAccounts.cli, ["--state", str(kept)] if kept.exists() else [], os.dup(0), written)
os.close(written)
target = forked(TargetSink.cli, [], records, passed)
os.close(passed)
with os.fdopen(states, "rb") as lines:
    for line in lines:
        kept.with_suffix(".new").write_bytes(line)
        kept.with_suffix(".new").replace(kept)
ended = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in (target, tap)]
sys.exit(max(map(abs, ended)))
