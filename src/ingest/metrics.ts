/** Counters of ingest, by label values; names and labels as Prometheus has them. */
const COUNTERS = {
  flows_ingest_requests_total: { help: 'Requests answered, by source and status.', labels: ['source', 'status'] },
  flows_ingest_events_total: {
    help: 'Events by source and outcome: accepted, duplicate, rejected, quarantined (an entry of the quarantine), ignored (backfill: ignore).',
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
export type Counter = keyof typeof COUNTERS;

const GAUGES = {
  flows_ingest_requests_in_hand: 'Requests that have begun and are not answered yet.',
  flows_inbox_backlog: 'Events in the store that wait to be decided; counted up to FLOWS_MAX_BACKLOG.',
} as const;
export type Gauge = keyof typeof GAUGES;

export interface Metrics {
  /** `labels` in the order of the counter's own; never personal data, and only names of a bounded set */
  add(counter: Counter, labels: readonly string[], by?: number): void;
  set(gauge: Gauge, value: number): void;
  /** Prometheus text format 0.0.4 */
  render(): string;
}

export function createMetrics(): Metrics {
  const series = new Map<Counter, Map<string, number>>();
  for (const counter of Object.keys(COUNTERS) as Counter[]) series.set(counter, new Map());
  const gauges = new Map<Gauge, number>();
  return {
    set: (gauge, value) => void gauges.set(gauge, value),
    add(counter, labels, by = 1) {
      if (by === 0) return;
      const names = COUNTERS[counter].labels;
      const key = names.map((name, index) => `${name}="${escapeLabel(labels[index] ?? '')}"`).join(',');
      const values = series.get(counter)!;
      values.set(key, (values.get(key) ?? 0) + by);
    },
    render() {
      const lines: string[] = [];
      for (const [counter, values] of series) {
        lines.push(`# HELP ${counter} ${COUNTERS[counter].help}`, `# TYPE ${counter} counter`);
        for (const [labels, value] of values) lines.push(`${counter}{${labels}} ${value}`);
      }
      for (const [gauge, value] of gauges) {
        lines.push(`# HELP ${gauge} ${GAUGES[gauge]}`, `# TYPE ${gauge} gauge`, `${gauge} ${value}`);
      }
      return lines.join('\n') + '\n';
    },
  };
}

function escapeLabel(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
