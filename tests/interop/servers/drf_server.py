"""Accounts of Django REST framework: pages by number, and a filter by the time of the last change.

Run with a port and a file for the database. It says nothing; whoever starts it asks until it answers.
"""

import sys
from wsgiref.simple_server import WSGIRequestHandler, make_server

import django
from django.conf import settings

_REST = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["rest_framework.authentication.BasicAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
}
settings.configure(
    SECRET_KEY="made-up",
    ALLOWED_HOSTS=["127.0.0.1"],
    ROOT_URLCONF=__name__,
    USE_TZ=True,
    TIME_ZONE="UTC",
    INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", "rest_framework"],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": sys.argv[2]}},
    PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
    REST_FRAMEWORK=_REST,
)
django.setup()

from django.contrib.auth.models import User  # noqa: E402 - the models need the settings
from django.core.management import call_command  # noqa: E402
from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.db import connection, models  # noqa: E402
from django.urls import include, path  # noqa: E402
from django.utils.dateparse import parse_datetime  # noqa: E402
from rest_framework import pagination, routers, serializers, viewsets  # noqa: E402


class Account(models.Model):
    name = models.CharField(max_length=80)
    code = models.CharField(max_length=20, null=True, blank=True)
    note = models.TextField(null=True, blank=True)
    quantity = models.BigIntegerField(null=True)
    amount = models.DecimalField(max_digits=12, decimal_places=4, null=True)
    active = models.BooleanField(null=True)
    day = models.DateField(null=True)
    opens = models.TimeField(null=True)
    due = models.DateTimeField(null=True)
    mail = models.EmailField(null=True)
    stage = models.CharField(max_length=4, null=True, choices=[("new", "new"), ("won", "won")])
    modified = models.DateTimeField(auto_now=True)

    class Meta:
        app_label = "crm"


class Pages(pagination.PageNumberPagination):
    page_size = max_page_size = 100
    page_size_query_param = "size"


class Shown(serializers.ModelSerializer):
    class Meta:
        model = Account
        fields = "__all__"


class Accounts(viewsets.ModelViewSet):
    serializer_class = Shown
    pagination_class = Pages

    def get_queryset(self):
        found = Account.objects.order_by("modified", "id")
        since = self.request.query_params.get("since")
        return found if since is None else found.filter(modified__gte=moment(since))


def moment(text):
    try:
        found = parse_datetime(text)
    except ValueError:
        found = None
    if found is None:
        raise serializers.ValidationError({"since": "is not a date-time"})
    return found


class Silent(WSGIRequestHandler):
    def log_message(self, *args):
        pass


router = routers.SimpleRouter(trailing_slash=False)
router.register("accounts", Accounts, basename="accounts")
urlpatterns = [path("", include(router.urls))]

if __name__ == "__main__":
    call_command("migrate", verbosity=0, run_syncdb=True)
    with connection.schema_editor() as editor:
        editor.create_model(Account)
    User.objects.create_user("flow", password="made-up-password")
    make_server("127.0.0.1", int(sys.argv[1]), get_wsgi_application(), handler_class=Silent).serve_forever()
