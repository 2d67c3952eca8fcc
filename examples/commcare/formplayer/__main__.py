"""
A stand-in for formplayer: a file that is brought and run by itself, beside the releases. `python3 -m zipapp`
makes the file that takes the place of formplayer.jar, and `python3 formplayer.jar` runs it.
"""

import argparse
import json
import signal
import sys
from datetime import datetime, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from zipfile import ZipFile, is_zipfile

JAR = Path(sys.argv[0]).resolve()


def built_at():
    """When the file was made: what tells one build from the next."""
    if not is_zipfile(JAR):
        return None
    with ZipFile(JAR) as jar:
        return datetime(*jar.getinfo("__main__.py").date_time, tzinfo=timezone.utc).isoformat()


class Handler(BaseHTTPRequestHandler):
    answers = {}

    def do_GET(self):
        found = self.answers.get(self.path)
        body = json.dumps(found if found is not None else {"error": "not found"}).encode()
        self.send_response(200 if found is not None else 404)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def main():
    parser = argparse.ArgumentParser(description="A stand-in for formplayer.")
    parser.add_argument("--bind", default="0.0.0.0")
    parser.add_argument("--port", type=int, default=8181)
    given = parser.parse_args()
    Handler.answers = {"/serverup": {"status": "up"}, "/info": {"jar": str(JAR), "build": {"time": built_at()}}}
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with ThreadingHTTPServer((given.bind, given.port), Handler) as server:
        server.serve_forever()


if __name__ == "__main__":
    main()
