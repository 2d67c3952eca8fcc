"""Speaks to the stub that stands in for couchdb, kafka and elasticsearch (stubs/)."""

import json
from urllib.error import HTTPError, URLError
from urllib.request import ProxyHandler, Request, build_opener

from django.conf import settings


class StubError(Exception):
    """The stub is away, or has refused; `status` is None when it is away."""

    def __init__(self, message, status=None):
        super().__init__(message)
        self.status = status


# A proxy of the environment is for the world outside.
_opener = build_opener(ProxyHandler({}))


def call(method, path, body=None, timeout=10):
    """The answer of the stub as a value."""
    data = None if body is None else json.dumps(body, default=str).encode()
    request = Request(f"{settings.STUB_URL}{path}", data=data, method=method)
    request.add_header("Content-Type", "application/json")
    try:
        with _opener.open(request, timeout=timeout) as answer:
            return json.load(answer)
    except HTTPError as error:
        raise StubError(f"{method} {path}: {error.code} {error.read().decode().strip()}", error.code) from error
    except (URLError, OSError, ValueError) as error:
        raise StubError(f"{method} {path}: {error}") from error
