from django.core.management.base import BaseCommand, CommandError

from corehq.apps.preindex import elasticsearch, indexing
from corehq.stub_client import StubError


class Command(BaseCommand):
    help = "Shows the aliases of elasticsearch, or turns them to the indexes of this release."

    def add_arguments(self, parser):
        parser.add_argument("--flip_all_aliases", action="store_true")

    def handle(self, flip_all_aliases, **options):
        try:
            if flip_all_aliases:
                self._flip()
            live = elasticsearch.aliases()
        except StubError as error:
            raise CommandError(str(error)) from error
        for alias, index in elasticsearch.indexes().items():
            self.stdout.write(f"{alias}: {live.get(alias, 'no index')}, wanted {index}")

    def _flip(self):
        for alias, index in elasticsearch.indexes().items():
            # What has come in since the preindex.
            indexing.index_documents(alias, index, self.stdout.write)
            elasticsearch.flip(alias, index)
