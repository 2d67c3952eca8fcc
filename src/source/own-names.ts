/** Names at the top of a release that are the tool's own, `*` standing for anything: writing out spares them. */
export const ownNames: readonly string[] = ['.fab', 'KEEP_UNTIL__*'];

/** Whether a name at the top of a commit would collide with what the tool keeps there. */
export const isOwnName = (name: string): boolean =>
  ownNames.some((own) => (own.endsWith('*') ? name.startsWith(own.slice(0, -1)) : name === own));
