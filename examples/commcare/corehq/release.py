"""Which release this process runs from."""

import json
import os
import socket
from dataclasses import asdict, dataclass
from pathlib import Path

from corehq.version import VERSION

# The real path: `current` may name another release by the time somebody asks.
BASE_DIR = Path(os.path.realpath(__file__)).parent.parent


@dataclass(frozen=True)
class Release:
    version: str
    release: str
    commit: str
    host: str

    def as_dict(self):
        return asdict(self)


def _commit():
    try:
        return json.loads((BASE_DIR / ".fab/release.json").read_text()).get("commit") or ""
    except (OSError, ValueError):
        return ""


running = Release(version=VERSION, release=BASE_DIR.name, commit=_commit(), host=socket.gethostname())
