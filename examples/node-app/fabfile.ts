import { command, defaultTasks, http, operation, role, sh } from 'fabwright';

const web = role('web');

const build = command('app.build', [web], sh`node build.mjs`);

/** One host after the other, and the next only when this one answers with the release. */
const restart = operation({
  name: 'app.restart',
  roles: [web],
  batch: 1,
  restarts: true,
  run: async ({ host, layout, release }) => {
    const port = String(host.vars['app_port']);
    await host.in(layout.current).run`sh bin/app restart ${layout.root} ${port}`;
    await http(`http://127.0.0.1:${port}/health?release=${release.id}`, { within: 10 }).check(host);
  },
});

export default defaultTasks({ roles: [web], build: [build], restart: [restart] });
