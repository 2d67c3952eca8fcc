import { isAbsolute } from 'node:path';

const isLocal = (url: string): boolean => {
  const colon = url.indexOf(':');
  const slash = url.indexOf('/');
  return colon === -1 || (slash !== -1 && slash < colon);
};

const isDotted = (url: string): boolean => url.startsWith('./') || url.startsWith('../');

/**
 * A submodule's URL as git reads it: one that starts with `./` or `../` counts from the URL of the
 * repository it stands in, also over the colon of `host:path`.
 * @throws Error when the URL climbs higher than its parent has steps.
 */
export const resolveSubmoduleUrl = (parent: string, url: string): string => {
  if (!isDotted(url)) return url;
  let base = parent.replace(/\/$/, '');
  const isRelative = isLocal(base) && !isAbsolute(base);
  if (isRelative && !isDotted(base)) base = `./${base}`;
  let rest = url;
  let separator = '/';
  while (isDotted(rest)) {
    if (rest.startsWith('./')) {
      rest = rest.slice(2);
      continue;
    }
    rest = rest.slice(3);
    const slash = base.lastIndexOf('/');
    const colon = base.lastIndexOf(':');
    if (slash !== -1) base = base.slice(0, slash);
    else if (colon !== -1) {
      base = base.slice(0, colon);
      separator = ':';
    } else if (isRelative || base === '.') throw new Error(`The submodule URL «${url}» leads out of «${parent}».`);
    else base = '.';
  }
  const whole = `${base}${separator}${rest}`.replace(/\/$/, '');
  return whole.startsWith('./') ? whole.slice(2) : whole;
};
