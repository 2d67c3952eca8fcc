import hashlib
import json

from django.contrib.staticfiles.finders import get_finders
from django.core.management.base import BaseCommand

from corehq.release import BASE_DIR

VERSIONS = BASE_DIR / "resource_versions.json"


class Command(BaseCommand):
    help = "Writes down the hash of every static file; hosts with the same code write the same."

    def handle(self, **options):
        hashes = {
            path: hashlib.sha256(storage.open(path).read()).hexdigest()[:12]
            for finder in get_finders()
            for path, storage in finder.list([])
        }
        VERSIONS.write_text(json.dumps(hashes, indent=1, sort_keys=True) + "\n")
        self.stdout.write(f"{len(hashes)} static files")
