import { expect, test } from '@jest/globals';
import { countPending } from '../../src/operations/database.ts';
import { linesOf, manageCommand, managementSettings } from '../../src/operations/management.ts';

test('a management command is what the settings say, else what the application usually has', () => {
  const given = (app: 'commcare' | 'django', migrate_command?: readonly string[]) =>
    linesOf({ app, migrate_command }, 'migrate_command');
  expect(given('commcare')).toEqual(['migrate_multi --noinput']);
  expect(given('django')).toEqual(['migrate --noinput']);
  expect(given('django', ['migrate --noinput app', 'migrate --noinput other'])).toHaveLength(2);
  for (const skipped of [[], [''], ['none']]) expect(given('commcare', skipped)).toEqual([]);
});

test('one text is a list of one, and nothing is not an empty list', () => {
  const { migrate_command: param } = managementSettings('migrate_command');
  expect(param.default).toBeUndefined();
  expect(param.read('migrate')).toEqual({ ok: true, value: ['migrate'] });
  expect(param.read([])).toEqual({ ok: true, value: [] });
});

test('words keep their quotes', () => {
  expect(manageCommand(`shell -c "x = '$HOME'"`, ['--flag']).text).toBe(
    `python_env/bin/python manage.py shell -c 'x = '\\''$HOME'\\''' --flag`,
  );
});

test('counts what showmigrations has not ticked', () => {
  expect(countPending('app\n [X] 0001_initial\n [ ] 0002_more\nother\n (no migrations)\n [ ] 0001_initial')).toBe(2);
  expect(countPending('')).toBe(0);
});
