import { list, operation, sh, text, type Role } from '../api.ts';

/**
 * A virtualenv in each release, at `python_env`, made where it will stay. Nothing in it leads to
 * `current`, so that installing for a new release never changes the live one.
 */
export const pythonOperations = ({ roles }: { readonly roles: readonly Role[] }) => ({
  virtualenv: operation({
    name: 'python.virtualenv',
    roles,
    settings: {
      python: text({ description: 'the Python that virtualenvs are made with', default: 'python3' }),
      virtualenv_options: list({ description: 'further words for python -m venv' }),
      python_requirements: list({ description: 'requirements files in the code; none: nothing is installed' }),
      pip_options: list({ description: 'further words for pip install' }),
    },
    run: async ({ host, release, settings }) => {
      const files = settings.python_requirements;
      // Without anything to install pip is not needed, and it is most of the time that a venv takes.
      const options = [...settings.virtualenv_options, ...(files.length === 0 ? ['--without-pip'] : [])];
      const there = host.in(release.path);
      // What an earlier try left is never built upon.
      await there.run`rm -rf python_env && ${[settings.python]} -m venv ${options} python_env`;
      if (files.length === 0) return;
      await there.run(
        sh`python_env/bin/python -m pip install --quiet --disable-pip-version-check --timeout 60 ${settings.pip_options} ${files.flatMap((file) => ['-r', file])}`,
      );
    },
  }),

  /**
   * After everything untracked was taken over from the live release: the scripts of the copied
   * virtualenv name the release they were made in, and must name their own.
   */
  relocate: operation({
    name: 'python.relocate',
    roles,
    run: async ({ host, release, live }) => {
      if (live === undefined || live.path === release.path) return;
      await host.in(release.path).run`[ -d python_env ] || exit 0
grep -rIlF --exclude-dir=__pycache__ -e ${live.path} python_env | while IFS= read -r file; do
  if [ ! -L "$file" ]; then sed -i -e ${`s|${regularExpression(live.path)}|${release.path}|g`} "$file" || exit 1; fi
done`;
    },
  }),
});

const regularExpression = (path: string): string => path.replace(/[.[\]*^$\\|]/g, '\\$&');
