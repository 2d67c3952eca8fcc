import { writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { openWorld, type Ran, type Repository, type World } from '../end-to-end/world.ts';
import { certificate, startSmtp, type Behaviour, type SmtpServer } from '../operations/mail/smtp-server.ts';

const fabfile = `
import { codeOperations, confirmGuard, newRelease, notifyOperations, operation, releaseOperations, role, task } from 'fabwright';
const web = role('web');
const release = releaseOperations({ roles: [web] });
const code = codeOperations({ roles: [web] });
const notify = notifyOperations({ deploy: role('deploy', { groups: ['web'], pick: 'first' }) });
const build = operation({
  name: 'app.build',
  roles: [web],
  run: ({ host }) => host.run\`echo the compiler is unhappy; [ ! -e ~/fail ]\`,
});
export default [
  task({
    name: 'deploy', description: 'Deploy.', guards: [confirmGuard], release: newRelease,
    steps: [release.create, notify.announce, code.update, build, release.publish],
  }),
];
`;
export const password = 'pw zq4711wx';
export const hook = 'T0/zq4712hook';
const pair = certificate();

/** Keeps what it is posted, by path. */
const startHooks = async (): Promise<{ server: Server; url: string; posts: { path: string; body: string }[] }> => {
  const posts: { path: string; body: string }[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (text: string) => (body += text));
    request.on('end', () => {
      posts.push({ path: request.url ?? '', body });
      response.writeHead(request.url === '/refuses' ? 503 : 200).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, posts };
};

/** A small fleet, a mail server and webhooks on this machine, and a fabfile that announces. */
export interface NotifiedWorld extends World {
  readonly repo: Repository;
  /** Address of the webhooks; what they were posted is kept by path. */
  readonly hooks: string;
  readonly posts: { path: string; body: string }[];
  /** The mail server of the last `prepare`. */
  smtp(): SmtpServer;
  /** Texts of the mails that it took. */
  bodies(): readonly string[];
  /** Writes the environment `staging`, with a mail server that behaves so. */
  prepare(behaviour: Behaviour, settings?: Readonly<Record<string, unknown>>): Promise<void>;
  deploy(...words: readonly string[]): Promise<Ran>;
  /** The next deploys' builds fail on web1, or no longer. */
  breakBuild(broken: boolean): Promise<void>;
}

export const openNotifiedWorld = async (): Promise<NotifiedWorld> => {
  const [world, { server, url, posts }] = await Promise.all([openWorld({ kind: 'loopback', hosts: 2 }), startHooks()]);
  const file = world.write({ 'fabfile.ts': fabfile, 'ca.pem': pair.cert });
  const repo = world.repository('app');
  let smtp: SmtpServer | undefined;
  const current = (): SmtpServer => {
    if (smtp === undefined) throw new Error('Nothing is prepared.');
    return smtp;
  };
  return {
    ...world,
    repo,
    hooks: url,
    posts,
    smtp: current,
    bodies: () =>
      current().mails.map(({ data }) => Buffer.from(data.split('\n\n')[1] ?? '', 'base64').toString('utf8')),
    prepare: async (behaviour, settings = {}) => {
      await smtp?.close();
      smtp = await startSmtp(behaviour, pair);
      const folder = world.environment('staging', {
        groups: { web: ['web1', 'web2'] },
        settings: {
          code_repo: repo.path,
          ...{ smtp_server: `localhost:${smtp.port}`, mail_from: 'fab@hq.example', mail_to: ['ana@hq.example'] },
          ...settings,
        },
      });
      const secrets = `SMTP_PASSWORD="${password}"\nSLACK_WEBHOOK_URL=${url}/${hook}\n`;
      writeFileSync(join(folder, '.env'), secrets, { mode: 0o600 });
      posts.length = 0;
    },
    deploy: (...words) =>
      world.fab(['staging', 'deploy', '--yes', '--verbose', '--fabfile', file, ...words], {
        env: { NODE_EXTRA_CA_CERTS: join(world.folder, 'ca.pem') },
      }),
    breakBuild: async (broken) => {
      await world.host('web1').exec(broken ? 'touch ~/fail' : 'rm -f ~/fail');
    },
    stop: async () => {
      await smtp?.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await world.stop();
    },
  };
};
