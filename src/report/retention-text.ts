import type { Retention, Verdict } from '../plan/retention.ts';
import { hostsText } from './hosts-text.ts';
import { plain } from './plain.ts';
import { pad, textWidth } from './width.ts';
import { capped, counted } from './words.ts';

const mostLines = 20;

/** What cleaning would delete, what it would keep, and why. `hosts`: how many hosts are cleaned. */
export const retentionText = ({ verdicts }: Retention, hosts: number): readonly string[] => {
  const gone = verdicts.filter(({ keep }) => !keep);
  const kept = verdicts.filter(({ keep }) => keep);
  return [
    ...(gone.length === 0
      ? ['Cleaning would delete nothing']
      : [`Cleaning would delete ${counted(gone.length, 'release')}`, ...verdictLines(gone, hosts)]),
    ...(kept.length === 0 ? [] : [`and keep ${counted(kept.length, 'release')}`, ...verdictLines(kept, hosts)]),
  ];
};

const verdictLines = (verdicts: readonly Verdict[], hosts: number): readonly string[] => {
  const names = Math.max(...verdicts.map(({ name }) => textWidth(plain(name))));
  return capped(
    verdicts.map((verdict) => {
      const where = verdict.hosts.length === hosts ? '' : ` (on ${hostsText(verdict.hosts)})`;
      return `${pad(plain(verdict.name), names)}  ${plain(verdict.reason)}${where}`;
    }),
    mostLines,
  ).map((line) => `  ${line}`);
};
