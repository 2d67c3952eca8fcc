from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand
from django.http import HttpRequest
from django.utils.translation import override
from django.views.i18n import JavaScriptCatalog


class Command(BaseCommand):
    help = "Writes the translations that JavaScript needs, a file for each language."

    def handle(self, **options):
        folder = Path(settings.STATIC_ROOT) / "jsi18n"
        folder.mkdir(parents=True, exist_ok=True)
        for language, _ in settings.LANGUAGES:
            with override(language):
                (folder / f"{language}.js").write_bytes(JavaScriptCatalog().get(HttpRequest()).content)
        self.stdout.write(f"{len(settings.LANGUAGES)} languages")
