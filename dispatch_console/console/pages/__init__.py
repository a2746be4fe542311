"""One module per page of the console, each with its views and its `urlpatterns`."""
