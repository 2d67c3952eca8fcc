from django.core.management.base import BaseCommand

from corehq.apps.preindex import couchdb


class Command(BaseCommand):
    help = "Deletes indexes of couchdb that no code looks into any more."

    def add_arguments(self, parser):
        parser.add_argument("--noinput", action="store_false", dest="interactive", help="do not ask")

    def handle(self, interactive, **options):
        unused = couchdb.unused()
        for view, signature in unused:
            self.stdout.write(f"{view} {signature}")
        if unused and interactive and input(f"Delete these {len(unused)}? [y/N] ").strip().lower() != "y":
            return
        for index in unused:
            couchdb.forget(*index)
        self.stdout.write(f"{len(unused)} deleted")
