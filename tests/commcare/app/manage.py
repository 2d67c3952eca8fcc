"""Stands in for the application's manage.py: its commands leave their traces as files below shared/."""

import os
import pathlib
import shutil
import sys
import time

here = pathlib.Path(__file__).resolve().parent
shared = here.parent.parent / 'shared'
name, *words = sys.argv[1:]


def note(line):
    with open(shared / 'calls.txt', 'a') as calls:
        calls.write(f'{line}\n')


def lines(file):
    return file.read_text().split() if file.exists() else []


def migrations():
    return sorted(path.stem for path in (here / 'migrations').glob('*.txt'))


def preindex():
    version = (here / 'version.txt').read_text()
    done = shared / 'preindexed'
    if '--check' in words:
        sys.exit(0 if done.exists() and done.read_text() == version else 1)
    print('indexing', version, flush=True)
    while (shared / 'hold-preindex').exists():
        time.sleep(0.05)
    if (shared / 'break-preindex').exists():
        sys.exit('the index is broken')
    done.write_text(version)


def check_checkpoints():
    if (shared / 'break-checkpoints').exists():
        print('2 checkpoints are not in kafka')
        sys.exit(0 if '--print-only' in words else 1)


def ask_database():
    if (shared / 'database_is_down').exists():
        sys.exit('django.db.utils.OperationalError: connection to server at "db1", port 5432 failed: Connection refused')


def show_migrations():
    ask_database()
    applied = lines(shared / 'applied')
    print('app')
    for each in migrations():
        print(f" [{'X' if each in applied else ' '}] {each}")


def migrate():
    note(f'migrate-begins {time.time()}')
    time.sleep(0.2)
    if (shared / 'database_goes_down').exists():
        (shared / 'database_is_down').touch()
    ask_database()
    if (shared / 'break-migrate').exists():
        sys.exit('the migration failed')
    (shared / 'applied').write_text('\n'.join(migrations()))
    note(f'migrate-ends {time.time()}')


def collect():
    shutil.copytree(here / 'assets', here / 'staticfiles', dirs_exist_ok=True)


def compress():
    cache = here / 'staticfiles' / 'CACHE'
    cache.mkdir(parents=True, exist_ok=True)
    (cache / 'manifest.json').write_text('{"made": "%s"}\n' % time.time())


def check():
    if (shared / 'break-check').exists():
        sys.exit('SystemCheckError: something is wrong')


commands = {
    'preindex_everything': preindex,
    'validate_kafka_pillow_checkpoints': check_checkpoints,
    'showmigrations': show_migrations,
    'migrate_multi': migrate,
    'collectstatic': collect,
    'compress': compress,
    'check': check,
    'shell': lambda: exec(words[1]),
    'leave': lambda: sys.exit(int(words[0])),
    'where': lambda: print(os.getcwd(), sys.prefix),
}
note(' '.join([here.name, name, *words]))
commands.get(name, lambda: None)()
