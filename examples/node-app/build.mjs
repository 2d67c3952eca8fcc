// The build step: makes the page from the version.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';

const version = readFileSync('version.txt', 'utf8').trim();
const escaped = version.replaceAll('&', '&amp;').replaceAll('<', '&lt;');

mkdirSync('public', { recursive: true });
writeFileSync(
  'public/index.html',
  `<!doctype html>
<meta charset="utf-8" />
<title>${escaped}</title>
<h1>${escaped}</h1>
<p>Release {{release}}</p>
`,
);
