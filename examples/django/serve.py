"""The server: Python's own, so that nothing more is needed. A real site has gunicorn here."""
from wsgiref.simple_server import make_server

from shop.wsgi import application

make_server("127.0.0.1", 8000, application).serve_forever()
