"""
A stub of couchdb, kafka and elasticsearch: one process that answers what the application asks of them, where
none of them can be installed. It keeps its state in a file, so it may be restarted like the real ones.

    python3 stubs --port 8090 --data /var/lib/commcare-stub
"""

import argparse
import json
import signal
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

from couchdb import CouchDB
from elasticsearch import Elasticsearch
from kafka import Kafka
from store import Refused, Store


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    services = {}

    def _answer(self):
        url = urlsplit(self.path)
        _, service, *words = url.path.rstrip("/").split("/") if url.path != "/" else ("", "")
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length)
        try:
            given = {**dict(parse_qsl(url.query)), **(json.loads(body) if body else {})}
            status, value = 200, self._ask(service, words, given)
        except Refused as refused:
            status, value = refused.status, {"error": str(refused)}
        except Exception as error:  # A bug of the stub is an answer, too, not a connection that ends.
            status, value = 500, {"error": repr(error)}
        text = json.dumps(value).encode() + b"\n"
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    do_GET = do_PUT = do_POST = do_DELETE = _answer

    def _ask(self, service, words, given):
        if service == "":
            return {"stub of": sorted(self.services)}
        if service not in self.services:
            raise Refused(404, f"there is no {service} here")
        return self.services[service].answer(self.command, words, given)

    def log_message(self, *_):
        pass


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128


def main():
    parser = argparse.ArgumentParser(description="A stub of couchdb, kafka and elasticsearch.")
    parser.add_argument("--bind", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8090)
    parser.add_argument("--data", required=True, help="the folder that its state is kept in")
    parser.add_argument("--documents", type=int, default=300, help="how many documents couchdb has to index")
    parser.add_argument("--rate", type=float, default=100, help="how many of them it indexes in a second")
    given = parser.parse_args()
    store = Store(given.data)
    Handler.services = {
        "couchdb": CouchDB(store, given.documents, given.rate),
        "kafka": Kafka(store),
        "elasticsearch": Elasticsearch(store),
    }
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with Server((given.bind, given.port), Handler) as server:
        print(f"a stub of {', '.join(Handler.services)} on {given.bind}:{given.port}", flush=True)
        server.serve_forever()


if __name__ == "__main__":
    main()
