import { expect, test } from '@jest/globals';
import { lineDiff } from '../../src/operations/line-diff.ts';
import { configText } from '../../src/operations/supervisor-config.ts';

test('a program as supervisord reads it', () => {
  expect(
    configText([
      {
        name: 'hq-web',
        command: '/srv/python manage.py serve --format %h',
        directory: '/srv/current',
        user: 'cchq',
        environment: { NO_PROXY: 'a,b', RATE: '50%' },
        log: '/srv/log/web.log',
        startSeconds: 1,
        stopSeconds: 30,
        stopSignal: 'INT',
        asGroup: true,
      },
      { name: 'hq-idle', command: 'sleep 1', autostart: false },
    ]),
  ).toBe(`[program:hq-web]
command=/srv/python manage.py serve --format %%h
directory=/srv/current
user=cchq
autostart=true
autorestart=true
environment=NO_PROXY="a,b",RATE="50%%"
stdout_logfile=/srv/log/web.log
redirect_stderr=true
startsecs=1
stopwaitsecs=30
stopsignal=INT
stopasgroup=true
killasgroup=true

[program:hq-idle]
command=sleep 1
autostart=false
autorestart=true
`);
});

test.each([
  [{ name: 'a b', command: 'true' }, 'cannot be the name'],
  [{ name: 'a', command: 'true\nuser=root' }, 'line break'],
  [{ name: 'a', command: 'true ; reboot' }, 'comment sign'],
  [{ name: 'a', command: 'true', environment: { KEY: 'say "no"' } }, 'double quote'],
])('what supervisord would read otherwise is refused: %j', (program, sentence) => {
  expect(() => configText([program])).toThrow(sentence);
});

test('the lines that differ, in order', () => {
  expect(lineDiff('a\nb\nc\n', 'a\nx\nc\nd\n')).toEqual(['-b', '+x', '+d']);
  expect(lineDiff('', 'a\n')).toEqual(['+a']);
  expect(lineDiff('a\n', '')).toEqual(['-a']);
  expect(lineDiff('a\n', 'a\n')).toEqual([]);
});
