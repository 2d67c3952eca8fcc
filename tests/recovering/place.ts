import { spawnSync } from 'node:child_process';
import {
  chownSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parse, stringify } from 'yaml';
import { main } from '../../src/cli/main.ts';
import { startFleet, type Fleet, type FleetOptions } from '../fleet/index.ts';

/** What came of a line that was typed. */
export interface Answered {
  readonly status: number;
  /** Both streams, in the order they were written, without what only tells that something is going on. */
  readonly lines: readonly string[];
}

/** A fleet with the environment `production`, and somebody at a terminal in front of it who says yes. */
export interface Place {
  readonly fleet: Fleet;
  readonly hosts: readonly string[];
  /** The folder of all environments; other folders of the person lie beside it. */
  readonly environments: string;
  /** `fab …` as the command line takes it; `ssh HOST COMMAND` on the host. A new deploy has something new to ship. */
  type(line: string): Promise<Answered>;
  /** A file of a host, from `~/www/production` on. */
  path(host: string, file: string): string;
  /** Where `current` points; undefined when it is no link. */
  current(host: string): string | undefined;
  /** The fabfile that is typed with and deployed from; the packaged one unless a text is given. */
  readonly fabfile: string;
  useFabfile(text: string | undefined): void;
  /** Puts a program of this name first in the PATH of what production runs on the hosts. */
  program(name: string, script: string): void;
  /** Keeps what lies on the hosts, and puts it back: the environment, too. */
  keep(name: string): void;
  putBack(name: string): void;
  stop(): Promise<void>;
}

/** Runs the command line in this process: a fleet of three with a state of its own, in a moment. */
export const openPlace = async (
  options: FleetOptions,
  settings: Readonly<Record<string, unknown>> = {},
): Promise<Place> => {
  const folder = mkdtempSync(join(tmpdir(), 'fab-recovering-'));
  const fleet = await startFleet(options);
  const environments = join(folder, 'environments');
  const code_repo = join(folder, 'app');
  const commit = commitsTo(code_repo);
  const restore = withVariables({
    FAB_ENVIRONMENTS: environments,
    XDG_CACHE_HOME: join(folder, 'cache'),
    XDG_STATE_HOME: join(folder, 'state'),
    NO_COLOR: '1',
  });
  const file = join(environments, 'production', 'fab-settings.yml');
  const hosts = fleet.hosts.map(({ name }) => name);
  const path = (host: string, name: string): string => fleet.host(host).path(join('www/production', name));
  for (const host of hosts) {
    mkdirSync(fleet.host(host).path('www'));
    const { uid, gid } = statSync(fleet.host(host).path('.'));
    chownSync(fleet.host(host).path('www'), uid, gid);
  }
  fleet.writeEnvironment(environments, 'production', { settings: { code_repo, ...settings } });
  const set = (more: Readonly<Record<string, unknown>>): void =>
    writeFileSync(file, stringify({ ...(parse(readFileSync(file, 'utf8')) as object), ...more }));
  let fabfile = 'packaged';
  return {
    fleet,
    hosts,
    get fabfile() {
      return fabfile;
    },
    useFabfile: (text) => {
      fabfile = text === undefined ? 'packaged' : join(folder, 'fabfile.ts');
      if (text !== undefined) writeFileSync(fabfile, text);
    },
    environments,
    path,
    type: (line) => {
      if (line.startsWith('ssh ')) return onHost(fleet, line);
      if (/ (deploy|hotfix_deploy)\b/.test(line) && !line.includes('--resume')) commit();
      return fab(line.split(' ').slice(1), fabfile);
    },
    current: (host) => {
      try {
        return readlinkSync(path(host, 'current')).replace('releases/', '');
      } catch {
        return undefined;
      }
    },
    program: (name, script) => {
      mkdirSync(join(folder, 'bin'), { recursive: true });
      writeFileSync(join(folder, 'bin', name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
      set({ path: [join(folder, 'bin')] });
    },
    keep: (name) => {
      for (const host of hosts) copy(fleet.host(host).path('www'), join(folder, name, host));
      copy(environments, join(folder, name, 'environments'));
    },
    putBack: (name) => {
      for (const host of hosts) copy(join(folder, name, host), fleet.host(host).path('www'));
      copy(join(folder, name, 'environments'), environments);
    },
    stop: async () => {
      restore();
      await fleet.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
};

/** With owners, links and times, in place of what is there. */
const copy = (from: string, to: string): void => {
  mkdirSync(dirname(to), { recursive: true });
  const { status, stderr } = spawnSync('sh', ['-c', 'rm -rf "$2" && cp -a "$1" "$2"', 'copy', from, to], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(stderr);
};

const commitsTo = (repository: string): (() => void) => {
  mkdirSync(repository, { recursive: true });
  let count = 0;
  const git = (...words: readonly string[]): void => {
    const as = ['-c', 'user.name=Ana', '-c', 'user.email=ana@example.org'];
    const { status, stderr } = spawnSync('git', [...as, ...words], { cwd: repository, encoding: 'utf8' });
    if (status !== 0) throw new Error(stderr);
  };
  git('init', '-q', '-b', 'master');
  return () => {
    count += 1;
    writeFileSync(join(repository, 'version.txt'), `${count}\n`);
    git('add', '-A');
    git('commit', '-q', '-m', `Change ${count}`);
  };
};

const withVariables = (variables: Readonly<Record<string, string>>): (() => void) => {
  const before = Object.keys(variables).map((name) => [name, process.env[name]] as const);
  Object.assign(process.env, variables);
  return () => {
    for (const [name, value] of before)
      if (value === undefined) Reflect.deleteProperty(process.env, name);
      else process.env[name] = value;
  };
};

const onHost = async (fleet: Fleet, line: string): Promise<Answered> => {
  const [, host = '', command = ''] = /^ssh (?:root@)?(\S+) (.*)$/.exec(line) ?? [];
  const { code, stdout, stderr } = await fleet.host(host).exec(command.replace(/^'(.*)'$/, '$1'));
  return { status: code, lines: `${stdout}${stderr}`.split('\n') };
};

const fab = async (words: readonly string[], fabfile: string): Promise<Answered> => {
  const { status, said } = await listening(() => main([...words, '--yes', '--fabfile', fabfile]));
  return { status, lines: said.split('\n').filter((line) => !line.startsWith('looking at ')) };
};

/** What is written meanwhile goes to neither stream. */
const listening = async (act: () => Promise<number>): Promise<{ readonly status: number; readonly said: string }> => {
  let said = '';
  const take = (text: string | Uint8Array): boolean => {
    said += typeof text === 'string' ? text : Buffer.from(text).toString();
    return true;
  };
  const listeners = [process.stdout, process.stderr].map((stream) => [stream, stream.listeners('error')] as const);
  const [{ stdout, stderr }, out, err] = [
    process,
    process.stdout.write.bind(process.stdout),
    process.stderr.write.bind(process.stderr),
  ];
  Object.assign(stdout, { write: take });
  Object.assign(stderr, { write: take });
  try {
    const status = await act();
    return { status, said };
  } finally {
    Object.assign(stdout, { write: out });
    Object.assign(stderr, { write: err });
    // The command line listens once in its life; here it has many.
    for (const [stream, before] of listeners)
      for (const listener of stream.listeners('error'))
        if (!before.includes(listener)) stream.off('error', listener as () => void);
  }
};
