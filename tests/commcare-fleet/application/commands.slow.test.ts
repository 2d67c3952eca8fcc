import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { until } from '../../end-to-end/world.ts';
import { describeFleet } from '../../fleet/describe.ts';
import { stubPort } from '../fleet/stub.ts';
import { openApplicationHost, type ApplicationHost } from './application-host.ts';

/** Every management command that a deploy calls, in a deploy's order, on real databases. */
describeFleet('namespaces', "the application's management commands", () => {
  let hq: ApplicationHost;
  beforeAll(async () => void (hq = await openApplicationHost()), 300_000);
  afterAll(() => hq.dispose());

  /** What a command says when it ends with 0. */
  const says = async (line: string): Promise<string> => {
    const { code, stdout, stderr } = await hq.manage(line);
    expect({ line, code, stderr }).toMatchObject({ code: 0 });
    return stdout.trim();
  };
  /** What a command complains of when it ends with 1. */
  const complains = async (line: string): Promise<string> => {
    const { code, stderr } = await hq.manage(line);
    expect({ line, code, stderr }).toMatchObject({ code: 1 });
    return stderr.trim();
  };
  const stub = async (method: string, path: string): Promise<unknown> =>
    JSON.parse((await hq.host.exec(`curl -s -X ${method} http://127.0.0.1:${stubPort}${path}`)).stdout);
  const pending = async (): Promise<number> => (await says('showmigrations')).split('[ ]').length - 1;

  test('index a release beside the live one, and go on where they were killed', async () => {
    await hq.release(hq.repository.commits.first);
    expect(await complains('preindex_everything --check')).toMatch(/is not indexed yet/);
    const began = Date.now();
    await hq.start('preindex', 'python_env/bin/python manage.py preindex_everything 8');
    // On the host in one go: the rest takes two seconds.
    const killed = await hq.host.exec(
      'for i in $(seq 1500); do grep -q "forms_by_user .*: 100 of 300" /home/cchq/www/fleet/log/preindex.log && break; sleep 0.02; done; kill -KILL "$(cat /run/preindex.pid)"',
    );
    expect(killed).toMatchObject({ code: 0 });
    expect(await complains('preindex_everything --check')).toMatch(/is not indexed yet/);
    const rest = await says('preindex_everything 8');
    expect(rest).toMatch(/forms_by_user \w+: 300 of 300/);
    expect(rest).not.toMatch(/: (25|50|75) of 300/);
    expect(Date.now() - began).toBeGreaterThan(3000);
    expect(await says('preindex_everything --check')).toBe('');
  });

  test('have nothing to say against checkpoints before there are any', async () => {
    expect(await says('validate_kafka_pillow_checkpoints')).toBe('');
  });

  test('build static files that pages name by their content', async () => {
    for (const line of ['resource_static', 'collectstatic --noinput -v 0', 'fix_less_imports_collectstatic'])
      await says(line);
    await says('compilejsi18n');
    expect(await says('build_requirejs')).toBe('counter main');
    expect(await complains('check --deploy')).toMatch(/hqadmin.E001.*has no manifest/);
    await says('compress --force -v 0');
    await hq.run('touch staticfiles/CACHE/css/style.old.css');
    expect(await says('purge_compressed_files')).toMatch(/^1 deleted/);
    const manifest = JSON.parse((await hq.run('cat staticfiles/CACHE/manifest.json')).stdout) as Record<string, string>;
    expect(manifest).toEqual({
      'build/main.js': expect.stringMatching(/^CACHE\/js\/main\.[0-9a-f]{12}\.js$/),
      'hqwebapp/style.css': expect.stringMatching(/^CACHE\/css\/style\.[0-9a-f]{12}\.css$/),
    });
    const sheet = (await hq.run(`cat staticfiles/${manifest['hqwebapp/style.css'] ?? ''}`)).stdout;
    expect(sheet).toContain('#004ebc');
    expect(sheet).not.toContain('@import');
  });

  test('compile translations', async () => {
    expect(await says('update_django_locales')).toMatch(/^fr: [12] files$/m);
    await says('compilemessages -v 0');
    expect((await hq.run('ls locale/fr/LC_MESSAGES/django.mo')).code).toBe(0);
  });

  test('migrate once, however often they are asked', async () => {
    expect(await pending()).toBe(3);
    await says('sync_finish_couchdb_hq');
    const [one, two] = await Promise.all([says('migrate_multi --noinput'), says('migrate_multi --noinput')]);
    expect(`${one}${two}`.match(/Applying form_processor.0001_initial/g)).toHaveLength(1);
    expect(await pending()).toBe(0);
    expect(await says('migrate_multi --noinput')).toMatch(/No migrations to apply/);
  });

  test('make topics and turn aliases, once', async () => {
    expect(await says('create_kafka_topics')).toBe('form-sql: created\ncase-sql: created');
    expect(await says('create_kafka_topics')).toBe('form-sql: there already\ncase-sql: there already');
    expect(await says('ptop_es_manage')).toMatch(/^xforms: no index, wanted (xforms_\w+)$/m);
    expect(await says('ptop_es_manage --flip_all_aliases')).toMatch(/^xforms: (xforms_\w+), wanted \1$/m);
  });

  test('check the system, and for a deploy the database, too', async () => {
    expect(await says('check --deploy')).toMatch(/no issues/);
    expect(await says('check --deploy -t database')).toMatch(/no issues/);
    await hq.host.exec('supervisorctl stop postgresql');
    expect(await complains('check --deploy -t database')).toMatch(/hqadmin.E002/);
    expect(await says('check')).toMatch(/no issues/);
    await hq.host.exec('supervisorctl start postgresql');
    await until(async () => (await hq.manage('check --deploy -t database')).code === 0, 30, 'PostgreSQL is back');
  });

  test('tell monitoring of restarts, and record the deploy that ends them', async () => {
    expect(await says('deploy_in_progress')).toBe('deploy_in_progress for 300 s');
    const left = Number((await hq.host.exec('redis-cli ttl deploy_in_progress')).stdout);
    expect(left > 240 && left <= 300).toBe(true);
    await says('record_deploy_success --user ada --environment fleet --minutes 7 --commit abc');
    expect((await hq.host.exec('redis-cli exists deploy_in_progress')).stdout).toBe('0\n');
    expect(await hq.sql('SELECT "user", environment, minutes, "commit", release FROM hqadmin_hqdeploy')).toBe(
      'ada|fleet|7|abc|2026-11-20_09.00.01',
    );
  });

  test('mail the administrators, and say when nobody takes the mail', async () => {
    const mail = 'mail_admins --subject "It is done" "All is well"';
    expect(await says(mail)).toMatch(/no mail was sent/);
    const withMail = `env ADMINS=ada@example.org EMAIL_PORT=2525 python_env/bin/python manage.py ${mail}`;
    const refused = await hq.run(withMail);
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringMatching(/127.0.0.1:2525 took no mail/) });
    await hq.start('smtp', '/usr/bin/python3 -u -W ignore -m smtpd -n -c DebuggingServer 127.0.0.1:2525');
    await until(async () => (await hq.run(withMail)).code === 0, 20, 'the mail is taken');
    expect(hq.log('smtp')).toMatch(/Subject: .*It is done[\s\S]*To: ada@example.org[\s\S]*All is well/);
    await hq.end('smtp');
  });

  test("fill in supervisord's templates, or name what is missing", async () => {
    await hq.run('mkdir -p t && echo "[program:{{ project }}-django]" >t/django.conf');
    const line = 'make_supervisor_conf --conf_file t/django.conf --conf_destination services/supervisor --params';
    expect(await complains(`${line} '{"environment": "fleet"}'`)).toMatch(
      /wants project, which --params does not have/,
    );
    await says(`${line} '{"environment": "fleet", "project": "commcare-hq"}'`);
    expect((await hq.run('cat services/supervisor/fleet_django.conf')).stdout).toBe('[program:commcare-hq-django]\n');
  });

  test('refuse checkpoints that kafka has forgotten', async () => {
    const values = "'xform-pillow', 'form-sql', 0, 5";
    await hq.sql(`INSERT INTO pillowtop_kafkacheckpoint (pillow, topic, partition, "offset") VALUES (${values})`);
    expect(await complains('validate_kafka_pillow_checkpoints')).toMatch(/1 checkpoints are not in kafka/);
    expect(await says('validate_kafka_pillow_checkpoints --print-only')).toBe(
      'xform-pillow form-sql/0: 5 is not between 0 and 0',
    );
    await hq.sql('DELETE FROM pillowtop_kafkacheckpoint');
    await says('validate_kafka_pillow_checkpoints');
  });

  test('prune the indexes of code that is gone', async () => {
    const { commits } = hq.repository;
    const signatures = async (): Promise<number> =>
      ((await stub('GET', '/couchdb')) as { indexes: readonly unknown[] }).indexes.length;
    expect(await signatures()).toBe(2);
    await hq.release(commits.newIndexes);
    expect(await complains('preindex_everything --check')).toMatch(/is not indexed yet/);
    expect(await complains('sync_finish_couchdb_hq')).toMatch(/forms_by_xmlns: .* has 0 of 300 documents/);
    await says('preindex_everything');
    expect(await signatures()).toBe(3);
    await hq.release(commits.first);
    expect(await says('prune_couch_views --noinput')).toMatch(/^forms_by_xmlns \w+\n1 deleted$/);
    expect(await signatures()).toBe(2);
  });
});
