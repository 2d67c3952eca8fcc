import { text, view, type Json } from '../../api.ts';
import { short } from './table.ts';

/** What a deploy would ship, without planning one. */
export const previewDeploy = view({
  name: 'preview_deploy',
  description: 'Show what a deploy would ship: commits, submodules, migrations.',
  ships: true,
  params: {
    branch: text({ description: 'the branch or tag to look at', setting: 'default_branch', placeholder: 'B' }),
    commit: text({ description: 'the commit to look at', placeholder: 'SHA' }),
  },
  show: (_survey, { shipment }) => {
    if (shipment === undefined)
      return { text: 'There is no code_repo in the settings, so there is nothing to ship.', json: null };
    const { from, to, ref, commits, undone, submodules, migrations, changedFiles } = shipment;
    const lines = [
      `${from === undefined ? 'nothing of ours is live' : `live is ${short(from)}`}; ${ref} is ${short(to)}.`,
      ...(from === to ? ['Nothing would change.'] : [`${commits.length} commits, ${changedFiles} changed files:`]),
      ...commits.map(({ hash, author, subject }) => `  ${short(hash)}  ${author}: ${subject}`),
      ...(undone.length > 0
        ? [
            `${undone.length} commits that are live would go away:`,
            ...undone.map(({ hash, author, subject }) => `  ${short(hash)}  ${author}: ${subject}`),
          ]
        : []),
      ...submodules.map(({ path, from: before, to: after }) => `submodule ${path}: ${short(before)} → ${short(after)}`),
      ...(migrations.length > 0 ? ['New migrations:', ...migrations.map((path) => `  ${path}`)] : []),
    ];
    return { text: lines.join('\n'), json: shipment as unknown as Json };
  },
});
