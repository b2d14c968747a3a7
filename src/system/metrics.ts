/** Counters and gauges of one process, in Prometheus' text format. */

export interface MetricDefinition {
  readonly help: string;
  /** names of the labels; their values come from bounded sets and are never personal data */
  readonly labels: readonly string[];
}
export type MetricDefinitions = { readonly [name: string]: MetricDefinition };

export interface Metrics<C extends string = string, G extends string = string> {
  /** `labels` in the order of the definition */
  add(counter: C, labels: readonly string[], by?: number): void;
  set(gauge: G, value: number, labels?: readonly string[]): void;
  /** text format 0.0.4 */
  render(): string;
}

export const METRICS_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

export function createMetrics<C extends MetricDefinitions, G extends MetricDefinitions>(
  counters: C,
  gauges: G,
): Metrics<keyof C & string, keyof G & string> {
  const values = new Map<string, Map<string, number>>();
  for (const name of [...Object.keys(counters), ...Object.keys(gauges)]) values.set(name, new Map());
  const seriesOf = (name: string, { labels: names }: MetricDefinition, labels: readonly string[]) => ({
    series: values.get(name)!,
    key: names.map((label, index) => `${label}="${escapeLabel(labels[index] ?? '')}"`).join(','),
  });
  return {
    add(counter, labels, by = 1) {
      if (by === 0) return;
      const { series, key } = seriesOf(counter, counters[counter]!, labels);
      series.set(key, (series.get(key) ?? 0) + by);
    },
    set(gauge, value, labels = []) {
      const { series, key } = seriesOf(gauge, gauges[gauge]!, labels);
      series.set(key, value);
    },
    render: () =>
      [...lines(counters, 'counter', values), ...lines(gauges, 'gauge', values)].map((line) => `${line}\n`).join(''),
  };
}

function lines(definitions: MetricDefinitions, type: string, values: ReadonlyMap<string, ReadonlyMap<string, number>>) {
  return Object.entries(definitions).flatMap(([name, { help }]) => [
    `# HELP ${name} ${help}`,
    `# TYPE ${name} ${type}`,
    ...[...values.get(name)!].map(([labels, value]) =>
      labels === '' ? `${name} ${value}` : `${name}{${labels}} ${value}`,
    ),
  ]);
}

function escapeLabel(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
