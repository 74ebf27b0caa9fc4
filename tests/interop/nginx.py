"""nginx as a TLS reverse proxy before an application, with certificates of its own, on a free loopback port."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import trustme
import yaml

from conformance.reference.app import describe

CONFIGURATION = """
daemon off;
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
{user}
events {{ worker_connections 64; }}
http {{
    access_log off;
    client_max_body_size 4m;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    server {{
        listen 127.0.0.1:{port} ssl;
        ssl_certificate {folder}/server.pem;
        ssl_certificate_key {folder}/server.pem;
        {client_certificate}
        location / {{
            proxy_pass {upstream};
            proxy_set_header Host $http_host;
            proxy_set_header X-Forwarded-Proto $scheme;
        }}
    }}
}}
"""
DEMANDED = "ssl_verify_client on; ssl_client_certificate {folder}/ca.pem;"


def nginx_program() -> str:
    """The path of nginx. Without it the tests are skipped, but never in CI."""
    found = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if found is None:
        says = "nginx is not installed, so no real server stands in front of the reference"
        if os.environ.get("CI") == "true":
            pytest.fail(f"{says}; CI needs it", pytrace=False)
        pytest.skip(says)
    return found


def worker_user() -> str:
    """The line by which the worker of a root's nginx may write into a folder that is the test's own."""
    return "user root;" if os.geteuid() == 0 else ""


@contextmanager
def nginx(folder: Path, upstream: str, *, demands_a_certificate: bool = False) -> Iterator[str]:
    """Serve an application over TLS.

    Args:
        folder: an empty folder; `ca.pem` appears in it, and `client.pem` with a certificate and its key.
        upstream: the application's base URL.
        demands_a_certificate: whether nginx lets only clients in that show a certificate of the same CA.

    Yields:
        The base URL, such as `https://localhost:8443`.
    """
    program = nginx_program()
    authority = trustme.CA()
    authority.cert_pem.write_to_path(folder / "ca.pem")
    authority.issue_cert("localhost").private_key_and_cert_chain_pem.write_to_path(folder / "server.pem")
    authority.issue_cert("seasonproof@example.com").private_key_and_cert_chain_pem.write_to_path(folder / "client.pem")
    # nginx takes over a socket that listens already, so nothing waits for it and nobody else takes the port.
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)
        port = listener.getsockname()[1]
        demanded = DEMANDED.format(folder=folder) if demands_a_certificate else ""
        configuration = CONFIGURATION.format(
            folder=folder, port=port, upstream=upstream, client_certificate=demanded, user=worker_user()
        )
        (folder / "nginx.conf").write_text(configuration, "utf-8")
        descriptor = listener.fileno()
        process = subprocess.Popen(
            [program, "-p", str(folder), "-e", str(folder / "error.log"), "-c", str(folder / "nginx.conf")],
            env=os.environ | {"NGINX": f"{descriptor};"},
            pass_fds=[descriptor],
        )
    try:
        yield f"https://localhost:{port}"
    finally:
        process.terminate()
        process.wait()
        problems = [line for line in (folder / "error.log").read_text().splitlines() if "[emerg]" in line]
        assert not problems, problems


def target_file(folder: Path, base_url: str, **tls: str) -> Path:
    """Write the target file of the reference behind nginx.

    Args:
        folder: that of nginx, so that paths in `tls` start there.
        base_url: nginx's own.
        tls: the lines of the section `tls`.
    """
    content: dict[str, Any] = describe(base_url, "behind-nginx")
    path = folder / "target.yaml"
    path.write_text(yaml.safe_dump(content | ({"tls": tls} if tls else {})), "utf-8")
    return path
