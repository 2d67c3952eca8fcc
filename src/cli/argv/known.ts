import { shapeNamed, type CommandShape } from './shape.ts';
import { splitTask } from './fabric.ts';

/** What the words of a command line may refer to. */
export interface Known {
  readonly environments: readonly string[];
  readonly tasks: readonly CommandShape[];
  /** Commands of the CLI itself; a task of the same name goes first. */
  readonly commands?: readonly CommandShape[];
  /** Roles and groups: no tasks, but Fabric's users write them where a task stands. */
  readonly roles?: readonly string[];
  readonly hosts?: readonly string[];
  /** With `--help` a task needs neither an environment nor its arguments. */
  readonly help?: boolean;
}

export const shapesOf = ({ tasks, commands = [] }: Known): readonly CommandShape[] => [...tasks, ...commands];

/** The task that a word names, in Fabric's spelling too. */
export const taskIn = (word: string, shapes: readonly CommandShape[]): CommandShape | undefined =>
  shapeNamed(shapes, splitTask(word).name);
