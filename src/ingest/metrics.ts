import * as system from '../system/metrics.ts';

const COUNTERS = {
  flows_ingest_requests_total: { help: 'Requests answered, by source and status.', labels: ['source', 'status'] },
  flows_ingest_events_total: {
    help: 'Events by source and outcome: accepted, duplicate (what is in quarantine already, too), rejected, quarantined (a new entry there), ignored (backfill: ignore).',
    labels: ['source', 'outcome'],
  },
  flows_ingest_unconverted_fields_total: {
    help: 'Declared fields that were missing or not of their type, by source.',
    labels: ['source'],
  },
  flows_ingest_identity_conflicts_total: {
    help: 'Identifiers that belong to another person than the event, by source.',
    labels: ['source'],
  },
} as const;

const GAUGES = {
  flows_ingest_requests_in_hand: { help: 'Requests that have begun and are not answered yet.', labels: [] },
  flows_inbox_backlog: {
    help: 'Events in the store that wait to be decided; counted up to FLOWS_MAX_BACKLOG.',
    labels: [],
  },
} as const;

export type Metrics = system.Metrics<keyof typeof COUNTERS, keyof typeof GAUGES>;

export const createMetrics = (): Metrics => system.createMetrics(COUNTERS, GAUGES);
