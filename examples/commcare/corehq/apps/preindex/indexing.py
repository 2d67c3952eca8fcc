"""
What a release needs indexed before it can serve. It takes a while and may be killed at any moment: couchdb
knows how far its views are, redis how far each index of elasticsearch is, and the next try goes on there.
"""

import hashlib
from concurrent.futures import ThreadPoolExecutor

from django.db import connection, connections

from corehq.apps.preindex import couchdb, elasticsearch
from corehq.apps.preindex.documents import KINDS
from corehq.shared import redis

DAY = 24 * 60 * 60
BATCH = 100


def signature():
    """The same for releases that need the same indexes."""
    wanted = [*couchdb.views().items(), *elasticsearch.indexes().items()]
    return hashlib.sha256(repr(wanted).encode()).hexdigest()[:16]


def is_complete():
    return redis.get(_done_key()) is not None


def preindex(workers, say):
    """Indexes everything, some at a time."""
    views = [(index_view, name, wanted) for name, wanted in couchdb.views().items()]
    indexes = [(index_documents, alias, index) for alias, index in elasticsearch.indexes().items()]
    with ThreadPoolExecutor(workers) as pool:
        for future in [pool.submit(work, name, wanted, say) for work, name, wanted in (*views, *indexes)]:
            future.result()
    redis.set(_done_key(), "1", ex=DAY)


def index_view(name, wanted, say):
    indexed, before = 0, None
    while indexed != before:
        before = indexed
        indexed, documents = couchdb.index_more(name, wanted)
        if indexed != before:
            say(f"{name} {wanted}: {indexed} of {documents}")


def index_documents(alias, index, say):
    """Brings an index up to the database, from where it was left."""
    try:
        elasticsearch.create(index)
        kind = KINDS[alias]
        # Before the first migration there is nothing to index.
        if kind.model._meta.db_table not in connection.introspection.table_names():
            return
        position = int(redis.get(f"reindex:{index}") or 0)
        while rows := kind.after(position, BATCH):
            for position, key, document in rows:
                elasticsearch.store(index, key, document)
            redis.set(f"reindex:{index}", position)
            say(f"{index}: up to {position}")
    finally:
        connections.close_all()


def _done_key():
    return f"preindex_complete:{signature()}"
