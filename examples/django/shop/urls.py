from django.urls import path

from visits import views

urlpatterns = [path("", views.front), path("health", views.health)]
