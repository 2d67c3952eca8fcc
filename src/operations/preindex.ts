import { count, notYet, operation, sh, shell, type Command, type Role, type Session } from '../api.ts';
import { linesOf, manageCommand, managementSettings } from './management.ts';

/** What the files of a preindex say on its host. */
type State = 'done' | 'running' | 'failed' | 'absent';

/**
 * The preindex of a release goes on when the controller has gone: it is a process of its own, its
 * life shown by a lock, its end by a status file, both under the release's `.fab/`.
 */
export const preindexOperations = ({ role }: { readonly role: Role }) => {
  const settings = managementSettings('preindex_command', 'preindex_check_command');

  const start = operation({
    name: 'preindex.start',
    roles: [role],
    once: true,
    settings,
    run: async ({ host, release, settings: given, say }) => {
      const lines = linesOf(given, 'preindex_command');
      if (lines.length === 0) return;
      if ((await stateOf(host, release.path)) !== 'running') await host.in(release.path).run(startCommand(lines));
      say(`the preindex runs; it writes to ${release.path}/${log}`);
    },
  });

  /** Opens when the preindex has ended well. Until then: exit 5, and the release can be resumed. */
  const gate = operation({
    name: 'preindex.gate',
    roles: [role],
    once: true,
    params: {
      preindex_wait: count({
        description: 'seconds to wait for the preindex before giving up for now',
        default: 300,
        min: 0,
        placeholder: 'SECONDS',
      }),
    },
    settings,
    run: async ({ host, release, run, params, settings: given, say }) => {
      const lines = linesOf(given, 'preindex_command');
      if (lines.length === 0) return;
      const there = host.in(release.path);
      const [check] = linesOf(given, 'preindex_check_command');
      const deadline = Date.now() + params.preindex_wait * 1000;
      let state = await stateOf(host, release.path);
      if (state === 'absent') {
        if (check !== undefined && (await isDone(there, check))) return;
        say('the preindex does not run any more and has not ended; starting it again');
        await there.run(startCommand(lines));
        state = 'running';
      }
      while (state === 'running' && Date.now() < deadline) {
        // In slices: a command that is silent for long would be taken for dead.
        const slice = Math.min(60, Math.max(1, Math.ceil((deadline - Date.now()) / 1000)));
        await there.test`flock -w ${slice} ${lock} true`;
        state = await stateOf(host, release.path);
      }
      if (state === 'running')
        throw notYet(
          `The preindex of ${release.id} still runs on ${host.name}. Go on when it has ended: fab ${run.environment} ${run.task} --resume ${release.id}`,
        );
      if (state === 'done') return;
      const last = await there.read`tail -n 20 ${log} 2>/dev/null || :`;
      // Told once; the next one who resumes wants another try, not the same message.
      await there.run`mv -f ${status} ${`${status}.told`} 2>/dev/null || :`;
      throw new Error(`The preindex failed; the next --resume starts it again. Its last words:\n${last}`);
    },
  });

  return { start, gate };
};

const lock = '.fab/preindex.lock';
const log = '.fab/preindex.log';
const status = '.fab/preindex.status';

const isDone = (there: Session, check: string): Promise<boolean> =>
  there.run(manageCommand(check)).then(
    () => true,
    () => false,
  );

const stateOf = async (host: Session, path: string): Promise<State> => {
  const answer = await host.in(path).read(sh`if [ -e ${status} ]; then echo "ended $(cat ${status})"
elif [ -e ${lock} ] && ! flock -n ${lock} true; then echo running
elif [ -e ${status} ]; then echo "ended $(cat ${status})"
else echo absent; fi`);
  if (answer === 'running' || answer === 'absent') return answer;
  return answer === 'ended 0' ? 'done' : 'failed';
};

/**
 * In a session of its own, so that the end of this run does not end it. It waits for the lock, because
 * whoever looks whether it runs holds the lock for a moment.
 */
const startCommand = (lines: readonly string[]): Command => {
  const all = lines.map((line) => manageCommand(line).text).join(' && ');
  const work = shell(`(${all}) >>${log} 2>&1; echo $? >${status}.new; mv -f ${status}.new ${status}`);
  return sh`rm -f ${status} && : >>${lock} && { setsid flock -w 10 ${lock} sh -c ${work.text} </dev/null >/dev/null 2>&1 & }
n=0; while flock -n ${lock} true && [ ! -e ${status} ] && [ $n -lt 50 ]; do n=$((n+1)); sleep 0.1; done`;
};
