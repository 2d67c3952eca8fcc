import { Secret } from './secret.ts';
import { ShellContext } from './shell-context.ts';

/** POSIX shell text, every interpolated value already quoted. Made by `sh`, `shell` or `words`. */
export interface Command {
  readonly kind: 'command';
  readonly text: string;
}

/** What may stand in `${…}`: arrays become several words, a Command is inserted as it is. */
export type ShellValue = string | number | readonly (string | number)[] | Command;

const plain = /^[\w@%+=:,./-]+$/;

/**
 * One POSIX shell word. Values that need no quoting stay readable.
 * @throws Error for a NUL byte, which no argument can carry.
 */
export const quote = (value: string): string => {
  if (value.includes('\0')) throw new Error('A shell argument cannot contain a NUL byte.');
  return plain.test(value) ? value : `'${value.replaceAll("'", `'\\''`)}'`;
};

const isCommand = (value: unknown): value is Command =>
  typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'command';

const inserted = (value: ShellValue): string => {
  // A type error already; at run time a fabfile may still be plain JavaScript.
  if ((value as unknown) instanceof Secret)
    throw new Error('A secret may not stand in a command line: pass it with host.env({ NAME: secret }).');
  if (isCommand(value)) return value.text;
  if (typeof value === 'string' || typeof value === 'number') return quote(String(value));
  if (Array.isArray(value)) return value.map((each: string | number) => inserted(each)).join(' ');
  throw new Error(`A shell value must be text, a number, a list of them or a command, not ${typeof value}.`);
};

/**
 * `` sh`tar -xf ${file}` ``: quotes every value; what is written between them is shell.
 * @throws Error for a value inside quotes (`"x ${value}"`): it has quotes of its own, and a `$(…)` in it
 * would run. Inside `"$(… ${value})"` it stands alone again and is fine.
 */
export const sh = (strings: TemplateStringsArray, ...values: readonly ShellValue[]): Command => {
  const context = new ShellContext();
  let text = '';
  strings.raw.forEach((part, index) => {
    context.read(part);
    text += part;
    if (index >= values.length) return;
    if (!context.takesWord)
      throw new Error(
        `A value stands inside quotes, after «${part.slice(-40)}». It is quoted by itself: leave the quotes away.`,
      );
    text += inserted(values[index] as ShellValue);
  });
  return { kind: 'command', text };
};

/** A line a person typed, taken as shell, unquoted. The loud way in: `run 'ps ax | wc -l'`. */
export const shell = (line: string): Command => ({ kind: 'command', text: line });

/**
 * Splits a line into words as a shell would (quotes and backslashes, no expansion), for commands
 * that take words of their own: `manage 'shell -c "x = 1"'`.
 * @throws Error when a quote is not closed.
 */
export const words = (line: string): readonly string[] => {
  const found: string[] = [];
  let word: string | undefined;
  let quoteOpen: '"' | "'" | undefined;
  for (let at = 0; at < line.length; at += 1) {
    const char = line.charAt(at);
    if (quoteOpen === "'") {
      if (char === "'") quoteOpen = undefined;
      else word = (word ?? '') + char;
    } else if (char === '\\' && (quoteOpen === undefined || '"\\$`'.includes(line.charAt(at + 1)))) {
      word = (word ?? '') + line.charAt(++at);
    } else if (quoteOpen === '"') {
      if (char === '"') quoteOpen = undefined;
      else word = (word ?? '') + char;
    } else if (char === '"' || char === "'") {
      quoteOpen = char;
      word ??= '';
    } else if (/[ \t\r\n]/.test(char)) {
      if (word !== undefined) found.push(word);
      word = undefined;
    } else word = (word ?? '') + char;
  }
  if (quoteOpen !== undefined) throw new Error(`The quote ${quoteOpen} in «${line}» is not closed.`);
  if (word !== undefined) found.push(word);
  return found;
};
