"""
A worker works in one release from its start to its end: in the directory that `current` names when gunicorn
starts or is told to reload (HUP), and never through `current` itself, which names another one a moment later.
"""

import os
import sys

_here = os.path.dirname(os.path.dirname(os.path.dirname(os.path.realpath(__file__))))
_current = os.path.join(os.path.dirname(os.path.dirname(_here)), "current")

chdir = os.path.realpath(_current) if os.path.islink(_current) else _here
threads = int(os.environ.get("GUNICORN_THREADS", "8"))
# A request that is being answered when its worker is told to stop is answered.
graceful_timeout = 60
timeout = 120
# The proxy opens a connection for each request: none lies idle when we stop.
keepalive = 0
worker_tmp_dir = "/dev/shm"


def post_fork(server, worker):
    """After a reload the release before is still where Python looks for modules."""
    releases = os.path.dirname(chdir)
    sys.path[:] = [path for path in sys.path if os.path.dirname(path) != releases or path == server.cfg.chdir]
