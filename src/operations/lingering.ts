import { sh, type Session } from '../api.ts';
import { quietRead } from './quiet-read.ts';
import type { Program } from './supervisor-config.ts';
import type { SupervisorSettings } from './supervisorctl.ts';

/** In a command line: the moment at which the program was started, in seconds. */
export const startedMark = '{started}';

/**
 * A worker whose tasks may last for hours shuts down warm: it gets TERM, takes no further task, and ends
 * with those that it has begun. supervisord starts a program again only when it has stopped, so it must
 * not wait for that: what it runs is a shell that does nothing but wait for the worker. Stopping the shell
 * leaves the worker to itself, in the release that it was started in, and the next one starts at once
 * beside it.
 *
 * The worker is in a session of its own and has asked the kernel for TERM when its parent ends: whatever
 * ends the shell, also a crash of it, shuts the worker down warm, once. It writes its log itself: the pipe
 * to supervisord is broken when supervisord has done with the shell. Two of them may live at a time, so
 * `{started}` in the command line tells their names apart.
 */
export const lingering = (program: Program & { readonly log: string }): Program => ({
  ...program,
  command: `/bin/sh -c '${wrapper}' ${program.log} ${program.command}`,
  // Only what the shell itself has to say: a log that cannot be written, a worker that cannot be started.
  log: program.log.replace(/(\.log)?$/, '-start.log'),
  // TERM goes to the shell alone; from there the worker has its own way.
  asGroup: false,
  stopSeconds: 10,
});

const wrapper = [
  't=$(date +%s)',
  'for a; do shift; case $a in *{started}*) a=${a%%"{started}"*}$t${a#*"{started}"};; esac; set -- "$@" "$a"; done',
  'setsid setpriv --pdeathsig TERM "$@" </dev/null >>"$0" 2>&1 & wait $!',
].join('; ');

/** A process of a program that supervisord has stopped already. */
export interface Lingerer {
  readonly pid: number;
  readonly program: string;
  /** The directory it works in: of a release, by its real name. */
  readonly directory: string;
}

/**
 * Processes of these programs, whether supervisord knows them still or not: they carry the name that
 * supervisord gave them in their environment.
 */
export const processesOf = async (
  session: Session,
  { supervisor_user }: SupervisorSettings,
  programs: readonly string[],
): Promise<readonly Lingerer[]> => {
  if (programs.length === 0) return [];
  const host = supervisor_user === '' ? session : session.as(supervisor_user);
  const names = programs.map((name) => name.split(':').at(-1) ?? name);
  const wanted = names.flatMap((name) => ['-e', `SUPERVISOR_PROCESS_NAME=${name}`]);
  // Any of them may end while it is looked at.
  const output = await quietRead(
    host,
    sh`
for f in $(grep -lzxF ${wanted} /proc/[0-9]*/environ 2>/dev/null); do
  p=$(echo $f | tr -dc 0-9)
  n=$({ tr '\0' '\n' < $f; } 2>/dev/null | sed -n 's/^SUPERVISOR_PROCESS_NAME=//p')
  d=$(readlink /proc/$p/cwd 2>/dev/null) && [ -n "$n" ] && echo "$p $n $d"
done
:`,
  );
  return output.split('\n').flatMap((line) => {
    const [, pid, program, directory] = /^(\d+) (\S+) (.*)$/.exec(line) ?? [];
    return pid === undefined || program === undefined || directory === undefined
      ? []
      : [{ pid: Number(pid), program, directory }];
  });
};

/** What goes on after a stop, in words; nothing where nothing does. */
export const lingeringWords = (left: readonly Lingerer[]): string | undefined => {
  if (left.length === 0) return undefined;
  const programs = [...new Set(left.map(({ program }) => program))];
  const places = [...new Set(left.map(({ directory }) => directory.split('/').at(-1) ?? directory))];
  return `${programs.join(', ')} ${programs.length === 1 ? 'ends' : 'end'} with the tasks that are begun, in ${places.join(', ')}`;
};
