/** One program of supervisord. What is left out is supervisord's own default. */
export interface Program {
  readonly name: string;
  readonly command: string;
  readonly directory?: string;
  readonly user?: string;
  readonly autostart?: boolean;
  readonly environment?: Readonly<Record<string, string>>;
  /** Standard output and error, both. */
  readonly log?: string;
  /** Seconds it must run to count as started. */
  readonly startSeconds?: number;
  /** Seconds that it gets to end. */
  readonly stopSeconds?: number;
  readonly stopSignal?: string;
  /** Signals go to all its children, too; `at last`: only the one that ends it when its time is up. */
  readonly asGroup?: boolean | 'at last';
}

/** A file for supervisord's `[include]`. */
export const configText = (programs: readonly Program[]): string => `${programs.map(section).join('\n\n')}\n`;

const section = (program: Program): string => {
  if (!/^[\w@.,+-]+$/.test(program.name)) throw new Error(`«${program.name}» cannot be the name of a program.`);
  const { directory, user, autostart = true, environment = {}, log, startSeconds, stopSeconds, asGroup } = program;
  const entries: readonly (readonly [string, string | undefined])[] = [
    ['command', value(program.command)],
    ['directory', directory && value(directory)],
    ['user', user],
    ['autostart', String(autostart)],
    ['autorestart', 'true'],
    ['environment', environmentText(environment)],
    ['stdout_logfile', log && value(log)],
    ['redirect_stderr', log === undefined ? undefined : 'true'],
    ['startsecs', startSeconds?.toString()],
    ['stopwaitsecs', stopSeconds?.toString()],
    ['stopsignal', program.stopSignal],
    ['stopasgroup', asGroup === undefined ? undefined : String(asGroup === true)],
    ['killasgroup', asGroup === undefined ? undefined : String(asGroup !== false)],
  ];
  return [
    `[program:${program.name}]`,
    ...entries.flatMap(([key, text]) => (text === undefined || text === '' ? [] : [`${key}=${text}`])),
  ].join('\n');
};

/** supervisord expands `%`, ends a value at a line's end and takes ` ;` and ` #` for comments. */
const value = (text: string): string => {
  if (/[\r\n]/.test(text)) throw new Error(`«${text}» has a line break, which supervisord's files cannot hold.`);
  if (/\s[;#]/.test(text)) throw new Error(`«${text}» would end at its comment sign in supervisord's files.`);
  return text.replaceAll('%', '%%');
};

const environmentText = (environment: Readonly<Record<string, string>>): string =>
  Object.entries(environment)
    .map(([name, text]) => {
      if (text.includes('"')) throw new Error(`${name} has a double quote, which supervisord's files cannot hold.`);
      return `${name}="${value(text)}"`;
    })
    .join(',');
