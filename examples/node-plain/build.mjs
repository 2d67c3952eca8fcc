// The build step: makes the page.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';

mkdirSync('public', { recursive: true });
writeFileSync('public/index.html', `<!doctype html><title>${readFileSync('greeting.txt', 'utf8').trim()}</title>\n`);
