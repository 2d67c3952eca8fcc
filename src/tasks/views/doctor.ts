import { view, type HostSurvey, type Json } from '../../api.ts';

/** A host with less than this is told of: a release and its build want room. */
const scarceBytes = 1024 ** 3;
const scarceInodes = 50_000;

/** The survey as advice: what would stop or trouble a deploy, and what to type. */
export const doctorView = view({
  name: 'doctor',
  description: 'Check every host for what would stop a deploy, and say what to do.',
  show: (survey, { environment }) => {
    const advice = survey.hosts.map((host) => ({ host: host.host, advice: adviceFor(host, environment) }));
    const all = [
      ...survey.unreachable.map(({ host, sentence, hint }) => ({
        host,
        advice: [hint === undefined ? sentence : `${sentence}\n      ${hint}`],
      })),
      ...advice,
    ];
    const found = all.filter(({ advice: lines }) => lines.length > 0);
    const good = survey.hosts.filter(({ host }) => !found.some((each) => each.host === host));
    return {
      text: [
        ...found.flatMap(({ host, advice: lines }) => [`✗ ${host}`, ...lines.map((line) => `    ${line}`)]),
        ...good.map((host) => `✓ ${host.host}: ${summaryOf(host)}`),
      ].join('\n'),
      json: { hosts: Object.fromEntries(all.map(({ host, advice: lines }) => [host, lines])) as Json },
      status: found.length > 0 ? 1 : 0,
    };
  },
});

const adviceFor = (host: HostSurvey, environment: string): string[] => [
  ...(host.tools['git'] === undefined
    ? [`git is not in PATH (${host.path}): install it, or name its folder in the setting path`]
    : []),
  ...(host.tools['setsid'] === undefined ? ['setsid is missing: install util-linux'] : []),
  ...(host.tools['perl'] === undefined && host.tools['python3'] === undefined && host.tools['flock'] === undefined
    ? ['none of perl, python3 and flock is there, so no lock can be held: install util-linux']
    : []),
  ...(host.notWritable === undefined
    ? []
    : [`${host.user} may not write to ${host.notWritable}: see the settings root and sudo_user`]),
  ...(host.disk !== undefined && host.disk.freeBytes < scarceBytes
    ? [`only ${Math.round(host.disk.freeBytes / 1024 ** 2)} MiB are free: try fab ${environment} clean_releases`]
    : []),
  ...(host.disk !== undefined && host.disk.freeInodes < scarceInodes
    ? [`only ${host.disk.freeInodes} inodes are free: try fab ${environment} clean_releases`]
    : []),
  ...host.missingShared.map((path) => `shared/${path} is missing: fab ${environment} put_shared ${path} LOCAL-FILE`),
  ...(host.current.kind === 'not-a-link' ? [`${host.root}/current is a real directory: move it away by hand`] : []),
  ...(host.current.kind === 'foreign'
    ? [`${host.root}/current points to ${host.current.target}, which is no release`]
    : []),
  ...(host.current.kind === 'release' && !host.current.exists
    ? [`current points to ${host.current.id}, which is not there`]
    : []),
  ...(Math.abs(host.clockSkewSeconds) > 60
    ? [
        `its clock is ${Math.abs(host.clockSkewSeconds)} s ${host.clockSkewSeconds > 0 ? 'ahead of' : 'behind'} this machine's`,
      ]
    : []),
];

const summaryOf = ({ user, root, tools, disk, seesProcesses }: HostSurvey): string =>
  [
    `${user} in ${root}`,
    `git ${tools['git'] ?? '-'}`,
    ...(disk === undefined ? [] : [`${Math.round(disk.freeBytes / 1024 ** 3)} GiB free`]),
    ...(seesProcesses ? [] : ['processes of other users cannot be seen, so nothing younger than 7 days is deleted']),
  ].join(', ');
