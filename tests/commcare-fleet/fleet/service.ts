import type { HostFile, PlannedHost } from '../../fleet/types.ts';
import type { FleetPlan } from './plan.ts';

/** One program of a host's own supervisord: what a machine runs before anybody deploys to it. */
export interface HostProgram {
  readonly name: string;
  readonly command: string;
  readonly user: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** How it is asked to end; TERM where nothing is said. */
  readonly stopSignal?: 'INT' | 'QUIT' | 'TERM';
}

/** A service of the fleet: who runs it and with what. */
export interface Service {
  readonly name: string;
  /** A host of any of these groups runs it. */
  readonly groups: readonly string[];
  readonly port: number;
  program(plan: FleetPlan): HostProgram;
  files(plan: FleetPlan, all: readonly PlannedHost[]): readonly HostFile[];
  /** Shell lines at each boot before anything is started: what a crash left behind. */
  readonly atBoot?: readonly string[];
}

/** What the application logs in with, on PostgreSQL and RabbitMQ alike. */
export const login = { user: 'commcarehq', password: 'commcarehq-fleet', database: 'commcarehq' } as const;
