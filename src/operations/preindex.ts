import {
  count,
  durable,
  notYet,
  operation,
  shell,
  stepEnded,
  stepState,
  type Command,
  type Role,
  type Session,
} from '../api.ts';
import { linesOf, manageCommand, managementSettings } from './management.ts';

/**
 * The preindex of a release takes hours, so nobody waits for it where it starts: a durable step that is not
 * awaited, and a gate later that asks how it stands.
 */
export const preindexOperations = ({ role }: { readonly role: Role }) => {
  const settings = managementSettings('preindex_command', 'preindex_check_command');

  /** Every run looks: one that failed and was told is started again, one that runs is left alone. */
  const start = durable({
    name: 'preindex.start',
    roles: [role],
    once: true,
    everyRun: true,
    wait: false,
    settings,
    command: ({ settings: given }): Command | undefined => {
      const lines = linesOf(given, 'preindex_command').map((line) => manageCommand(line).text);
      return lines.length === 0 ? undefined : shell(lines.join(' && '));
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
    run: async (context) => {
      const { host, release, run, params, settings: given } = context;
      if (linesOf(given, 'preindex_command').length === 0) return;
      const { kind } = await stepState(context, start);
      const [check] = linesOf(given, 'preindex_check_command');
      // Nothing says how a lost one ended; the application itself can.
      if (kind === 'lost' && check !== undefined && (await isDone(host.in(release.path), check))) return;
      if (await stepEnded(context, start, { within: params.preindex_wait })) return;
      throw notYet(
        `The preindex of ${release.id} still runs on ${host.name}. Go on when it has ended: fab ${run.environment} ${run.task} --resume ${release.id}`,
      );
    },
  });

  return { start, gate };
};

const isDone = (there: Session, check: string): Promise<boolean> =>
  there.run(manageCommand(check)).then(
    () => true,
    () => false,
  );
