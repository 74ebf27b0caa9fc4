"""A fake of Google Cloud Storage with one bucket, on a free port, whose address it prints."""

from __future__ import annotations

import sys

from gcp_storage_emulator.server import create_server

server = create_server("127.0.0.1", 0, in_memory=True, default_bucket="lake")
server.start()
sys.stdout.write(f"http://127.0.0.1:{server._api._httpd.socket.getsockname()[1]}\n")
sys.stdout.flush()
sys.stdin.read()
server.stop()
