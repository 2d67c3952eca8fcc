import { ansible } from './ansible.ts';
import { bash } from './bash.ts';
import { capistrano } from './capistrano.ts';
import { fabric } from './fabric.ts';
import { fabwright } from './fabwright.ts';
import { shipit } from './shipit.ts';
import type { Tool } from './tool.ts';

/** The tools in the order of the tables; `program` is the built dist/cli/bin.js. */
export const allTools = (program: string): readonly Tool[] => [
  fabwright(program),
  bash,
  fabric,
  capistrano,
  ansible,
  shipit,
];
