from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import connections

# Two deploys at once would apply the same migration twice.
LOCK = 6_110_002


class Command(BaseCommand):
    help = "Migrates every database, and only one process at a time does."

    def add_arguments(self, parser):
        parser.add_argument("app_label", nargs="?")
        parser.add_argument("migration_name", nargs="?")
        parser.add_argument("--noinput", "--no-input", action="store_false", dest="interactive")
        parser.add_argument("--fake", action="store_true")

    def handle(self, app_label, migration_name, **options):
        wanted = [word for word in (app_label, migration_name) if word]
        given = {name: options[name] for name in ("interactive", "fake", "verbosity")}
        for alias in settings.DATABASES:
            with connections[alias].cursor() as cursor:
                cursor.execute("SELECT pg_advisory_lock(%s)", [LOCK])
                try:
                    call_command("migrate", *wanted, database=alias, **given)
                finally:
                    cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK])
