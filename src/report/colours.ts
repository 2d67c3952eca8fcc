import { styleText } from 'node:util';

type Paint = (text: string) => string;

/** The few colours that reports use; every one is the identity when colours are off. */
export interface Colours {
  readonly bold: Paint;
  readonly dim: Paint;
  readonly red: Paint;
  readonly green: Paint;
  readonly yellow: Paint;
}

const paint = (enabled: boolean, format: 'bold' | 'dim' | 'red' | 'green' | 'yellow'): Paint =>
  enabled ? (text) => (text === '' ? '' : styleText(format, text, { validateStream: false })) : (text) => text;

/** Colours on or off, whatever the process's own streams are. */
export const colours = (enabled: boolean): Colours => ({
  bold: paint(enabled, 'bold'),
  dim: paint(enabled, 'dim'),
  red: paint(enabled, 'red'),
  green: paint(enabled, 'green'),
  yellow: paint(enabled, 'yellow'),
});

/** The variables that have a say in whether colours are shown. */
export type ColourVariables = Readonly<Partial<Record<'NO_COLOR' | 'FORCE_COLOR' | 'TERM', string>>>;

/** Colours if this stream is a terminal that shows them, or FORCE_COLOR says so; never against NO_COLOR. */
export const coloursFor = (
  stream: { readonly isTTY?: boolean },
  { NO_COLOR = '', FORCE_COLOR, TERM }: ColourVariables = process.env,
): Colours => {
  if (NO_COLOR !== '') return colours(false);
  if (FORCE_COLOR !== undefined) return colours(FORCE_COLOR !== '0' && FORCE_COLOR !== 'false');
  return colours(stream.isTTY === true && TERM !== 'dumb');
};
