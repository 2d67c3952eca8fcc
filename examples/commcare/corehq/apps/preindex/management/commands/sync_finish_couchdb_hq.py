from django.core.management.base import BaseCommand, CommandError

from corehq.apps.preindex import couchdb
from corehq.stub_client import StubError


class Command(BaseCommand):
    help = "Puts the views of this release where the code looks for them."

    def handle(self, **options):
        for view, signature in couchdb.views().items():
            try:
                couchdb.make_live(view, signature)
            except StubError as error:
                raise CommandError(f"{view}: {error}") from error
            self.stdout.write(f"{view}: {signature} is live")
