import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer as createTlsServer, TLSSocket } from 'node:tls';

/** A mail as the server took it. */
export interface TakenMail {
  readonly from: string;
  readonly to: readonly string[];
  /** Everything between DATA and the dot. */
  readonly data: string;
  readonly encrypted: boolean;
  readonly user: string | undefined;
}

export interface Behaviour {
  readonly offers?: readonly string[];
  /** Says this instead of the usual reply to a command; `hang` says nothing, `drop` closes. */
  readonly answers?: Readonly<Record<string, string>>;
  readonly login?: { readonly user: string; readonly password: string };
  /** Encrypted from the first byte on. */
  readonly tls?: boolean;
}

export interface SmtpServer {
  readonly port: number;
  readonly mails: readonly TakenMail[];
  /** Every line that a client said, in order. */
  readonly lines: readonly string[];
  close(): Promise<void>;
}

export interface Certificate {
  readonly key: string;
  readonly cert: string;
}

/** For `localhost`, signed by itself. */
export const certificate = (): Certificate => {
  const folder = mkdtempSync(join(tmpdir(), 'fabwright-smtp-'));
  const [key, cert] = [join(folder, 'key'), join(folder, 'cert')];
  execFileSync(
    'openssl',
    [
      ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'],
      ...['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost', '-keyout', key, '-out', cert],
    ],
    { stdio: 'ignore' },
  );
  const found = { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') };
  rmSync(folder, { recursive: true });
  return found;
};

const decoded = (base64: string): string => Buffer.from(base64, 'base64').toString('utf8');

/** Speaks SMTP on 127.0.0.1, as well or as badly as it is told to. */
export const startSmtp = async (behaviour: Behaviour = {}, pair?: Certificate): Promise<SmtpServer> => {
  const { offers = ['8BITMIME'], answers = {}, login } = behaviour;
  const [mails, lines, sockets]: [TakenMail[], string[], Set<Socket>] = [[], [], new Set()];

  const converse = (socket: Socket, encrypted: boolean, isNew: boolean): void => {
    let [from, user, waiting, data]: [string, string | undefined, string | undefined, string[] | undefined] = [
      ...(['', undefined, undefined] as const),
      undefined,
    ];
    let [to, heard]: [string[], string] = [[], ''];
    const say = (text: string): void => void socket.write(text.replace(/\n/g, '\r\n') + '\r\n');
    const answer = (command: string, usual: string, then: () => void = () => undefined): void => {
      const said = answers[command] ?? usual;
      if (said === 'hang') return;
      if (said === 'drop') return void socket.destroy();
      say(said);
      if (said === usual) then();
    };
    const checkLogin = (name: string | undefined, password: string | undefined): void => {
      if (login === undefined || name !== login.user || password !== login.password) return say('535 Who are you?');
      user = name;
      say('235 Welcome');
    };
    const onCommand = (line: string): void => {
      const [word = '', rest = ''] = line.split(/ (.*)/s);
      switch (word.toUpperCase()) {
        case 'EHLO': {
          const all = ['mail.test', ...offers.filter((offer) => offer !== 'STARTTLS' || !encrypted)];
          return answer(
            'EHLO',
            all.map((each, index) => `250${index === all.length - 1 ? ' ' : '-'}${each}`).join('\n'),
          );
        }
        case 'STARTTLS':
          return answer('STARTTLS', '220 Go on', () => {
            socket.removeAllListeners('data');
            const secured = new TLSSocket(socket, { isServer: true, ...pair });
            secured.on('error', () => undefined);
            converse(secured, true, false);
          });
        case 'AUTH': {
          const [way = '', first = ''] = rest.split(' ');
          if (way === 'PLAIN') return checkLogin(...(decoded(first).split('\0').slice(1) as [string, string]));
          waiting = '';
          return say('334 VXNlcm5hbWU6');
        }
        case 'MAIL':
          return answer('MAIL', '250 OK', () => (from = rest.slice(6, -1)));
        case 'RCPT':
          return answer(answers[line] === undefined ? 'RCPT' : line, '250 OK', () => to.push(rest.slice(4, -1)));
        case 'DATA':
          return answer('DATA', '354 Go on', () => (data = []));
        case 'QUIT':
          return answer('QUIT', '221 Bye', () => socket.end());
        default:
          return say('500 What?');
      }
    };
    const onLine = (line: string): void => {
      if (data !== undefined) {
        if (line !== '.') return void data.push(line);
        const taken = { from, to, data: data.join('\n'), encrypted, user };
        data = undefined;
        return answer('the mail', '250 Taken', () => mails.push(taken));
      }
      lines.push(line);
      if (waiting === undefined) return onCommand(line);
      if (waiting === '') {
        waiting = decoded(line);
        return say('334 UGFzc3dvcmQ6');
      }
      const name = waiting;
      waiting = undefined;
      checkLogin(name, decoded(line));
    };
    socket.setEncoding('utf8').on('data', (text: string) => {
      heard += text;
      for (let end = heard.indexOf('\r\n'); end >= 0; end = heard.indexOf('\r\n')) {
        const line = heard.slice(0, end);
        heard = heard.slice(end + 2);
        onLine(line);
      }
    });
    if (isNew) answer('connect', '220 mail.test ESMTP');
    to = [];
  };

  const welcome = (socket: Socket): void => {
    sockets.add(socket);
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
    converse(socket, behaviour.tls === true, true);
  };
  const server = behaviour.tls === true ? createTlsServer({ ...pair }, welcome) : createServer(welcome);
  server.on('tlsClientError', () => undefined);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    mails,
    lines,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};
