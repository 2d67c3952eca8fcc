import hashlib
import json
import re
from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from corehq.apps.hqwebapp.manifest import cache_dir, manifest_path

# What pages name by its content.
FILES = ("hqwebapp/style.css", "build/main.js")


class Command(BaseCommand):
    help = "Makes small copies of scripts and stylesheets that are named after their content, and the manifest."

    def add_arguments(self, parser):
        parser.add_argument("--force", action="store_true", help="also when there is a manifest")

    def handle(self, force, **options):
        if manifest_path().exists() and not force:
            self.stdout.write("there is a manifest already")
            return
        manifest = {name: self._compressed(name) for name in FILES}
        manifest_path().write_text(json.dumps(manifest, indent=1, sort_keys=True) + "\n")
        self.stdout.write(f"{len(manifest)} files")

    def _compressed(self, name):
        try:
            text = (Path(settings.STATIC_ROOT) / name).read_text()
        except FileNotFoundError as error:
            raise CommandError(f"{name} was not collected.") from error
        small = re.sub(r"\n\s*", "\n", text).strip().encode()
        stem, _, kind = name.rpartition("/")[2].rpartition(".")
        target = cache_dir() / kind / f"{stem}.{hashlib.sha256(small).hexdigest()[:12]}.{kind}"
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(small)
        return str(target.relative_to(settings.STATIC_ROOT))
