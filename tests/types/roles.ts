import { role } from 'fabwright';

export const web = role('webworkers');
export const celery = role('celery');
export const pillowtop = role('pillowtop', { optional: true });
export const proxy = role('proxy');
export const deploy = role('deploy', { groups: ['deploy', 'webworkers'], pick: 'first' });
export const database = role('postgresql');
