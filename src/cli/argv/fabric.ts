import { optionNamed, type CommandShape, type Option } from './shape.ts';
import { splitAtCommas, splitPair } from './spelling.ts';

/** `name:rest`, split at the first colon. */
export const splitTask = (word: string): { readonly name: string; readonly rest: string } => {
  const colon = word.indexOf(':');
  return colon === -1 ? { name: word, rest: '' } : { name: word.slice(0, colon), rest: word.slice(colon + 1) };
};

/** The rest of `name:rest`: an element is a pair only if its key is a parameter of that task, else it is text. */
export interface FabricArguments {
  readonly pairs: readonly { readonly option: Option; readonly text: string }[];
  readonly texts: readonly string[];
}

/** Reads Fabric's arguments, `k=v,text,text`. A comma inside is written `\,`. */
export const fabricArguments = (rest: string, shape: CommandShape): FabricArguments => {
  const elements = (rest === '' ? [] : splitAtCommas(rest)).map((element) => {
    const pair = splitPair(element);
    const option = pair === undefined ? undefined : optionNamed(shape, pair[0]);
    return pair === undefined || option === undefined ? element : { option, text: pair[1] };
  });
  return {
    pairs: elements.filter((element) => typeof element !== 'string'),
    texts: elements.filter((element) => typeof element === 'string'),
  };
};

/** Texts for so many places: one each in order, the last place takes what is left with its commas. */
export const spreadTexts = (texts: readonly string[], places: number): readonly string[] =>
  texts.length <= places ? texts : [...texts.slice(0, places - 1), texts.slice(places - 1).join(',')];
