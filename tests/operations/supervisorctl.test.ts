import { expect, test } from '@jest/globals';
import { isUp, parseReread, parseStatus } from '../../src/operations/supervisorctl.ts';

test('reads what supervisorctl status prints', () => {
  const found = parseStatus(
    [
      'hq-django                        RUNNING   pid 279, uptime 0:00:06',
      'workers:celery_0                 STOPPED   Not started',
      'hq-pillow                        STARTING  ',
      'hq-broken                        FATAL     Exited too quickly (process log may have details)',
      '',
    ].join('\n'),
  );
  expect(found).toEqual([
    { name: 'hq-django', state: 'RUNNING', description: 'pid 279, uptime 0:00:06' },
    { name: 'workers:celery_0', state: 'STOPPED', description: 'Not started' },
    { name: 'hq-pillow', state: 'STARTING', description: '' },
    { name: 'hq-broken', state: 'FATAL', description: 'Exited too quickly (process log may have details)' },
  ]);
  expect(found.map(isUp)).toEqual([true, false, true, false]);
  expect(parseStatus('')).toEqual([]);
});

test.each([
  'unix:///run/supervisor.sock no such file',
  "error: <class 'PermissionError'>, [Errno 13] Permission denied",
  'hq-nothing: ERROR (no such process)',
])('what is no program is said as it is: %s', (line) => {
  expect(() => parseStatus(line)).toThrow(`supervisorctl says: ${line}`);
});

test('reads what supervisorctl reread prints', () => {
  expect(parseReread('hq-new: available\nhq-web: changed\nhq-old: disappeared')).toEqual([
    'hq-new',
    'hq-web',
    'hq-old',
  ]);
  expect(parseReread('No config updates to processes')).toEqual([]);
  expect(() => parseReread("ERROR: CANT_REREAD: Source contains parsing errors: 'a.conf'")).toThrow('CANT_REREAD');
});
