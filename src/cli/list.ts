import type { Json } from '../model/json.ts';
import {
  flagUsage,
  isPositional,
  isRequiredPositional,
  optionsOf,
  positionalUsage,
  type CommandShape,
} from './argv/shape.ts';
import { flagOf } from './argv/spelling.ts';

/** `fab -l`: every task under its group's heading, one line each. Lines are cut to `width` if there is one. */
export const taskList = (shapes: readonly CommandShape[], { width }: { readonly width?: number } = {}): string => {
  const rows = shapes.map((shape) => ({ shape, left: leftOf(shape) }));
  const column = widest(rows.map(({ left }) => left));
  return groupsOf(shapes)
    .map((group) =>
      [
        group,
        ...rows
          .filter(({ shape }) => shape.group === group)
          .map(({ shape, left }) => cutTo(`  ${left.padEnd(column)}  ${summaryOf(shape)}`.trimEnd(), width)),
      ].join('\n'),
    )
    .join('\n\n');
};

/** `fab -l --json`: the same for a program, parameters included. */
export const taskListJson = (shapes: readonly CommandShape[]): Json =>
  shapes.map((shape) => ({
    name: shape.name,
    aliases: [...shape.aliases],
    group: shape.group,
    description: shape.description,
    needsEnvironment: shape.needsEnvironment,
    options: optionsOf(shape).map((option) => ({
      name: option.name,
      flag: flagOf(option.name),
      usage: flagUsage(option),
      kind: option.kind === 'answer' ? 'answer' : option.param.kind,
      description: option.kind === 'answer' ? option.description : option.param.description,
      positional: isPositional(option),
      required: option.kind === 'param' && option.param.required === true,
      setting: option.kind === 'param' ? (option.param.setting ?? null) : null,
    })),
  }));

/** Lines of two columns, the second aligned. */
export const columns = (
  rows: readonly (readonly [left: string, right: string])[],
  { indent = 2 }: { readonly indent?: number } = {},
): string => {
  const column = widest(rows.map(([left]) => left));
  return rows.map(([left, right]) => `${' '.repeat(indent)}${left.padEnd(column)}  ${right}`.trimEnd()).join('\n');
};

const leftOf = (shape: CommandShape): string =>
  [shape.name, ...optionsOf(shape).filter(isRequiredPositional).map(positionalUsage)].join(' ');

const summaryOf = ({ description, aliases }: CommandShape): string => {
  const oneLine = description.replace(/\s+/g, ' ').trim();
  return aliases.length === 0 ? oneLine : `${oneLine} (also: ${aliases.join(', ')})`;
};

/** In the order of their first task; what has no group of its own comes last. */
const groupsOf = (shapes: readonly CommandShape[]): readonly string[] => {
  const groups = [...new Set(shapes.map(({ group }) => group))];
  return [...groups.filter((group) => group !== 'Other'), ...groups.filter((group) => group === 'Other')];
};

const widest = (texts: readonly string[]): number => Math.max(0, ...texts.map(({ length }) => length));

const cutTo = (line: string, width: number | undefined): string => {
  const letters = Array.from(line);
  return width === undefined || letters.length <= width
    ? line
    : `${letters.slice(0, Math.max(0, width - 1)).join('')}…`;
};
