import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { describeFleet } from '../fleet/describe.ts';
import { jsonLines, well } from '../end-to-end/world.ts';
import type { Behaviour } from '../operations/mail/smtp-server.ts';
import { hook, openNotifiedWorld, password, type NotifiedWorld } from './notified-world.ts';

describeFleet('loopback', 'notifications', () => {
  let world: NotifiedWorld;
  beforeAll(async () => void (world = await openNotifiedWorld()), 120_000);
  afterAll(async () => world.stop());
  afterEach(async () => world.breakBuild(false));

  test('mail, a chat, a webhook and a command hear of the start and of the success', async () => {
    await world.prepare(
      { offers: ['STARTTLS', 'AUTH PLAIN'], login: { user: 'fab', password } },
      {
        smtp_user: 'fab',
        deploy_event_url: `${world.hooks}/events`,
        notify_command: `cat >> ${join(world.folder, 'notices')}`,
        custom_deploy_details: { team: 'acme' },
      },
    );
    const ran = await well(world.deploy());
    expect(world.smtp().mails.map(({ to, user, encrypted }) => ({ to, user, encrypted }))).toEqual([
      { to: ['ana@hq.example'], user: 'fab', encrypted: true },
      { to: ['ana@hq.example'], user: 'fab', encrypted: true },
    ]);
    expect(world.bodies()[0]).toContain('was started by');
    expect(world.bodies()[1]).toContain('is live on all 2 hosts, read back');
    const events = jsonLines(readFileSync(join(world.folder, 'notices'), 'utf8'));
    expect(events).toMatchObject([
      { event: 'deploy_started', environment: 'staging', details: { team: 'acme' } },
      { event: 'deploy_success', environment: 'staging', task: 'deploy' },
    ]);
    const posted = (path: string) => world.posts.filter((post) => post.path === path).map(({ body }) => body);
    expect(posted('/events').map((body) => JSON.parse(body) as unknown)).toEqual(events);
    expect(posted(`/${hook}`).map((body) => Object.keys(JSON.parse(body) as object))).toEqual([['text'], ['text']]);
    for (const secret of [password, hook, Buffer.from(`\0fab\0${password}`).toString('base64')])
      expect(ran.stdout + ran.stderr).not.toContain(secret);
  });

  test('a failure is told with what failed, its last words, and how to go on', async () => {
    await world.prepare({});
    await world.breakBuild(true);
    const ran = await world.deploy();
    expect(ran.status).toBe(1);
    const [, told] = world.bodies();
    expect(world.smtp().mails[1]?.data).toContain('Subject: deploy on staging has failed\n');
    const release = world.releases('web1', 'staging').at(-1) ?? '';
    expect(told).toContain(`(release ${release}) has failed. Go on with: fab staging deploy --resume ${release}`);
    expect(told).toContain('✗ app.build failed on web1 (1 of 2 hosts)');
    expect(told).toContain('the compiler is unhappy');
    const [, chat] = world.posts.map(({ body }) => (JSON.parse(body) as { text: string }).text);
    expect(chat).toContain('the compiler is unhappy');
  });

  describe('a mail server that', () => {
    const cases: readonly (readonly [string, Behaviour, RegExp])[] = [
      ['refuses', { answers: { RCPT: '550 No relaying' } }, /it answered «550 No relaying» to RCPT/],
      ['drops the line', { answers: { DATA: 'drop' } }, /it closed the connection/],
    ];
    const sentence = (event: string, reason: RegExp): RegExp =>
      new RegExp(`${event} could not be told through the mail server localhost:\\d+: ${reason.source}`);

    test.each(cases)('%s changes nothing about a success', async (_, behaviour, reason) => {
      await world.prepare(behaviour);
      const { status, stdout } = await well(world.deploy());
      expect(status).toBe(0);
      expect(stdout).toMatch(sentence('deploy_started', reason));
      expect(stdout).toMatch(sentence('deploy_success', reason));
      // The others were told all the same.
      expect(world.posts).toHaveLength(2);
    });

    test.each(cases)('%s hides nothing of a failure', async (_, behaviour, reason) => {
      await world.prepare(behaviour);
      await world.breakBuild(true);
      const live = world.current('staging');
      const { status, stdout } = await world.deploy();
      expect(status).toBe(1);
      expect(stdout).toContain('✗ app.build failed on web1');
      expect(stdout).toContain('the compiler is unhappy');
      expect(stdout).toMatch(sentence('deploy_failure', reason));
      expect(world.current('staging')).toEqual(live);
    });
  });

  test('nobody listening, a webhook that refuses and a command that fails are said, each for itself', async () => {
    await world.prepare(
      {},
      { deploy_event_url: `${world.hooks}/refuses`, notify_command: 'exit 3', mail_to: ['Ana <a@b>'] },
    );
    await world.smtp().close();
    const { stdout } = await well(world.deploy());
    expect(stdout).toContain('deploy_success could not be told through deploy_event_url: it answered 503.');
    expect(stdout).toContain('deploy_success could not be told through notify_command: it ended with 3.');
    expect(stdout).toContain('«Ana <a@b>» is no plain mail address.');
  });

  test('tag_deploy_commits tags what was deployed, once it was', async () => {
    const git = (...words: string[]) => world.repo.git(...words);
    const before = git('tag').split('\n');
    await world.prepare({}, { tag_deploy_commits: true });
    await world.breakBuild(true);
    expect((await world.deploy()).status).toBe(1);
    expect(git('tag').split('\n')).toEqual(before);
    await world.breakBuild(false);
    await well(world.deploy());
    const release = world.releases('web1', 'staging').at(-1) ?? '';
    expect(git('rev-parse', `${release}-staging-deploy`)).toBe(git('rev-parse', 'HEAD'));
  });

  test('email_enabled: false mails nobody, and --skip-record tells nobody', async () => {
    await world.prepare({}, { email_enabled: false });
    await well(world.deploy());
    expect([world.smtp().lines, world.posts.length]).toEqual([[], 2]);
    await world.prepare({});
    await well(world.deploy('--skip-record'));
    expect([world.smtp().lines, world.posts.length]).toEqual([[], 0]);
  });
});
