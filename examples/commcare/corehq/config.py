"""Values from the environment, else from the file `.env` in the release."""

import os

from corehq.release import BASE_DIR


def _read(path):
    try:
        lines = path.read_text().splitlines()
    except FileNotFoundError:
        return {}
    pairs = (line.split("=", 1) for line in lines if "=" in line and not line.lstrip().startswith("#"))
    return {key.strip(): value.strip().strip("\"'") for key, value in pairs}


_values = {**_read(BASE_DIR / ".env"), **os.environ}


def config(name, default=""):
    return _values.get(name) or default
