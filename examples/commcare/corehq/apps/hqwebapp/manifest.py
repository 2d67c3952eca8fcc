"""
The manifest of the static build: by name, what a file is called after its content. It is made once, on one
host, and every host names files by it.
"""

import json
from functools import lru_cache
from pathlib import Path

from django.conf import settings


def cache_dir():
    return Path(settings.STATIC_ROOT) / "CACHE"


def manifest_path():
    return cache_dir() / "manifest.json"


@lru_cache(maxsize=1)
def read_manifest():
    """Read once: a release's own does not change while it runs."""
    try:
        return json.loads(manifest_path().read_text())
    except FileNotFoundError:
        return {}
