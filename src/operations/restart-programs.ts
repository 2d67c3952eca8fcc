import type { Session } from '../api.ts';
import { lingeringWords, processesOf } from './lingering.ts';
import { isService, type NameSettings } from './program-names.ts';
import { isUp, supervisorOn, type SupervisorSettings } from './supervisorctl.ts';

/**
 * Every program of this environment on one host, formplayer apart, under the configuration of the live
 * release. Stopping all first is far faster than having `update` stop them one by one.
 *
 * Web workers, too, are stopped and started, behind a drain. Asking gunicorn to reload (HUP) would be
 * gentler and is wrong here: its workers are forked from a master that stands in the release it was
 * started in, with that release's Python, so they would load the old code again (and with --preload the
 * master has all of it in memory); and a worker that cannot load its code ends the master and with it the
 * site. A second master (USR2) starts in the directory that the first one remembers, which is the old
 * release, too, and is no child of supervisord, which would start a third. Stopping ends with the
 * requests in flight: TERM to the master alone, which lets its workers finish within the graceful timeout.
 */
export const restartPrograms = async (
  host: Session,
  settings: SupervisorSettings & NameSettings,
  say: (sentence: string) => void,
): Promise<void> => {
  const supervisor = supervisorOn(host, settings);
  const isMeant = (name: string): boolean => isService(settings, name);
  const before = (await supervisor.status()).filter(({ name }) => isMeant(name));
  const running = before.filter(isUp).map(({ name }) => name);
  await supervisor.stop(running);
  const words = lingeringWords(await processesOf(host, settings, running));
  if (words !== undefined) say(words);
  const changed = await supervisor.update(isMeant);
  // What has changed runs already, or is gone.
  const after = changed.length === 0 ? before : (await supervisor.status()).filter(({ name }) => isMeant(name));
  await supervisor.start(after.filter(({ name }) => !changed.includes(name)).map(({ name }) => name));
};
