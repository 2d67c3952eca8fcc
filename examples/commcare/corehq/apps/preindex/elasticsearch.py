"""Indexes of the elasticsearch that the stub stands in for."""

import hashlib

from corehq.release import BASE_DIR
from corehq.stub_client import StubError, call

MAPPINGS = BASE_DIR / "corehq/apps/preindex/mappings"


def indexes():
    """By alias, the index that this release's code wants behind it: a changed mapping is a new index."""
    return {path.stem: f"{path.stem}_{_hash(path)}" for path in sorted(MAPPINGS.glob("*.json"))}


def put(alias, key, document):
    """Stores a document in the index that is live; before the first flip in the one that will be."""
    try:
        store(alias, key, document)
    except StubError as error:
        if error.status != 404:
            raise
        store(indexes()[alias], key, document)


def store(index, key, document):
    call("PUT", f"/elasticsearch/{index}/{key}", document)


def create(index):
    call("PUT", f"/elasticsearch/{index}")


def aliases():
    return call("GET", "/elasticsearch/_aliases")


def flip(alias, index):
    call("PUT", f"/elasticsearch/_aliases/{alias}", {"index": index})


def _hash(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()[:8]
