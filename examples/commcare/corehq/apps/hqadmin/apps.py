from django.apps import AppConfig


class HqAdminConfig(AppConfig):
    name = "corehq.apps.hqadmin"

    def ready(self):
        from corehq.apps.hqadmin import checks  # noqa: F401
