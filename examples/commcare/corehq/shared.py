"""What processes and hosts share through redis."""

import logging
import time
import uuid
from contextlib import contextmanager

from redis import Redis, RedisError

from django.conf import settings

from corehq.release import running

log = logging.getLogger(__name__)
redis = Redis.from_url(
    settings.REDIS_URL, decode_responses=True, socket_timeout=3, socket_connect_timeout=3, health_check_interval=30
)


class InFlight:
    """The requests that were begun and not answered. Redis being away costs the memory, not the request."""

    @contextmanager
    def remembered(self, line):
        key = uuid.uuid4().hex
        self._try(redis.hset, key, f"{time.time():.3f} {running.host} {running.release} {line}")
        try:
            yield
        finally:
            self._try(redis.hdel, key)

    def all(self):
        return sorted(redis.hvals("requests_in_flight"))

    def _try(self, command, *arguments):
        try:
            command("requests_in_flight", *arguments)
        except RedisError as error:
            log.warning("a request is not remembered: %s", error)


in_flight = InFlight()


class Flag:
    """Something that is so until it ends by itself."""

    def __init__(self, name, seconds):
        self.name, self.seconds = name, seconds

    def raise_(self, value="1"):
        redis.set(self.name, value, ex=self.seconds)

    def lower(self):
        redis.delete(self.name)

    def is_up(self):
        return redis.get(self.name) is not None


# Silences monitoring while services restart.
deploy_in_progress = Flag("deploy_in_progress", 300)
