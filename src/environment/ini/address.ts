import { space, word } from './characters.ts';

/** A host pattern without its port. */
export interface Address {
  readonly pattern: string;
  readonly port?: number;
}

const range = (bounds: string): string => `\\[(?:${bounds})(?::[0-9]+)?\\]`;
const digits = '[0-9]+:[0-9]+';
const four = `(?:[01]?[0-9]{1,2}|2[0-4][0-9]|25[0-5]|${range(digits)})`;
const six = `(?:[0-9a-f]{1,4}|${range('[0-9a-f]+:[0-9a-f]+')})`;
const letters = range(`[a-z]:[a-z]|${digits}`);
const label = `(?:${word}|${letters})(?:[\\p{L}\\p{N}_\\-]|${letters})*(?<![_\\-])`;

const hostnames = new RegExp(`^${label}(?:\\.${label})*$`, 'iu');
const version4 = new RegExp(`^(?:${four}\\.){3}${four}$`, 'i');
// Only the last alternative is tied to the end, as in Ansible: what starts like an address is one.
const version6 = new RegExp(
  `^(?:${[
    `(?:${six}:){7}${six}`,
    `(?:${six}:){1,6}:`,
    `(?:${six}:)(?::${six}){1,6}`,
    `(?:${six}:){2}(?::${six}){1,5}`,
    `(?:${six}:){3}(?::${six}){1,4}`,
    `(?:${six}:){4}(?::${six}){1,3}`,
    `(?:${six}:){5}(?::${six}){1,2}`,
    `(?:${six}:){6}(?::${six})`,
    `:(?::${six}){1,6}`,
    `${six}?::`,
    `(?:0:){6}(?:${six}\\.){3}${six}`,
    `::(?:ffff:)?(?:${six}\\.){3}${six}`,
    `(?:0:){5}ffff:(?:${six}\\.){3}${six}$`,
  ].join('|')})`,
  'i',
);

const bracketedPort = /^\[(.+)\]:([0-9]+)$/;
const plainPort = /^((?:[^:[\]]|\[[^\]]*\])*):([0-9]+)$/;
const spaces = new RegExp(space, 'u');

const withoutPort = (address: Address): Address =>
  [bracketedPort, plainPort].reduce<Address>((rest, form) => {
    const [, pattern, port] = form.exec(rest.pattern) ?? [];
    return pattern === undefined ? rest : { pattern, port: Number(port) };
  }, address);

/**
 * Cuts the port off a host pattern: `web[1:3]:2222`, `[2001:db8::1]:22`, `10.0.0.1:22`. What is no
 * host name and no address is taken as a name, whole, colon and all, as Ansible does.
 */
export const splitPort = (text: string): Address => {
  const address = withoutPort({ pattern: text });
  const known = [version4, version6, hostnames].some((form) => form.test(address.pattern));
  return known && !spaces.test(address.pattern) ? address : { pattern: text };
};
