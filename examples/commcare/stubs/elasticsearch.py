import json

from store import Refused


class Elasticsearch:
    """Indexes with documents, and aliases for indexes."""

    def __init__(self, store):
        self._store = store

    def answer(self, method, words, given):
        with self._store.open() as database:
            match method, *words:
                case "GET", "_aliases":
                    return dict(database.execute("SELECT name, target FROM alias"))
                case "PUT", "_aliases", alias:
                    return self._turn(database, alias, given["index"])
                case "PUT", index:
                    database.execute("INSERT OR IGNORE INTO search_index VALUES (?)", (index,))
                    return {}
                case "PUT", index, key:
                    target = self._target(database, index)
                    database.execute("INSERT OR REPLACE INTO document VALUES (?, ?, ?)", (target, key, json.dumps(given)))
                    return {}
                case "GET", index, "_count":
                    target = self._target(database, index)
                    (count,) = database.execute("SELECT count(*) FROM document WHERE target = ?", (target,)).fetchone()
                    return {"count": count}
                case "GET", index, key:
                    return self._get(database, self._target(database, index), key)
        raise Refused(404, "elasticsearch cannot do this")

    def _turn(self, database, alias, index):
        if database.execute("SELECT 1 FROM search_index WHERE name = ?", (index,)).fetchone() is None:
            raise Refused(404, f"there is no index {index}")
        database.execute("INSERT OR REPLACE INTO alias VALUES (?, ?)", (alias, index))
        return {}

    def _target(self, database, name):
        row = database.execute("SELECT target FROM alias WHERE name = ?", (name,)).fetchone()
        if row is None:
            row = database.execute("SELECT name FROM search_index WHERE name = ?", (name,)).fetchone()
        if row is None:
            raise Refused(404, f"there is no index and no alias {name}")
        return row[0]

    def _get(self, database, target, key):
        row = database.execute("SELECT body FROM document WHERE target = ? AND key = ?", (target, key)).fetchone()
        if row is None:
            raise Refused(404, f"{target} has no {key}")
        return json.loads(row[0])
