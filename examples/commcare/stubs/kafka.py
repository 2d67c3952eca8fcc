import json
import zlib

from store import Refused


class Kafka:
    """Topics with partitions; an event has an offset in its partition, and the same key has always the same one."""

    def __init__(self, store):
        self._store = store

    def answer(self, method, words, given):
        with self._store.open() as database:
            match method, *words:
                case "GET", "topics":
                    return self._topics(database)
                case "PUT", "topics", topic:
                    return self._create(database, topic, int(given["partitions"]))
                case "POST", "topics", topic:
                    return self._produce(database, topic, given["key"], given["value"])
                case "GET", "topics", topic, partition:
                    return self._read(database, topic, int(partition), int(given["from"]), int(given["limit"]))
                case "DELETE", "topics", topic, partition:
                    return self._forget(database, topic, int(partition), int(given["before"]))
        raise Refused(404, "kafka cannot do this")

    def _topics(self, database):
        ends = {}
        for topic, earliest, latest in database.execute(
            "SELECT topic, earliest, latest FROM ends ORDER BY topic, partition"
        ):
            ends.setdefault(topic, []).append((earliest, latest))
        return ends

    def _create(self, database, topic, partitions):
        if database.execute("INSERT OR IGNORE INTO topic VALUES (?, ?)", (topic, partitions)).rowcount == 0:
            return {"created": False}
        database.executemany("INSERT INTO ends VALUES (?, ?, 0, 0)", [(topic, each) for each in range(partitions)])
        return {"created": True}

    def _produce(self, database, topic, key, value):
        found = database.execute("SELECT partitions FROM topic WHERE name = ?", (topic,)).fetchone()
        if found is None:
            raise Refused(404, f"there is no topic {topic}")
        partition = zlib.crc32(key.encode()) % found[0]
        (offset,) = database.execute(
            "UPDATE ends SET latest = latest + 1 WHERE topic = ? AND partition = ? RETURNING latest - 1",
            (topic, partition),
        ).fetchone()
        database.execute("INSERT INTO event VALUES (?, ?, ?, ?, ?)", (topic, partition, offset, key, json.dumps(value)))
        return {"partition": partition, "offset": offset}

    def _read(self, database, topic, partition, start, limit):
        rows = database.execute(
            "SELECT offset, key, value FROM event WHERE topic = ? AND partition = ? AND offset >= ? ORDER BY offset LIMIT ?",
            (topic, partition, start, limit),
        )
        return {"events": [{"offset": offset, "key": key, "value": json.loads(value)} for offset, key, value in rows]}

    def _forget(self, database, topic, partition, before):
        """What retention does."""
        database.execute(
            "DELETE FROM event WHERE topic = ? AND partition = ? AND offset < ?", (topic, partition, before)
        )
        database.execute(
            "UPDATE ends SET earliest = max(earliest, min(?, latest)) WHERE topic = ? AND partition = ?",
            (before, topic, partition),
        )
        return {}
