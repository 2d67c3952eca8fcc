import { nearest } from '../model/nearest.ts';
import { problem, type Location, type Problem } from '../model/problem.ts';

/** Which queues the application sends tasks to. */
export interface QueueRules {
  readonly required: readonly string[];
  readonly optional: readonly string[];
}

/** Programs of celery that app-processes.yml lists among the queues. */
export const schedulers = ['beat', 'flower'] as const;

/** CommCare HQ's: a task for a required one waits for ever if nobody serves it. */
const commcareQueues: QueueRules = {
  required: [
    'analytics_queue',
    'async_restore_queue',
    'background_queue',
    'case_import_queue',
    'case_rule_queue',
    'celery',
    'celery_periodic',
    'email_queue',
    'export_download_queue',
    'reminder_case_update_queue',
    'reminder_queue',
    'reminder_rule_queue',
    'repeat_record_queue',
    'saved_exports_queue',
    'sms_queue',
    'ucr_queue',
  ],
  optional: [
    'dashboard_comparison_queue',
    'geospatial_queue',
    'icds_aggregation_queue',
    'icds_dashboard_reports_queue',
    'ils_gateway_sms_queue',
    'integration_queue',
    'linked_domain_queue',
    'logistics_background_queue',
    'logistics_reminder_queue',
    'malt_generation_queue',
    'pillow_retry_queue',
    'repeat_record_datasource_queue',
    'send_report_throttled',
    'submission_reprocessing_queue',
    'sumologic_logs_queue',
    'ucr_indicator_queue',
    'user_import_queue',
  ],
};

/**
 * The rules that the setting `celery_queues` gives, a `?` marking what nobody need serve; CommCare HQ's
 * where it says nothing, and none where it is empty or the application is another one.
 */
export const queueRules = (given: readonly string[] | undefined, isCommcare: boolean): QueueRules | undefined => {
  if (given === undefined) return isCommcare ? commcareQueues : undefined;
  if (given.length === 0) return undefined;
  return {
    required: given.filter((name) => !name.endsWith('?')),
    optional: given.filter((name) => name.endsWith('?')).map((name) => name.slice(0, -1)),
  };
};

interface Mention {
  readonly queue: string;
  readonly at: Location;
}

/** Queues that no task is sent to, where they stand, and queues that nobody serves. */
export const queueProblems = (
  mentions: readonly Mention[],
  rules: QueueRules | undefined,
  table: Location,
): readonly Problem[] => {
  if (rules === undefined) return [];
  const known = [...rules.required, ...rules.optional, ...schedulers];
  const unknown = mentions.filter(({ queue }) => !known.includes(queue));
  const served = new Set(mentions.map(({ queue }) => queue));
  const idle = rules.required.filter((queue) => !served.has(queue));
  return [
    ...unknown.map(({ queue, at }) => {
      const near = nearest(queue, known);
      return problem(`${queue} is no queue of the application.`, {
        at,
        hint: near === undefined ? declared : `Did you mean ${near}? ${declared}`,
      });
    }),
    ...(idle.length === 0
      ? []
      : [
          problem(`Nobody serves ${idle.join(', ')}: tasks sent there would wait for ever.`, {
            at: table,
            hint: `Add ${idle.length === 1 ? 'it' : 'them'} to a worker, or to "None" if nothing is ever sent there. ${declared}`,
          }),
        ]),
  ];
};

const declared = 'The setting celery_queues lists the queues of an application.';
