"""Starts django-oauth-toolkit on a free loopback port, with two clients. Says its address on the first line.

Secrets come from the environment. The argument is a folder for its database.
"""

import os
import socketserver
import sys
from pathlib import Path
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

import django
from django.conf import settings
from django.core.management import call_command
from django.core.wsgi import get_wsgi_application
from django.urls import include, path

FOLDER = Path(sys.argv[1])


class Server(socketserver.ThreadingMixIn, WSGIServer):
    daemon_threads = True
    request_queue_size = 64


class Silent(WSGIRequestHandler):
    def log_message(self, *_: object) -> None:
        """Say nothing."""


settings.configure(
    ALLOWED_HOSTS=["127.0.0.1"],
    SECRET_KEY=os.urandom(24).hex(),
    ROOT_URLCONF=__name__,
    USE_TZ=True,
    MIDDLEWARE=[],
    INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "oauth2_provider"],
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": FOLDER / "database",
            "OPTIONS": {"timeout": 30, "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF;"},
        }
    },
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    OAUTH2_PROVIDER={"SCOPES": {"accounts.read": "Read accounts", "api": "Use the API"}},
    LOGGING_CONFIG=None,
)
django.setup()

from oauth2_provider import urls  # noqa: E402 # Django has to be set up first
from oauth2_provider.models import Application  # noqa: E402

urlpatterns = [
    path("", include((urls.metadata_urlpatterns, "oauth2_provider"), namespace="metadata")),
    path("o/", include("oauth2_provider.urls", namespace="oauth2_provider")),
]

call_command("migrate", verbosity=0)
for client_id, secret in (
    ("accounts-client", os.environ["CLIENT_SECRET"]),
    ("second client:1", os.environ["SECOND_SECRET"]),
):
    Application.objects.create(
        client_id=client_id,
        client_secret=secret,
        hash_client_secret=False,  # its slow hash would be paid with every request
        client_type=Application.CLIENT_CONFIDENTIAL,
        authorization_grant_type=Application.GRANT_CLIENT_CREDENTIALS,
    )

server = Server(("127.0.0.1", 0), Silent)
server.set_app(get_wsgi_application())
sys.stdout.write(f"http://127.0.0.1:{server.server_port}\n")
sys.stdout.flush()
server.serve_forever()
