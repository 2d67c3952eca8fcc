import time

from django.db import connections

from corehq.release import running
from corehq.shared import in_flight

LONGEST_SLEEP = 60


def running_release(get_response):
    """Every answer says what it came from, so that a client sees versions change over time."""

    def answer(request):
        response = get_response(request)
        response["X-CommCare-Version"] = running.version
        response["X-CommCare-Release"] = running.release
        response["X-CommCare-Host"] = running.host
        return response

    return answer


def requests_in_flight(get_response):
    """Remembers each request until it is answered: one that a restart has cut off stays in the memory."""

    def answer(request):
        with in_flight.remembered(f"{request.method} {request.get_full_path()}"):
            return get_response(request)

    return answer


def slow_down(get_response):
    """`?sleep=4` makes a request take 4 s: half of it before its work, half of it after."""

    def answer(request):
        seconds = _seconds(request.GET.get("sleep", "0"))
        time.sleep(seconds / 2)
        response = get_response(request)
        time.sleep(seconds / 2)
        return response

    return answer


def usable_connections(get_response):
    """A database that was away costs no request after it is back: its old connections are not used again."""

    def answer(request):
        for connection in connections.all():
            if connection.connection is not None and not connection.is_usable():
                connection.close()
        return get_response(request)

    return answer


def _seconds(text):
    try:
        seconds = float(text)
    except ValueError:
        return 0
    return min(seconds, LONGEST_SLEEP) if seconds > 0 else 0
