import re
from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

IMPORT = re.compile(r"""@import url\(['"]([^'"]+\.less)['"]\);\n?""")


class Command(BaseCommand):
    help = "Puts what collected stylesheets import into them."

    def handle(self, **options):
        for path in sorted(Path(settings.STATIC_ROOT).rglob("*.css")):
            before = path.read_text()
            after = IMPORT.sub(lambda found: self._imported(path, found.group(1)), before)
            if after != before:
                path.write_text(after)
                self.stdout.write(str(path.relative_to(settings.STATIC_ROOT)))

    def _imported(self, path, name):
        try:
            return (path.parent / name).read_text()
        except FileNotFoundError as error:
            raise CommandError(f"{path.name} imports {name}, which is not there.") from error
