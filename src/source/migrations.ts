const inMigrations = /(^|\/)migrations?\/.*\.(py|rb|sql|js|ts)$/;
const inDbMigrate = /(^|\/)db\/migrate\//;

/** Whether a path looks like a database migration, by the habits of Django, Rails, Knex, Flyway and their like. */
export const looksLikeMigration = (path: string): boolean =>
  (inMigrations.test(path) || inDbMigrate.test(path)) && !/(^|\/)__init__\.py$/.test(path);
