/** What would be published: the right files, none else, and a package.json that tells the truth about them. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from './build.mjs';
import { root } from './setup.mjs';

const required = [
  'package.json',
  'README.md',
  'LICENSE',
  'CHANGELOG.md',
  'releases-layout.md',
  'dist/cli/bin.js',
  'dist/index.js',
  'dist/index.d.ts',
  'dist/testing.js',
  'dist/testing.d.ts',
];
const allowed = /^(package\.json|README\.md|LICENSE|CHANGELOG\.md|releases-layout\.md|dist\/.+|docs\/.+)$/;
const unwanted = /(^|\/)(tests?|fixtures|bench|node_modules|\.cache|\.env)(\/|$)|\.test\.|\.tsbuildinfo$|\.tgz$/;
const largest = 2 * 1024 * 1024;

const packed = () => {
  const words = ['pack', '--dry-run', '--json', '--ignore-scripts'];
  const { status, stdout, stderr } = spawnSync('npm', words, { cwd: root, encoding: 'utf8' });
  if (status !== 0) throw new Error(`npm pack failed: ${stderr}`);
  const answer = JSON.parse(stdout);
  return Array.isArray(answer) ? answer[0] : Object.values(answer)[0];
};

const problemsWith = ({ files, unpackedSize }) => {
  const paths = files.map(({ path }) => path);
  return [
    ...required.filter((path) => !paths.includes(path)).map((path) => `${path} is missing`),
    ...paths.filter((path) => !allowed.test(path) || unwanted.test(path)).map((path) => `${path} does not belong in`),
    ...(unpackedSize > largest ? [`${unpackedSize} bytes unpacked; ${largest} are allowed`] : []),
  ];
};

/** The command as npm installs it: runnable by its first line. */
const binaryProblems = () => {
  const file = join(root, 'dist/cli/bin.js');
  if (!existsSync(file)) return [];
  const first = readFileSync(file, 'utf8').split('\n')[0];
  return first === '#!/usr/bin/env node' ? [] : ['dist/cli/bin.js does not begin with #!/usr/bin/env node'];
};

const publishingProblems = async () => {
  const [{ publint }, { formatMessage }] = await Promise.all([import('publint'), import('publint/utils')]);
  const { messages, pkg } = await publint({ pkgDir: root, level: 'warning', strict: true });
  return messages.map((message) => formatMessage(message, pkg, { color: false }) ?? message.code);
};

try {
  await build();
  const contents = packed();
  const problems = [...problemsWith(contents), ...binaryProblems(), ...(await publishingProblems())];
  for (const sentence of problems) process.stderr.write(`package: ${sentence}\n`);
  if (problems.length === 0) process.stdout.write(`package: ${contents.files.length} files, nothing wrong\n`);
  process.exitCode = problems.length === 0 ? 0 : 1;
} catch (error) {
  process.stderr.write(`package: ${error.message}\n`);
  process.exitCode = 1;
}
