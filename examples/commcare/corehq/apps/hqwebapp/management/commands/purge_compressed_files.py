from django.conf import settings
from django.core.management.base import BaseCommand

from corehq.apps.hqwebapp.manifest import cache_dir, manifest_path, read_manifest


class Command(BaseCommand):
    help = "Deletes compressed files that the manifest does not name."

    def handle(self, **options):
        wanted = {manifest_path(), *(cache_dir().parent / name for name in read_manifest().values())}
        found = [path for path in cache_dir().rglob("*") if path.is_file() and path not in wanted]
        for path in found:
            path.unlink()
        self.stdout.write(f"{len(found)} deleted from {settings.STATIC_ROOT}")
