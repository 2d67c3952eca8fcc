import time

from store import Refused


class CouchDB:
    """Views, each with one index for each signature that its code has had. Building one takes its time."""

    def __init__(self, store, documents, rate):
        self._store, self._documents, self._rate = store, documents, rate

    def answer(self, method, words, given):
        match method, *words:
            case ("GET",):
                return self._state()
            case "POST", view, signature:
                return self._index(view, signature, int(given["batch"]))
            case "DELETE", view, signature:
                return self._forget(view, signature)
            case "PUT", view, "live":
                return self._make_live(view, given["signature"])
        raise Refused(404, "couchdb cannot do this")

    def _state(self):
        with self._store.open() as database:
            rows = database.execute("SELECT view, signature, indexed FROM view_index ORDER BY view, signature")
            indexes = [{"view": view, "signature": signature, "indexed": indexed} for view, signature, indexed in rows]
            live = dict(database.execute("SELECT view, signature FROM live_view"))
        return {"documents": self._documents, "indexes": indexes, "live": live}

    def _index(self, view, signature, batch):
        with self._store.open() as database:
            database.execute("INSERT OR IGNORE INTO view_index VALUES (?, ?, 0)", (view, signature))
            indexed = self._indexed(database, view, signature)
        more = min(batch, self._documents - indexed)
        time.sleep(more / self._rate)
        with self._store.open() as database:
            database.execute(
                "UPDATE view_index SET indexed = min(indexed + ?, ?) WHERE view = ? AND signature = ?",
                (more, self._documents, view, signature),
            )
            return {"indexed": self._indexed(database, view, signature), "documents": self._documents}

    def _make_live(self, view, signature):
        with self._store.open() as database:
            indexed = self._indexed(database, view, signature)
            if indexed < self._documents:
                raise Refused(409, f"{signature} has {indexed} of {self._documents} documents")
            database.execute("INSERT OR REPLACE INTO live_view VALUES (?, ?)", (view, signature))
        return {}

    def _forget(self, view, signature):
        with self._store.open() as database:
            database.execute("DELETE FROM view_index WHERE view = ? AND signature = ?", (view, signature))
        return {}

    def _indexed(self, database, view, signature):
        row = database.execute(
            "SELECT indexed FROM view_index WHERE view = ? AND signature = ?", (view, signature)
        ).fetchone()
        return row[0] if row else 0
