import { describe, expect, test } from '@jest/globals';
import { serversIn, withDown, withoutDown } from '../../src/operations/nginx-site.ts';

const by = { run: '2026-11-20_14.05.33', host: 'web1' };
const text = `# upstream commented { server 10.0.0.9:9010; }
upstream hq { # the site
  server 10.0.0.1:9010 max_fails=3; # web1; the first
\tserver 10.0.0.11:9010;
  server 10.0.0.1:9010	weight=2	down;
  #server 10.0.0.3:9010;
  server unix:/run/app.sock backup;
}
server {
  listen 80;
  server_name example.org;
}
upstream api {
  server 10.0.0.1:9010;
}`;

describe('the site file of nginx', () => {
  test('knows servers by their whole address, in upstreams only, and which are down', () => {
    expect(serversIn(text).map(({ upstream, address, down }) => `${upstream} ${address} ${down}`)).toEqual([
      'hq 10.0.0.1:9010 false',
      'hq 10.0.0.11:9010 false',
      'hq 10.0.0.1:9010 true',
      'hq unix:/run/app.sock false',
      'api 10.0.0.1:9010 false',
    ]);
  });

  test('one that is taken out says who did it, and goes back to the byte', () => {
    const lines = serversIn(text)
      .filter(({ address, down }) => address === '10.0.0.1:9010' && !down)
      .map(({ line }) => line);
    const out = withDown(text, lines, by);
    expect(out.split('\n')[2]).toBe(
      '  server 10.0.0.1:9010 max_fails=3 down; # web1; the first # drained by fabwright: run 2026-11-20_14.05.33, host web1',
    );
    expect(serversIn(out).map(({ down, drained }) => [down, drained?.host])).toEqual([
      [true, 'web1'],
      [false, undefined],
      [true, undefined],
      [false, undefined],
      [true, 'web1'],
    ]);
    expect(withoutDown(out, lines)).toBe(text);
  });

  test('what somebody else marked is never put back', () => {
    const all = serversIn(text).map(({ line }) => line);
    expect(withoutDown(text, all)).toBe(text);
  });

  test.each(['\n', '\r\n', ''])('whatever ends its lines (%j)', (end) => {
    const given = ['upstream a {', '  server b:1  ;  ', '  server c;'].join(end === '' ? '\n' : end) + end;
    const lines = serversIn(given).map(({ line }) => line);
    expect(lines).toHaveLength(2);
    const out = withDown(given, lines, by);
    expect(serversIn(out).every(({ down, drained }) => down && drained?.run === by.run)).toBe(true);
    expect(withoutDown(out, lines)).toBe(given);
  });
});
