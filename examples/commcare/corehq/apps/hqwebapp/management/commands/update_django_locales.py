import shutil
from pathlib import Path

import django
from django.conf import settings
from django.core.management.base import BaseCommand
from django.utils.translation import to_locale


class Command(BaseCommand):
    help = "Copies Django's own translations of our languages into locale/, for those who translate."

    def handle(self, **options):
        theirs = Path(django.__file__).parent / "conf/locale"
        for language, _ in settings.LANGUAGES:
            found = sorted((theirs / to_locale(language) / "LC_MESSAGES").glob("django.[mp]o"))
            target = settings.LOCALE_PATHS[0] / to_locale(language) / "LC_MESSAGES"
            for path in found:
                target.mkdir(parents=True, exist_ok=True)
                shutil.copy(path, target / f"django_core{path.suffix}")
            self.stdout.write(f"{language}: {len(found)} files")
