"""A web worker behind gunicorn: says which release answers, and takes its time when it is asked to."""

import os
import pathlib
import time
import urllib.parse

here = pathlib.Path(__file__).resolve().parent
shared = here.parent.parent / 'shared'
# In the code of a release that must not come up.
exec((here / 'boot.py').read_text() if (here / 'boot.py').exists() else '')


def health(start):
    """`shared/health` says how the page answers: as it should where there is no such file."""
    word = (shared / 'health').read_text().strip() if (shared / 'health').exists() else ''
    code = (here / 'health.txt').read_text().strip() if (here / 'health.txt').exists() else ''
    how = word or code
    if how == 'hang':
        time.sleep(60)
    if how == 'redirect':
        start('302 Found', [('Location', '/login/')])
        return [b'']
    start('500 Internal Server Error' if how == '500' else '200 OK', [('Content-Type', 'text/plain')])
    return [b'OK']


def application(environ, start):
    if environ['PATH_INFO'] == '/serverup.txt':
        return health(start)
    query = urllib.parse.parse_qs(environ.get('QUERY_STRING', ''))
    body = environ['wsgi.input'].read(int(environ.get('CONTENT_LENGTH') or 0))
    time.sleep(float(query.get('seconds', ['0'])[0]))
    start('200 OK', [('Content-Type', 'text/plain')])
    return [f'{here.name} {os.uname().nodename} {len(body)}\n'.encode()]
