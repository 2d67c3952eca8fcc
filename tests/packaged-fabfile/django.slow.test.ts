import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { openWorld, type Repository, type World } from '../end-to-end/world.ts';
import { describeFleet } from '../fleet/describe.ts';
import { documentedEnvironment, heard, liveRelease, repositoryOf } from './apps.ts';

const site = 'http://127.0.0.1:8000';
const root = 'www/production';

describeFleet('namespaces', 'a Django project, from an inventory and settings alone', () => {
  let world: World;
  let repository: Repository;

  beforeAll(async () => {
    world = await openWorld({ kind: 'namespaces', hosts: ['shop1'] });
    repository = repositoryOf(world, 'django');
    documentedEnvironment(world, 'django', repository);
    const program = readFileSync(join(repository.path, 'supervisor.conf'), 'utf8');
    const { code, stderr } = await world
      .host('shop1')
      .exec(
        `cat > /etc/supervisor/conf.d/shop.conf <<'END'\n${program}END\nsupervisord -c /etc/supervisor/supervisord.conf`,
      );
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  });
  afterAll(() => world.stop());

  test('without its local settings nothing is built', async () => {
    const { status, stderr } = await world.fab(['production', 'deploy', '--yes']);
    expect(status).toBe(2);
    expect(stderr).toContain('/home/deploy/www/production/shared/shop/local_settings.py is missing on shop1');
    expect(stderr).toContain('fab production put_shared shop/local_settings.py');
    expect(existsSync(world.host('shop1').path(root))).toBe(false);
  });

  test('with them it is checked, migrated, published, started by root’s supervisor, and asked', async () => {
    const file = world.write({
      'local_settings.py': 'SECRET_KEY = "not told to git"\nALLOWED_HOSTS = ["127.0.0.1"]\n',
    });
    expect(await world.fab(['production', 'put_shared', 'shop/local_settings.py', file])).toMatchObject({ status: 0 });
    const deploy = await world.fab(['production', 'deploy', '--yes']);
    expect(deploy).toMatchObject({ status: 0 });
    expect(deploy.stdout).toContain('Applying visits.0001_initial... OK');
    expect(await heard(world, 'shop1', `${site}/health`)).toContain(liveRelease(world));
    expect(await heard(world, 'shop1', site)).toBe('1 visits');
  });

  test('the next deploy keeps the database, adds to it, and starts another process', async () => {
    const before = await heard(world, 'shop1', `${site}/health`);
    repository.commit({
      'visits/migrations/0002_visit_page.py': `from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("visits", "0001_initial")]
    operations = [migrations.AddField("visit", "page", models.CharField(max_length=80, default="/"))]
`,
      'visits/models.py': `from django.db import models


class Visit(models.Model):
    at = models.DateTimeField(auto_now_add=True)
    page = models.CharField(max_length=80, default="/")
`,
    });
    const plan = await world.fab(['production', 'deploy', '--plan']);
    expect(plan.stdout).toContain('visits/migrations/0002_visit_page.py');
    const deploy = await world.fab(['production', 'deploy', '--yes']);
    expect(deploy).toMatchObject({ status: 0 });
    expect(deploy.stdout).toContain('Applying visits.0002_visit_page... OK');
    const after = await heard(world, 'shop1', `${site}/health`);
    expect(after).toContain(liveRelease(world));
    expect(after.split(' ')[1]).not.toBe(before.split(' ')[1]);
    expect(await heard(world, 'shop1', site)).toBe('2 visits');
  });

  test('a project that fails its own check publishes nothing', async () => {
    const before = liveRelease(world);
    repository.commit({ 'shop/urls.py': 'from visits import nothing\n' });
    const { status, stdout, stderr } = await world.fab(['production', 'deploy', '--yes']);
    expect(status).toBe(1);
    expect(stdout + stderr).toContain("ImportError: cannot import name 'nothing' from 'visits'");
    expect(liveRelease(world)).toBe(before);
  });
});
