"""Views of the couchdb that the stub stands in for."""

import hashlib

from corehq.release import BASE_DIR
from corehq.stub_client import call

VIEWS = BASE_DIR / "corehq/apps/preindex/views"
BATCH = 25


def views():
    """By name, the signature of each view of this release: couchdb keeps one index for each."""
    return {path.stem: hashlib.sha256(path.read_bytes()).hexdigest()[:8] for path in sorted(VIEWS.glob("*.js"))}


def index_more(view, signature):
    """Indexes some more documents; how many are indexed now, and how many there are."""
    answer = call("POST", f"/couchdb/{view}/{signature}", {"batch": BATCH}, timeout=60)
    return answer["indexed"], answer["documents"]


def make_live(view, signature):
    call("PUT", f"/couchdb/{view}/live", {"signature": signature})


def unused():
    """Indexes, as (view, signature), that neither live code nor this release looks into."""
    state = call("GET", "/couchdb")
    there = [(index["view"], index["signature"]) for index in state["indexes"]]
    return [each for each in there if each not in {*state["live"].items(), *views().items()}]


def forget(view, signature):
    call("DELETE", f"/couchdb/{view}/{signature}")
