/** A tracked file that is not as the commit has it. */
export interface ChangedFile {
  /** M changed, D missing, T another kind of file. */
  readonly status: string;
  readonly path: string;
  /** What it is now; undefined when it is missing. */
  readonly hash: string | undefined;
  readonly mode: string;
}

const escapes: Record<string, string> = { a: '\x07', b: '\b', t: '\t', n: '\n', v: '\v', f: '\f', r: '\r' };

/** A path as git prints it: in double quotes, with bytes in octal, when it is out of the ordinary. */
const unquoted = (path: string): string => {
  if (!path.startsWith('"')) return path;
  const bytes = path
    .slice(1, -1)
    .replaceAll(/\\([0-7]{3}|.)/g, (_, code: string) =>
      /^[0-7]{3}$/.test(code) ? String.fromCharCode(Number.parseInt(code, 8)) : (escapes[code] ?? code),
    );
  return Buffer.from(bytes, 'latin1').toString('utf8');
};

/** Reads the output of `changedTracked`. */
export const parseChangedFiles = (output: string): readonly ChangedFile[] =>
  output
    .split('\n')
    .filter((line) => line.startsWith(':'))
    .map((line) => {
      const tab = line.indexOf('\t');
      const [, mode = '', , hash = '', status = ''] = line.slice(1, tab).split(' ');
      return { status, path: unquoted(line.slice(tab + 1)), hash: /^0+$/.test(hash) ? undefined : hash, mode };
    });

/** `M path hash`, as a report shows it. */
export const changedFileText = ({ status, path, hash }: ChangedFile): string =>
  hash === undefined ? `${status} ${path}` : `${status} ${path} ${hash}`;
