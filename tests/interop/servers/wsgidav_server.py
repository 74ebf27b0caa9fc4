"""WsgiDAV on cheroot: serves a folder to one user, and prints its address."""

import os
import sys

from cheroot.wsgi import Server
from wsgidav.wsgidav_app import WsgiDAVApp

settings = {
    "provider_mapping": {"/": sys.argv[1]},
    "simple_dc": {"user_mapping": {"*": {sys.argv[2]: {"password": os.environ["FILES_PASSWORD"]}}}},
    "http_authenticator": {"accept_basic": True, "accept_digest": False, "default_to_digest": False},
    "logging": {"enable": False},
    "verbose": 0,
}
server = Server(("127.0.0.1", 0), WsgiDAVApp(settings))
server.prepare()  # it listens from here on
sys.stdout.write(f"http://127.0.0.1:{server.bind_addr[1]}\n")
sys.stdout.flush()
server.serve()
