import { hostname } from 'node:os';
import type { Secret } from '../../api.ts';
import { Conversation } from './conversation.ts';
import { encoded, type Mail } from './message.ts';

export interface MailServer {
  readonly host: string;
  readonly port: number;
  /** `auto`: encrypted on 465, elsewhere as soon as the server offers it. */
  readonly security: 'auto' | 'starttls' | 'tls' | 'none';
  readonly user?: string | undefined;
  readonly password?: Secret | undefined;
  /** Certificates to trust instead of the usual ones. */
  readonly ca?: string;
  /** Milliseconds for all of it. */
  readonly patience: number;
}

/**
 * Hands a mail to a server (RFC 5321), encrypted where it can be, and never a password over an open
 * line. Plain text to a few administrators is all it does: a library for mail weighs 1.8 MB.
 * @throws Error as the rest of a sentence: what the server did or said.
 */
export const sendMail = async (mail: Mail, server: MailServer): Promise<void> => {
  const limit = new AbortController();
  const timer = setTimeout(
    () => limit.abort(new Error(`it did not answer within ${server.patience / 1000} s`)),
    server.patience,
  );
  const { host, port, ca } = server;
  const tls = server.security === 'tls' || (server.security === 'auto' && port === 465);
  const talk = Conversation.open({ host, port, tls, signal: limit.signal, ...(ca === undefined ? {} : { ca }) });
  try {
    await talk.hear([220], 'our coming');
    let offers = await greet(talk);
    if (!tls) offers = await secureIfOffered(talk, server, offers);
    if (server.user !== undefined) await identify(talk, server, offers);
    await deliver(talk, mail);
  } finally {
    clearTimeout(timer);
    talk.close();
  }
};

/** What the server offers, keyword by keyword. */
type Offers = ReadonlyMap<string, string>;

const greet = async (talk: Conversation): Promise<Offers> => {
  const name = /^[\w.-]+$/.test(hostname()) ? hostname() : `[${talk.from}]`;
  const { lines } = await talk.ask(`EHLO ${name}`, [250]);
  return new Map(
    lines.slice(1).map((line) => {
      const [keyword = '', ...rest] = line.split(/[ =]/);
      return [keyword.toUpperCase(), rest.join(' ').toUpperCase()] as const;
    }),
  );
};

const secureIfOffered = async (talk: Conversation, { security, user }: MailServer, offers: Offers): Promise<Offers> => {
  if (security === 'none') {
    if (user !== undefined) throw new Error('with smtp_security: none no password is sent; leave smtp_user away');
    return offers;
  }
  if (!offers.has('STARTTLS')) {
    if (user !== undefined) throw new Error('it does not offer STARTTLS, and without it no password is sent');
    if (security === 'auto') return offers;
    throw new Error('it does not offer STARTTLS, and smtp_security asks for it');
  }
  await talk.ask('STARTTLS', [220]);
  await talk.secure();
  return greet(talk);
};

const identify = async (talk: Conversation, { user = '', password }: MailServer, offers: Offers): Promise<void> => {
  if (password === undefined) throw new Error('smtp_user is set, and SMTP_PASSWORD is not in .env');
  const base64 = (text: string): string => Buffer.from(text, 'utf8').toString('base64');
  const ways = offers.get('AUTH')?.split(' ') ?? [];
  const shown = 'our name and password';
  if (ways.includes('PLAIN')) {
    await talk.ask(`AUTH PLAIN ${base64(`\0${user}\0${password.reveal()}`)}`, [235], shown);
  } else if (ways.includes('LOGIN')) {
    await talk.ask('AUTH LOGIN', [334]);
    await talk.ask(base64(user), [334], shown);
    await talk.ask(base64(password.reveal()), [235], shown);
  } else throw new Error(`it takes a password by ${ways.join(', ') || 'no way'}, and we know PLAIN and LOGIN`);
};

/** One refused address does not keep the others from hearing. */
const deliver = async (talk: Conversation, mail: Mail): Promise<void> => {
  await talk.ask(`MAIL FROM:<${mail.from}>`, [250]);
  const refused: Error[] = [];
  for (const address of mail.to)
    await talk.ask(`RCPT TO:<${address}>`, [250, 251]).catch((error: unknown) => {
      // Only what the server said: a connection that went away is the end.
      if (!/^it answered/.test((error as Error).message)) throw error;
      refused.push(error as Error);
    });
  const [first] = refused;
  if (first !== undefined && refused.length === mail.to.length) throw first;
  await talk.ask('DATA', [354]);
  await talk.ask(`${encoded(mail, new Date())}.`, [250], 'the mail');
  // It has the mail: how it takes its leave is its own affair.
  await talk.ask('QUIT', [221]).catch(() => undefined);
  if (first !== undefined) throw first;
};
