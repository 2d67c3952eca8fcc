from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from corehq.apps.preindex import indexing


class Command(BaseCommand):
    help = "Builds the indexes that this release needs, beside those that are live; goes on where it was stopped."

    def add_arguments(self, parser):
        parser.add_argument("num_pool", type=int, nargs="?", default=8, help="how many at a time")
        parser.add_argument("username", nargs="?", default="unknown")
        parser.add_argument("--mail", action="store_true", help="tell administrators when it is done")
        parser.add_argument("--check", action="store_true", help="only say whether it is done: 0 or 1")

    def handle(self, num_pool, username, mail, check, **options):
        if check:
            if not indexing.is_complete():
                raise CommandError(f"{indexing.signature()} is not indexed yet.")
            return
        indexing.preindex(num_pool, self._say)
        self._say(f"{indexing.signature()} is indexed")
        if mail:
            call_command("mail_admins", f"The preindex that {username} started is done.", subject="Preindex done")

    def _say(self, line):
        self.stdout.write(line)
        self.stdout.flush()
