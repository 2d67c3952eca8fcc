/**
 * One segment's options through a parser of its own: names and texts in, one text per name out.
 * The only file that touches yargs, and only when there is something to parse: loading it takes
 * longer than everything else that a command line needs.
 */
export const readOptions = async (
  names: readonly string[],
  given: readonly (readonly [name: string, text: string])[],
): Promise<ReadonlyMap<string, string>> => {
  if (given.length === 0) return new Map();
  const { default: yargs } = await import('yargs');
  const parsed: Readonly<Record<string, unknown>> = yargs([])
    .parserConfiguration(asTyped)
    .options(Object.fromEntries(names.map((name) => [name, { type: 'string', nargs: 1 }])))
    .strict()
    .help(false)
    .version(false)
    .detectLocale(false)
    .exitProcess(false)
    .showHelpOnFail(false)
    .fail(false)
    .parseSync(given.flatMap(([name, text]) => [`--${name}`, text]));
  return new Map(
    names.flatMap((name) => {
      const text = parsed[name];
      return typeof text === 'string' ? [[name, text] as const] : [];
    }),
  );
};

const asTyped = {
  'greedy-arrays': false,
  'dot-notation': false,
  'boolean-negation': false,
  'camel-case-expansion': false,
  'duplicate-arguments-array': false,
  'parse-numbers': false,
  'parse-positional-numbers': false,
  'short-option-groups': false,
  // With `nargs` above: the value is whatever was typed. Otherwise leading hyphens make it a flag, and
  // quotes around it are lost in `--name=value`.
  'nargs-eats-options': true,
} as const;
