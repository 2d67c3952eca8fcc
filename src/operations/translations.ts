import { operation, type Role } from '../api.ts';
import { linesOf, manageAll, managementSettings } from './management.ts';

/** Translations, compiled on every host that runs the code. */
export const translationOperations = ({ roles }: { readonly roles: readonly Role[] }) => ({
  update: operation({
    name: 'translations.update',
    roles,
    settings: managementSettings('translation_commands'),
    run: ({ host, release, settings }) => manageAll(host, release.path, linesOf(settings, 'translation_commands')),
  }),
});
