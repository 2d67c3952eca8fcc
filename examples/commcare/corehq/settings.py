import secrets

from celery.schedules import crontab

from corehq.config import config
from corehq.release import BASE_DIR, running

DEBUG = False
ALLOWED_HOSTS = ["*"]
# Nothing that outlives a process is signed.
SECRET_KEY = config("SECRET_KEY", secrets.token_urlsafe(50))
SHARED_DIR = config("SHARED_DIR", str(BASE_DIR / "shared"))
STUB_URL = config("STUB_URL", "http://127.0.0.1:8090")
REDIS_URL = config("REDIS_URL", "redis://127.0.0.1:6379/0")

ROOT_URLCONF = "corehq.urls"
INSTALLED_APPS = [
    "django.contrib.staticfiles",
    "corehq.apps.hqwebapp",
    "corehq.apps.receiverwrapper",
    "corehq.apps.form_processor",
    "corehq.apps.hqadmin",
    "corehq.apps.preindex",
    "pillowtop",
]
MIDDLEWARE = [
    "corehq.middleware.running_release",
    "corehq.middleware.requests_in_flight",
    "corehq.middleware.slow_down",
    "corehq.middleware.usable_connections",
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}]

DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "HOST": config("PGHOST", "127.0.0.1"),
        "PORT": config("PGPORT", "5432"),
        "USER": config("PGUSER", "commcarehq"),
        "PASSWORD": config("PGPASSWORD"),
        "NAME": config("PGDATABASE", "commcarehq"),
        "CONN_MAX_AGE": 60,
        # A page that hangs says less than one that fails.
        "OPTIONS": {"connect_timeout": 3, "tcp_user_timeout": 5000},
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
TIME_ZONE = "UTC"

LANGUAGES = [("en", "English"), ("fr", "Français"), ("sw", "Kiswahili")]
LOCALE_PATHS = [BASE_DIR / "locale"]

# A page and its files are of one release: the proxy has the next one before this worker has it.
STATIC_URL = f"/static/{running.release}/"
STATIC_ROOT = BASE_DIR / "staticfiles"

# The proxy ends TLS and sends plain requests on to us.
SILENCED_SYSTEM_CHECKS = ["security.W003", "security.W004", "security.W008"]

EMAIL_HOST = config("EMAIL_HOST", "127.0.0.1")
EMAIL_PORT = int(config("EMAIL_PORT", "25"))
EMAIL_TIMEOUT = 5
SERVER_EMAIL = config("SERVER_EMAIL", "commcarehq@localhost")
ADMINS = [(address, address) for address in config("ADMINS").split(",") if address]

CELERY_BROKER_URL = config("BROKER_URL", "amqp://guest:guest@127.0.0.1:5672//")
# The web tells a phone that its form is safe only when the broker has said so.
CELERY_BROKER_TRANSPORT_OPTIONS = {"confirm_publish": True}
CELERY_BROKER_CONNECTION_TIMEOUT = 3
CELERY_TASK_IGNORE_RESULT = True
# A worker that is killed loses no task: the broker hands it to the next one.
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_DEFAULT_QUEUE = "celery"
CELERY_TASK_ROUTES = {
    "corehq.apps.form_processor.tasks.export_forms": {"queue": "export_download_queue"},
    "corehq.apps.form_processor.tasks.reprocess_submissions": {"queue": "celery_periodic"},
}
CELERY_BEAT_SCHEDULE = {
    "reprocess-submissions": {
        "task": "corehq.apps.form_processor.tasks.reprocess_submissions",
        "schedule": crontab(),
    },
}
CELERY_BEAT_SCHEDULE_FILENAME = f"{SHARED_DIR}/celerybeat-schedule"

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": config("LOG_LEVEL", "INFO")},
}
