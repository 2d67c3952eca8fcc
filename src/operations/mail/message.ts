import { randomBytes } from 'node:crypto';

/** A mail of plain text. Addresses are bare ones: `ops@example.org`. */
export interface Mail {
  readonly from: string;
  readonly to: readonly string[];
  readonly subject: string;
  readonly text: string;
}

/** An address that can stand in a command and in a header without harm. */
export const isAddress = (address: string): boolean =>
  /^[\x21-\x7e]+@[\w.-]+$/.test(address) && !/[<>",;]/.test(address);

/** The mail as it goes over the wire, lines ended by CR LF; base64, so that no line can end it early. */
export const encoded = ({ from, to, subject, text }: Mail, at: Date): string =>
  [
    `Date: ${at.toUTCString().replace('GMT', '+0000')}`,
    `From: ${from}`,
    `To: ${to.join(', ')}`,
    `Subject: ${headerText(subject)}`,
    `Message-ID: <${at.getTime()}.${randomBytes(8).toString('hex')}@${from.split('@').at(-1)}>`,
    'Auto-Submitted: auto-generated',
    'MIME-Version: 1.0',
    'Content-Type: text/plain; charset=utf-8',
    'Content-Transfer-Encoding: base64',
    '',
    ...(Buffer.from(text, 'utf8')
      .toString('base64')
      .match(/.{1,76}/g) ?? []),
    '',
  ].join('\r\n');

/** One header line: nothing in it can begin another one. */
const headerText = (value: string): string => {
  const line = value.replace(/\s+/g, ' ').trim();
  if (/^[\x20-\x7e]{0,900}$/.test(line)) return line;
  // 45 bytes make 60 characters of base64: an encoded word may have 75.
  return chunked(line, 45)
    .map((part) => `=?utf-8?B?${Buffer.from(part, 'utf8').toString('base64')}?=`)
    .join('\r\n ');
};

/** In pieces of at most so many bytes, no character torn. */
const chunked = (text: string, bytes: number): readonly string[] => {
  const parts: string[] = [''];
  for (const character of text) {
    const last = parts.at(-1) ?? '';
    if (Buffer.byteLength(last + character) > bytes) parts.push(character);
    else parts[parts.length - 1] = last + character;
  }
  return parts;
};
