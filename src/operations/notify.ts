import {
  choice,
  flag,
  list,
  operation,
  secret,
  sh,
  text,
  type OperationContext,
  type Param,
  type Role,
  type Session,
} from '../api.ts';
import { channelsOf, type Channel } from './channels.ts';
import { linesOf, manageCommand, managementSettings } from './management.ts';
import { endNotice, startNotice, type Notice } from './notice.ts';

const settings = {
  ...managementSettings('mail_command'),
  email_enabled: flag({ description: 'mail administrators when a deploy starts, fails and ends' }),
  smtp_server: text({ description: 'the mail server, host or host:port, that this machine hands its mail to' }),
  smtp_security: choice(['auto', 'starttls', 'tls', 'none'], {
    description: 'whether the way to the mail server is encrypted',
    default: 'auto',
  }),
  smtp_user: text({ description: 'the name that the mail server knows us by' }),
  smtp_password: secret({ description: 'goes with smtp_user' }),
  mail_from: text({ description: 'the address that mail comes from; the first of mail_to when not given' }),
  mail_to: list({ description: 'who is mailed' }),
  deploy_event_url: text({ description: 'gets an event for each deploy, as JSON' }),
  slack_webhook_url: secret({ description: 'an incoming webhook of a chat' }),
  notify_command: text({ description: 'a shell line on this machine; the event is on its standard input' }),
  code_repo: text({ description: 'where the code is cloned from' }),
  tag_deploy_commits: flag({ description: 'tag deployed commits in the code repository' }),
  custom_deploy_details: mapping('added to the record of a deploy, as it is'),
};

/**
 * Says that a deploy has begun and how it ended. All of it is told from this machine, so that it does
 * not depend on the new release, and nothing that goes wrong here ever stops or hides anything.
 */
export const notifyOperations = ({ deploy }: { readonly deploy: Role }) => {
  const common = {
    name: 'notify.announce',
    roles: [deploy],
    once: true,
    // A resume ends in its own way, and that is to be told, too.
    everyRun: true,
    settings,
  } as const;
  return {
    announce: operation({
      ...common,
      params: { skip_record: flag({ description: 'publish without recording a successful release' }) },
      run: async (context) => {
        if (!context.params.skip_record) await announce(context);
      },
    }),
    /** For tasks that make no record which could be left out. */
    announceAlways: operation({ ...common, run: (context) => announce(context) }),
  };
};

type Announcing = Pick<
  OperationContext<Record<never, never>, typeof settings, Record<never, never>>,
  'host' | 'release' | 'live' | 'run' | 'settings' | 'say'
>;

const announce = async ({ host, release, live, run, settings: given, say }: Announcing): Promise<void> => {
  const channels = channelsOf(given);
  const details = given.custom_deploy_details;
  const begun = startNotice(run, release, details);
  // Nobody waits for a mail server that hangs; what became of it is told when it is known.
  const told = tell(channels, begun, say);
  run.atEnd(async (end) => {
    await Promise.all([told, tell(channels, endNotice(run, release, end, details), say)]);
  });
  if (given.smtp_server !== undefined || !given.email_enabled) return;
  // By the live release, which works, unless it is the one that is being left.
  if (live === undefined || live.id > release.id) return;
  const [command] = linesOf(given, 'mail_command');
  if (command !== undefined) await mailBy(host.in(live.path), command, begun).catch(() => say(unmailed));
};

type Say = (sentence: string) => void;

const tell = async (channels: readonly Channel[], notice: Notice, say: Say): Promise<void> => {
  await Promise.all(
    channels.map((channel) =>
      channel.tell(notice).catch((thrown: unknown) => {
        say(`${notice.event} could not be told through ${channel.name}: ${(thrown as Error).message}.`);
      }),
    ),
  );
};

const unmailed = 'the administrators could not be mailed';

const mailBy = (there: Session, command: string, { user, task, environment, sentence }: Notice): Promise<void> =>
  there.run(sh`${manageCommand(command, ['--subject', `${user} has started ${task} on ${environment}`, sentence])}`);

/** A mapping that is handed on as it is. */
function mapping(description: string): Param<Readonly<Record<string, unknown>>> {
  return {
    kind: 'text',
    description,
    default: {},
    read: (value) =>
      typeof value === 'object' && value !== null && !Array.isArray(value)
        ? { ok: true, value: value as Readonly<Record<string, unknown>> }
        : { ok: false, failure: 'must be a mapping' },
  };
}
