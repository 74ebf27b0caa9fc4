"""File services that nobody here wrote, started on loopback: nginx with its dav module, and WsgiDAV."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.interop.nginx import nginx_program, worker_user

HERE = Path(__file__).parent / "servers"
USER, PASSWORD = "files", "a made-up password of a file service"

NGINX = """
daemon off;
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
{user}
events {{ worker_connections 128; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    types {{ image/png png; application/pdf pdf; }}
    default_type application/octet-stream;
    client_max_body_size 2000000;
    server {{
        listen 127.0.0.1:{port};
        root {folder}/files;
        location / {{
            dav_methods PUT DELETE;
            auth_basic "files";
            auth_basic_user_file {folder}/users;
        }}
    }}
}}
"""


@contextmanager
def nginx_dav(folder: Path) -> Iterator[str]:
    """nginx with `dav_methods PUT DELETE`, a limit of 2,000,000 bytes, and one user. Gives its address."""
    program = nginx_program()
    (folder / "files").mkdir()
    (folder / "users").write_text(f"{USER}:{{PLAIN}}{PASSWORD}\n", "utf-8")
    # nginx takes over a socket that listens already, so nothing waits for it and nobody else takes the port.
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)
        port = listener.getsockname()[1]
        (folder / "nginx.conf").write_text(NGINX.format(folder=folder, port=port, user=worker_user()), "utf-8")
        descriptor = listener.fileno()
        process = subprocess.Popen(
            [program, "-p", str(folder), "-e", str(folder / "error.log"), "-c", str(folder / "nginx.conf")],
            env=os.environ | {"NGINX": f"{descriptor};"},
            pass_fds=[descriptor],
        )
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()
        problems = [line for line in (folder / "error.log").read_text().splitlines() if "[emerg]" in line]
        assert not problems, problems


@contextmanager
def wsgidav(folder: Path) -> Iterator[str]:
    """WsgiDAV on cheroot, with one user. Gives its address."""
    (folder / "files").mkdir()
    command = [sys.executable, str(HERE / "wsgidav_server.py"), str(folder / "files"), USER]
    environ = os.environ | {"FILES_PASSWORD": PASSWORD}
    with (
        (folder / "log.txt").open("w") as log,
        subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, stderr=log, text=True) as process,
    ):
        try:
            assert process.stdout is not None
            address = process.stdout.readline().strip()
            assert address, (folder / "log.txt").read_text("utf-8")
            yield address
        finally:
            process.kill()
