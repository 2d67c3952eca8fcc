import sqlite3
import threading
from contextlib import contextmanager
from pathlib import Path

TABLES = """
CREATE TABLE IF NOT EXISTS topic (name TEXT PRIMARY KEY, partitions INTEGER);
CREATE TABLE IF NOT EXISTS event (topic TEXT, partition INTEGER, offset INTEGER, key TEXT, value TEXT,
    PRIMARY KEY (topic, partition, offset));
CREATE TABLE IF NOT EXISTS ends (topic TEXT, partition INTEGER, earliest INTEGER, latest INTEGER,
    PRIMARY KEY (topic, partition));
CREATE TABLE IF NOT EXISTS view_index (view TEXT, signature TEXT, indexed INTEGER, PRIMARY KEY (view, signature));
CREATE TABLE IF NOT EXISTS live_view (view TEXT PRIMARY KEY, signature TEXT);
CREATE TABLE IF NOT EXISTS search_index (name TEXT PRIMARY KEY);
CREATE TABLE IF NOT EXISTS alias (name TEXT PRIMARY KEY, target TEXT);
CREATE TABLE IF NOT EXISTS document (target TEXT, key TEXT, body TEXT, PRIMARY KEY (target, key));
"""


class Refused(Exception):
    """An answer that is no success."""

    def __init__(self, status, message):
        super().__init__(message)
        self.status = status


class Store:
    """One file; one request at a time changes it."""

    def __init__(self, folder):
        Path(folder).mkdir(parents=True, exist_ok=True)
        self._connection = sqlite3.connect(Path(folder) / "stub.sqlite3", check_same_thread=False)
        self._connection.executescript(f"PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; {TABLES}")
        self._lock = threading.Lock()

    @contextmanager
    def open(self):
        with self._lock, self._connection:
            yield self._connection
