from django.urls import path

from corehq.apps.hqadmin import views as hqadmin
from corehq.apps.hqwebapp import views as hqwebapp
from corehq.apps.receiverwrapper import views as receiverwrapper

urlpatterns = [
    path("", hqwebapp.home),
    path("serverup.txt", hqadmin.server_up),
    path("version", hqadmin.version),
    path("counts", hqadmin.counts),
    path("in-flight", hqadmin.requests_in_flight),
    path("a/<slug:domain>/receiver/", receiverwrapper.post),
    path("a/<slug:domain>/forms/", hqwebapp.forms),
    path("a/<slug:domain>/forms/<str:form_id>/", hqwebapp.form),
    path("a/<slug:domain>/cases/<str:case_id>/", hqwebapp.case),
    path("a/<slug:domain>/exports/", hqwebapp.export),
]
