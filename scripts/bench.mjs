/**
 * npm run bench: fabwright beside the tools that people deploy with, its cost over hosts, its cost over the
 * repository (bench/). UPDATE_DOCS=1 npm run bench: and writes the tables down in docs/performance.md.
 */
import { writeFileSync } from 'node:fs';
import { build } from './build.mjs';
import { writeDown } from './documents.mjs';
import { ensureDebianPackages, ensureNodeModules, ensureShipit, testPackages } from './setup.mjs';

/** Debian packages of the tools that are compared. */
const toolPackages = {
  fabric: { 'python3-fabric': 'Fabric' },
  capistrano: { capistrano: 'Capistrano' },
  ansible: { 'ansible-core': 'Ansible' },
  shipit: { rsync: 'how Shipit copies' },
};

const say = (line) => process.stderr.write(`${line}\n`);

// Leaving in the ordinary way takes the fleets along.
process.once('SIGINT', () => process.exit(130));
process.once('SIGTERM', () => process.exit(143));

ensureNodeModules();
const { createJiti } = await import('jiti');
const jiti = createJiti(import.meta.url);
const { toolNames, usage, wordsOf } = await jiti.import('../bench/measure/words.ts');

const read = () => {
  try {
    return wordsOf(process.argv.slice(2));
  } catch (error) {
    say(error.message);
    process.exit(2);
  }
};

/** Installs what the parts need; what cannot be had, its row says. */
const setUp = ({ parts, options }) => {
  const tools = parts.includes('peers') ? (options.tools ?? toolNames) : [];
  ensureDebianPackages(Object.assign({}, testPackages, ...tools.map((name) => toolPackages[name] ?? {})));
  if (tools.includes('shipit')) ensureShipit();
};

/** The words that decide what is measured, as somebody else would type them. */
const retold = (part) => {
  const all = process.argv.slice(2);
  const at = all.indexOf('--json');
  return [
    part,
    ...all.filter((word, index) => word !== part && (at === -1 || (index !== at && index !== at + 1))),
  ].join(' ');
};

const words = read();
if (words.help) process.stdout.write(usage);
else {
  setUp(words);
  await build();
  const { machineLine } = await jiti.import('../bench/measure/machine.ts');
  const date = new Date().toISOString().slice(0, 10);
  const figures = {};
  for (const part of words.parts) {
    const { bench } = await jiti.import(`../bench/${part}/command.ts`);
    const found = await bench(words.options, say);
    const text = `${date}: ${machineLine()}. \`npm run bench -- ${retold(part)}\`\n\n${found.markdown}`;
    process.stdout.write(`${text}\n\n`);
    figures[part] = found.figures;
    if (process.env.UPDATE_DOCS !== '1') continue;
    if (Object.keys(words.options).every((name) => name === 'rounds'))
      writeDown('docs/performance.md', `npm run bench -- ${part}`, text);
    else say('Not written down: that is for the whole of a part.');
  }
  if (words.json !== undefined)
    writeFileSync(words.json, `${JSON.stringify({ date, machine: machineLine(), figures }, null, 1)}\n`);
}
