/** Preloaded into a run of the program: tells which modules it loads, one specifier or URL a line, in the file FAB_MODULES. */
import { appendFileSync } from 'node:fs';
import { register, Module } from 'node:module';

const file = process.env.FAB_MODULES;
if (file !== undefined) {
  const hook = `import { appendFileSync } from 'node:fs';
export const load = (url, context, next) => { appendFileSync(${JSON.stringify(file)}, url + '\\n'); return next(url, context); };`;
  register(`data:text/javascript,${encodeURIComponent(hook)}`);
  const original = Module._load;
  Module._load = function (request, ...more) {
    appendFileSync(file, `${request}\n`);
    return original.call(this, request, ...more);
  };
}
