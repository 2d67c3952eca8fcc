import { spawn } from 'node:child_process';
import type { Secret } from '../api.ts';
import { tagChannel } from './deploy-tag.ts';
import { isAddress } from './mail/message.ts';
import { sendMail, type MailServer } from './mail/smtp.ts';
import type { Notice } from './notice.ts';

/** A way to tell people; `tell` throws what stands in its way, as the rest of a sentence. */
export interface Channel {
  readonly name: string;
  tell(notice: Notice): Promise<void>;
}

export interface ChannelSettings {
  readonly code_repo: string | undefined;
  readonly tag_deploy_commits: boolean;
  readonly deploy_event_url: string | undefined;
  readonly slack_webhook_url: Secret | undefined;
  readonly notify_command: string | undefined;
  readonly email_enabled: boolean;
  readonly smtp_server: string | undefined;
  readonly smtp_security: MailServer['security'];
  readonly smtp_user: string | undefined;
  readonly smtp_password: Secret | undefined;
  readonly mail_from: string | undefined;
  readonly mail_to: readonly string[];
}

/** Milliseconds that nobody may keep a deploy waiting for longer. */
const patience = { post: 5000, command: 5000, mail: 10_000 };

/** All that the settings name, each for itself: one that fails keeps no other from being told. */
export const channelsOf = (settings: ChannelSettings): readonly Channel[] => {
  const { deploy_event_url: eventUrl, slack_webhook_url: slackUrl, notify_command: command } = settings;
  return [
    ...(eventUrl === undefined ? [] : [{ name: 'deploy_event_url', tell: (notice: Notice) => post(eventUrl, notice) }]),
    ...(slackUrl === undefined
      ? []
      : [{ name: 'slack_webhook_url', tell: (notice: Notice) => post(slackUrl.reveal(), { text: forChat(notice) }) }]),
    ...(command === undefined ? [] : [{ name: 'notify_command', tell: (notice: Notice) => pipe(command, notice) }]),
    ...mailChannel(settings),
    ...(settings.tag_deploy_commits && settings.code_repo !== undefined ? [tagChannel(settings.code_repo)] : []),
  ];
};

/** A chat shows a sentence; what failed is quoted below it. */
const forChat = ({ sentence, summary, event }: Notice): string =>
  event === 'deploy_failure' && summary !== '' ? `${sentence}\n\`\`\`\n${summary.slice(-2500)}\n\`\`\`` : sentence;

const post = async (url: string, content: object): Promise<void> => {
  try {
    const headers = { 'content-type': 'application/json' };
    const signal = AbortSignal.timeout(patience.post);
    const { ok, status } = await fetch(url, { method: 'POST', body: JSON.stringify(content), headers, signal });
    if (!ok) throw new Error(`it answered ${status}`);
  } catch (thrown) {
    const { name, message, cause } = thrown as Error;
    if (name === 'TimeoutError') throw new Error(`it did not answer within ${patience.post / 1000} s`);
    // fetch says only that it failed; why stands behind that.
    throw cause instanceof Error ? new Error(cause.message || message) : thrown;
  }
};

const pipe = (line: string, notice: Notice): Promise<void> =>
  new Promise((resolve, reject) => {
    // A session of its own: whatever it has started ends with it.
    const child = spawn('/bin/sh', ['-c', line], { stdio: ['pipe', 'ignore', 'ignore'], detached: true });
    const timer = setTimeout(() => {
      killGroup(child.pid);
      reject(new Error(`it had not ended after ${patience.command / 1000} s`));
    }, patience.command);
    child.on('error', (error) => {
      clearTimeout(timer);
      reject(error);
    });
    child.on('close', (status, signal) => {
      clearTimeout(timer);
      if (status === 0) resolve();
      else reject(new Error(`it ended with ${status ?? signal ?? 'no status'}`));
    });
    child.stdin.on('error', () => undefined); // It need not read what it is told.
    child.stdin.end(`${JSON.stringify(notice)}\n`);
  });

const killGroup = (leader: number | undefined): void => {
  try {
    if (leader !== undefined) process.kill(-leader, 'SIGKILL');
  } catch {
    // It ended in this very moment.
  }
};

const mailChannel = (settings: ChannelSettings): readonly Channel[] => {
  if (!settings.email_enabled || settings.smtp_server === undefined) return [];
  const { mail_to: to, smtp_server: address } = settings;
  return [
    {
      name: `the mail server ${address}`,
      tell: async (notice) => {
        const from = settings.mail_from ?? to[0] ?? '';
        const wrong = [from, ...to].filter((each) => !isAddress(each));
        if (to.length === 0) throw new Error('mail_to names nobody to mail to');
        if (wrong.length > 0) throw new Error(`«${wrong.join('», «')}» is no plain mail address`);
        const text = `${notice.sentence}\n${notice.summary === '' ? '' : `\n${notice.summary}`}`;
        await sendMail({ from, to, subject: subjectOf(notice), text }, serverOf(address, settings));
      },
    },
  ];
};

const subjectOf = ({ event, environment, task, user }: Notice): string => {
  switch (event) {
    case 'deploy_started':
      return `${user} has started ${task} on ${environment}`;
    case 'deploy_success':
      return `${task} on ${environment} is done`;
    case 'deploy_failure':
      return `${task} on ${environment} has failed`;
    case 'deploy_waiting':
      return `${task} on ${environment} waits`;
  }
};

const serverOf = (address: string, settings: ChannelSettings): MailServer => {
  const [, host = address, port] = /^\[?([^\]]+?)\]?(?::(\d{1,5}))?$/.exec(address) ?? [];
  return {
    host,
    port: port === undefined ? (settings.smtp_security === 'tls' ? 465 : 25) : Number(port),
    security: settings.smtp_security,
    user: settings.smtp_user,
    password: settings.smtp_password,
    patience: patience.mail,
  };
};
