import { choice, text, type Params } from '../model/param.ts';
import type { CommandShape } from './argv/shape.ts';
import { initShape } from './init.ts';

const stepParams: Params = {
  step: text({ description: 'this step only', positional: true, placeholder: 'STEP' }),
};

/** `fab <env> known_hosts`, as the command line sees it. */
export const knownHostsShape: CommandShape = {
  name: 'known_hosts',
  aliases: [],
  description: 'Show the host keys of the fleet and pin them for this environment.',
  group: 'Commands',
  params: {},
  answers: [],
  needsEnvironment: true,
};

/** `fab <env> catch_up`, as the command line sees it. */
export const catchUpShape: CommandShape = {
  name: 'catch_up',
  aliases: [],
  description: 'Bring hosts that were left behind to the release of the fleet.',
  group: 'Deploy',
  params: {
    when_unreachable: choice(['abort', 'leave'], {
      description: 'what to do about hosts that still cannot be reached: stop, or leave them out',
    }),
  },
  answers: [],
  needsEnvironment: true,
};

/** `fab <env> attach [STEP]`, as the command line sees it. */
export const attachShape: CommandShape = {
  name: 'attach',
  aliases: [],
  description: 'Show the output of the durable steps that run, live and from its beginning.',
  group: 'Commands',
  params: stepParams,
  answers: [],
  needsEnvironment: true,
  takesWord: true,
};

/** `fab <env> cancel [STEP]`, as the command line sees it. */
export const cancelShape: CommandShape = {
  name: 'cancel',
  aliases: [],
  description: 'End the durable steps that run, or were lost, after asking.',
  group: 'Commands',
  params: stepParams,
  answers: [],
  needsEnvironment: true,
  takesWord: true,
};

/**
 * What the command line can do besides the tasks of a fabfile, as `--help` and the parser see it. What each does is
 * loaded when it is asked for.
 */
export const commands: readonly CommandShape[] = [initShape, knownHostsShape, catchUpShape, attachShape, cancelShape];
