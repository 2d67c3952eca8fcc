import { list, text } from '../api.ts';

/** Settings that the names of supervisor's programs are made of. */
export const nameSettings = {
  project: text({ description: "the first part of the names of supervisor's programs", default: 'commcare-hq' }),
  deploy_env: text({ description: 'the name under which the hosts know this environment', default: '' }),
  formplayer_program: text({ description: "the name of formplayer's program, instead of the usual one" }),
  own_programs: list({
    description: "what the names of this environment's programs begin with, instead of `<project>-<deploy_env>-`",
  }),
} as const;

export interface NameSettings {
  readonly project: string;
  readonly deploy_env: string;
  readonly formplayer_program: string | undefined;
  readonly own_programs: readonly string[];
}

/** `commcare-hq-production-django`. */
export const programName = ({ project, deploy_env }: NameSettings, rest: string): string =>
  [project, deploy_env, rest].filter((part) => part !== '').join('-');

/** A host may run programs of other environments: nothing that we do concerns them. */
export const isOwn = (settings: NameSettings, name: string): boolean =>
  (settings.own_programs.length > 0 ? settings.own_programs : [`${programName(settings, '')}-`]).some((start) =>
    name.startsWith(start),
  );

/** Formplayer has a life of its own: a restart of the other services leaves it alone. */
export const formplayerProgram = (settings: NameSettings): string =>
  settings.formplayer_program ?? programName(settings, 'formsplayer-spring');

/** What a restart of services is about: the programs of this environment, formplayer apart. */
export const isService = (settings: NameSettings, name: string): boolean =>
  isOwn(settings, name) && name !== formplayerProgram(settings);
