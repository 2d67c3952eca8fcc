import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import fleetTasks from '../../fabfile.ts';
import { attachShape, cancelShape, knownHostsShape } from '../../src/cli/commands.ts';

const page = readFileSync(new URL('../../docs/coming-from-commcare-cloud.md', import.meta.url), 'utf8');
/** `fab <env> task --flag …`, as the page has them. */
const typed = [...page.matchAll(/`fab <env>((?: [^`]*)?)`/g)].map(([, words = '']) => words.trim());
const known = new Set([
  ...fleetTasks.flatMap(({ name, aliases }) => [name, ...aliases]),
  ...[attachShape, cancelShape, knownHostsShape].map(({ name }) => name),
]);

test('every task that the page names is one', () => {
  const tasks = typed.map((words) => words.split(' ')[0] ?? '').filter((task) => task !== '');
  expect(tasks.length).toBeGreaterThan(60);
  expect(tasks.filter((task) => !known.has(task))).toEqual([]);
});

test('every task of the fabfile that fab had is mapped, and named so', () => {
  const [, rows = ''] = page.split('## Tasks of fab');
  for (const { name } of fleetTasks.filter(({ group }) =>
    ['Deploy', 'Releases', 'Application', 'Services', 'Formplayer'].includes(group),
  ))
    expect(rows).toContain(`fab <env> ${name}`);
});

/** Every task and command of commcare-cloud that has to do with deploying. */
const theirs = [
  ...['deploy', 'awesome_deploy', 'deploy_commcare', 'setup_release', 'setup_limited_release', 'rollback'],
  ...['update_current', 'unlink_current', 'clean_releases', 'clean_offline_releases', 'apply_patch', 'reverse_patch'],
  ...['hotfix_deploy', 'force_update_static', 'set_supervisor_config', 'update_current_supervisor_config'],
  ...['supervisorctl', 'restart_services', 'restart_webworkers', 'start_celery', 'stop_celery', 'start_pillows'],
  ...['stop_pillows', 'kill_stale_celery_workers', 'reset_mvp_pillows', 'manage', 'preindex_views'],
  ...['perform_system_checks', 'check_status', 'deploy_formplayer', 'rollback_formplayer', 'deploy_airflow'],
  ...['prepare_offline_deploy', 'offline_setup_release', 'preview_deploy'],
  ...['deploy-diff', 'list-releases', 'clean-releases', 'preindex-views', 'service', 'django-manage'],
  ...['run-shell-command', 'run-module', 'ping', 'ssh', 'tmux', 'scp', 'rsync', 'forward-port', 'lookup'],
  ...['copy-files', 'ansible-playbook', 'deploy-stack', 'update-config', 'update-supervisor-confs', 'after-reboot'],
  ...['perform-system-checks', 'kill-stale-celery-workers', 'bootstrap-users', 'update-users'],
  ...['update-local-known-hosts', 'validate-environment-settings', 'secrets', 'audit-environment', 'downtime'],
  ...['send-datadog-event', 'fab'],
];

test('every task and command of theirs has a row', () => {
  const first = page.split('\n').flatMap((line) => (line.startsWith('| ') ? [line.split(' | ')[0] ?? ''] : []));
  const named = new Set(first.flatMap((cell) => [...cell.matchAll(/`([\w-]+)/g)].map(([, word]) => word)));
  expect(theirs.filter((name) => !named.has(name))).toEqual([]);
});
