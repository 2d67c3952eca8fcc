import { afterEach, describe, expect, test } from '@jest/globals';
import { Secret } from '../../../src/api.ts';
import { encoded, isAddress, type Mail } from '../../../src/operations/mail/message.ts';
import { sendMail, type MailServer } from '../../../src/operations/mail/smtp.ts';
import { certificate, startSmtp, type Behaviour, type SmtpServer } from './smtp-server.ts';

const pair = certificate();
const mail: Mail = {
  from: 'fab@hq.example',
  to: ['ana@hq.example', 'bob@hq.example'],
  subject: 'deploy on production is done',
  text: 'A line.\n.\n.a line that begins with a dot\nGrüße, 山田\n',
};

let servers: SmtpServer[] = [];
afterEach(async () => {
  await Promise.all(servers.map((server) => server.close()));
  servers = [];
});
const serve = async (behaviour: Behaviour = {}): Promise<SmtpServer> => {
  const server = await startSmtp(behaviour, pair);
  servers.push(server);
  return server;
};

const send = ({ port }: SmtpServer, more: Partial<MailServer> = {}, what: Mail = mail): Promise<void> =>
  sendMail(what, { host: 'localhost', port, security: 'auto', ca: pair.cert, patience: 5000, ...more });

const bodyOf = (data: string): string => Buffer.from(data.split('\n\n')[1] ?? '', 'base64').toString('utf8');

const login = { user: 'fab', password: 'geheim-4711' };
const credentials = { user: login.user, password: new Secret(login.password) };

describe('a mail is handed over', () => {
  test('as it is, to everybody, dots and all', async () => {
    const server = await serve();
    await send(server);
    const [taken] = server.mails;
    expect(taken).toMatchObject({ from: mail.from, to: mail.to, encrypted: false, user: undefined });
    expect(bodyOf(taken?.data ?? '')).toBe(mail.text);
    expect(taken?.data).toContain('\nSubject: deploy on production is done\n');
    expect(server.lines.at(-1)).toBe('QUIT');
  });

  test('encrypted where that is offered', async () => {
    const server = await serve({ offers: ['STARTTLS'] });
    await send(server);
    expect(server.mails[0]?.encrypted).toBe(true);
    expect(server.lines.filter((line) => line.startsWith('EHLO'))).toHaveLength(2);
  });

  test('encrypted from the first byte on', async () => {
    const server = await serve({ tls: true });
    await send(server, { security: 'tls' });
    expect(server.mails[0]?.encrypted).toBe(true);
  });

  test.each([['PLAIN'], ['LOGIN']])('with a password, by %s', async (way) => {
    const server = await serve({ offers: ['STARTTLS', `AUTH ${way}`], login });
    await send(server, credentials);
    expect(server.mails[0]).toMatchObject({ user: 'fab', encrypted: true });
  });

  test('to the others, where one address is refused; which one is said', async () => {
    const server = await serve({ answers: { 'RCPT TO:<ana@hq.example>': '550 No such user' } });
    await expect(send(server)).rejects.toThrow('it answered «550 No such user» to RCPT TO:<ana@hq.example>');
    expect(server.mails[0]?.to).toEqual(['bob@hq.example']);
  });
});

describe('what goes wrong is said in the server’s words', () => {
  test.each([
    ['connect', '554 No service', 'it answered «554 No service» to our coming'],
    ['connect', 'drop', 'it closed the connection'],
    ['EHLO', '502 Too modern', /it answered «502 Too modern» to EHLO/],
    ['MAIL', '550 Not from you', 'it answered «550 Not from you» to MAIL FROM:<fab@hq.example>'],
    ['RCPT', '550-No\n550 such user', 'it answered «550 No such user» to RCPT TO:<ana@hq.example>'],
    ['DATA', 'drop', 'it closed the connection'],
    ['the mail', '552 Too much', 'it answered «552 Too much» to the mail'],
    ['the mail', 'drop', 'it closed the connection'],
    ['connect', 'HTTP/1.1 400 Bad Request', 'it does not speak SMTP'],
  ])('%s: %s', async (command, said, message) => {
    const server = await serve({ answers: { [command]: said } });
    await expect(send(server)).rejects.toThrow(message);
    expect(server.mails).toEqual([]);
  });

  test.each([['connect'], ['EHLO'], ['DATA'], ['the mail']])('a server that hangs at %s is left', async (command) => {
    const server = await serve({ answers: { [command]: 'hang' } });
    const began = Date.now();
    await expect(send(server, { patience: 300 })).rejects.toThrow('it did not answer within 0.3 s');
    expect(Date.now() - began).toBeLessThan(2000);
  });

  test('a server that goes once it has the mail is none of our business', async () => {
    const server = await serve({ answers: { QUIT: 'drop' } });
    await send(server);
    expect(server.mails).toHaveLength(1);
  });

  test('a machine where nobody listens', async () => {
    const server = await serve();
    await server.close();
    servers = [];
    await expect(send(server)).rejects.toThrow('ECONNREFUSED');
  });
});

describe('a password', () => {
  test('is never sent over an open line', async () => {
    for (const offers of [['AUTH PLAIN LOGIN'], ['8BITMIME']]) {
      const server = await serve({ offers, login });
      await expect(send(server, credentials)).rejects.toThrow('without it no password is sent');
      await expect(send(server, { ...credentials, security: 'none' })).rejects.toThrow('no password is sent');
      expect(server.lines.filter((line) => line.startsWith('AUTH'))).toEqual([]);
    }
  });

  test('is in no sentence', async () => {
    const server = await serve({ offers: ['STARTTLS', 'AUTH PLAIN'], login });
    const wrong = send(server, { ...credentials, password: new Secret('falsch-4712') });
    await expect(wrong).rejects.toThrow('it answered «535 Who are you?» to our name and password');
  });

  test('that is missing is said', async () => {
    const server = await serve({ offers: ['STARTTLS', 'AUTH PLAIN'], login });
    await expect(send(server, { user: 'fab' })).rejects.toThrow('smtp_user is set, and SMTP_PASSWORD is not in .env');
    const odd = await serve({ offers: ['STARTTLS', 'AUTH XOAUTH2'] });
    await expect(send(odd, credentials)).rejects.toThrow('it takes a password by XOAUTH2, and we know PLAIN and LOGIN');
  });
});

describe('a certificate', () => {
  test('that nobody vouches for is refused, and nothing said after it', async () => {
    const server = await serve({ offers: ['STARTTLS'] });
    const other = certificate();
    await expect(send(server, { ca: other.cert })).rejects.toThrow(/self.signed|certificate/i);
    expect(server.mails).toEqual([]);
  });

  test('is asked for where the settings say so', async () => {
    const server = await serve();
    await expect(send(server, { security: 'starttls' })).rejects.toThrow('it does not offer STARTTLS');
  });

  test('nothing that came before it counts as said after it', async () => {
    const server = await serve({ offers: ['STARTTLS'], answers: { STARTTLS: '220 Go on\n250 I am somebody else' } });
    await expect(send(server)).rejects.toThrow('it said more than it may before encryption began');
  });
});

describe('the message', () => {
  const at = new Date('2026-11-20T14:05:33Z');
  const headers = (change: Partial<Mail>): string => encoded({ ...mail, ...change }, at).split('\r\n\r\n')[0] ?? '';

  test('has a header that nothing can break out of', () => {
    const lines = headers({ subject: 'a\r\nBcc: eve@hq.example\n\nbody' }).split('\r\n');
    expect(lines).toContain('Subject: a Bcc: eve@hq.example body');
    expect(lines.filter((line) => line.startsWith('Bcc'))).toEqual([]);
    expect(lines).toContain('Date: Fri, 20 Nov 2026 14:05:33 +0000');
  });

  test('folds what is not ASCII into words of at most 75 characters', () => {
    const folded = headers({ subject: 'Grüße aus 山田 '.repeat(12) })
      .split('\r\n')
      .filter((line) => line.includes('=?utf-8?B?'));
    expect(folded.length).toBeGreaterThan(2);
    const words = folded.map((line) => line.replace(/^(?:Subject:)? /, ''));
    for (const word of words) expect(word.length).toBeLessThanOrEqual(75);
    const read = words.map((word) => Buffer.from(word.slice(10, -2), 'base64').toString('utf8')).join('');
    expect(read).toBe('Grüße aus 山田 '.repeat(12).trim());
  });

  test('knows plain addresses only', () => {
    for (const address of ['ana@hq.example', 'a.b+c@mail.hq.example', 'ana@localhost'])
      expect(isAddress(address)).toBe(true);
    for (const address of ['Ana <ana@hq.example>', 'ana', 'ana@hq.example\r\nRCPT TO:<eve@x>', 'a b@c', '', 'ana@'])
      expect(isAddress(address)).toBe(false);
  });
});
