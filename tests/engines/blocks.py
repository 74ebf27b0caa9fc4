"""Runs a block of the guide to the audit on its engine, and writes the rows that it finds as JSON, a line for each.

    python -m tests.engines.blocks spark FOLDER SALT

The engine runs on this machine alone, with two workers.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

GUIDE = Path(__file__).parents[2] / "docs" / "audit.md"
BLOCKS = re.compile(r"^```python\n(.*?)^```", re.DOTALL | re.MULTILINE)
ADDRESS = re.compile(r'"s3a?://bucket/logs/"')


def found(engine: str, folder: str, **given: Any) -> Any:
    """What the guide's blocks for an engine leave in `found`, of the logs in a folder."""
    scope = dict(given)
    for block in BLOCKS.findall(GUIDE.read_text("utf-8")):
        if "found =" not in block or f"{engine}." in block:
            exec(ADDRESS.sub(repr(folder), block), scope)
    return scope["found"]


def spark(folder: str, salt: bytes) -> list[dict[str, Any]]:
    """The rows that Spark finds, in its local mode."""
    from pyspark.sql import SparkSession

    settings = {"spark.ui.enabled": "false", "spark.driver.host": "127.0.0.1", "spark.driver.bindAddress": "127.0.0.1"}
    session = SparkSession.builder.master("local[2]").config(map=settings).getOrCreate()
    rows = [row.asDict() for row in found("spark", folder, spark=session, salt=salt).collect()]
    session.stop()
    return rows


def ray(folder: str, salt: bytes) -> list[dict[str, Any]]:
    """The rows that Ray finds, on a cluster of one node."""
    import ray as engine

    engine.init(num_cpus=2, include_dashboard=False, _node_ip_address="127.0.0.1", logging_level="ERROR")
    rows = found("ray", folder, ray=engine, salt=salt).take_all()
    engine.shutdown()
    return list(rows)


if __name__ == "__main__":
    for row in {"spark": spark, "ray": ray}[sys.argv[1]](sys.argv[2], sys.argv[3].encode()):
        sys.stdout.write(f"{json.dumps(row)}\n")
