/** The sample events of a project: `samples/*.json`, sent as their producers would send them (see `samples/README.md`). */
import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { request } from 'undici';
import type { Json } from '../../plan/json.ts';
import type { Project } from '../../plan/project.ts';
import { SetupError } from '../../system/setup-error.ts';
import { createFreshener } from './freshen.ts';

const DAY_MS = 86_400_000;

export interface SampleSending {
  /** addresses of the sample's people */
  readonly addresses: readonly string[];
  /** resolves when the last event was accepted; rejects with a SetupError when one was refused */
  readonly sent: Promise<void>;
  stop(): void;
}

export interface SampleTarget {
  readonly project: Project;
  /** by source: the first secret that opens it */
  readonly secrets: { readonly [source: string]: readonly string[] };
  readonly speed: number;
}

interface Delivery {
  readonly path: string;
  readonly headers: { readonly [name: string]: string };
  readonly body: Json;
  readonly afterMs: number;
  readonly file: string;
}

export interface Sample {
  readonly addresses: readonly string[];
  readonly deliveries: readonly Delivery[];
}

/** Reads `samples/*.json`. Rejects with SetupError for what cannot be sent: no file, no JSON, another form. */
export async function readSample(projectDir: string, target: SampleTarget): Promise<Sample> {
  const freshener = createFreshener(Date.now());
  const deliveries: Delivery[] = [];
  for (const file of await sampleFiles(projectDir)) {
    const sample = readJson(file, await readFile(file, 'utf8'));
    deliveries.push(...deliveriesOf(basename(file), freshener.freshen(sample), target));
  }
  return { addresses: [...freshener.addresses], deliveries };
}

export function sendSample({ addresses, deliveries }: Sample, ingest: string): SampleSending {
  const stopped = new AbortController();
  return {
    addresses,
    sent: Promise.all(deliveries.map((delivery) => deliver(delivery, ingest, stopped.signal))).then(() => {}),
    stop: () => stopped.abort(),
  };
}

function readJson(file: string, content: string): Json {
  try {
    return JSON.parse(content) as Json;
  } catch (error) {
    throw new SetupError(`samples/${basename(file)} is no JSON (${(error as Error).message})`);
  }
}

async function sampleFiles(projectDir: string): Promise<string[]> {
  const dir = join(projectDir, 'samples');
  const names = await readdir(dir).catch(() => []);
  const files = names.filter((name) => name.endsWith('.json')).sort();
  if (files.length === 0) {
    throw new SetupError(
      `no sample events: ${dir} holds no .json file; start without --sample, or put some there as samples/README.md describes`,
    );
  }
  return files.map((name) => join(dir, name));
}

function deliveriesOf(file: string, sample: Json, { project, secrets, speed }: SampleTarget): Delivery[] {
  if (file.startsWith('mparticle')) {
    const source = sourceOf(project, 'mparticle_firehose', file);
    const headers = { authorization: `Token ${secrets[source]?.[0] ?? ''}` };
    return [{ path: `/v1/sources/${source}`, headers, body: sample, afterMs: 0, file }];
  }
  const api = Object.keys(project.sources).find((name) => project.sources[name]!.type === 'api');
  const headers: { [name: string]: string } =
    api === undefined ? {} : { authorization: `Bearer ${secrets[api]?.[0] ?? ''}` };
  const items = Array.isArray(sample) ? (sample as readonly Json[]) : [sample];
  return items.map((item, at) => {
    const { event, afterDays } = sampleEvent(item, `samples/${file}: event ${at + 1}`);
    return { path: '/v1/events', headers, body: event, afterMs: (afterDays * DAY_MS) / speed, file };
  });
}

function sampleEvent(item: Json, place: string): { readonly event: Json; readonly afterDays: number } {
  const { event, after_days: afterDays = 0 } = (item ?? {}) as { readonly event?: Json; readonly after_days?: Json };
  if (typeof event !== 'object' || event === null) {
    throw new SetupError(`${place} must be { "after_days": 0, "event": { … } }, the event as for POST /v1/events`);
  }
  if (typeof afterDays !== 'number' || !(afterDays >= 0)) {
    throw new SetupError(`${place}: "after_days" is ${JSON.stringify(afterDays)}: accepted is a number, 0 or more`);
  }
  return { event, afterDays };
}

function sourceOf(project: Project, type: string, file: string): string {
  const name = Object.keys(project.sources).find((one) => project.sources[one]!.type === type);
  if (name === undefined) throw new SetupError(`samples/${file} needs a source of type ${type} in mapp.yaml`);
  return name;
}

async function deliver(delivery: Delivery, ingest: string, signal: AbortSignal): Promise<void> {
  await pause(delivery.afterMs, signal);
  if (signal.aborted) return;
  const { statusCode, body } = await request(ingest + delivery.path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...delivery.headers },
    body: JSON.stringify(delivery.body),
  });
  const answer = await body.text();
  if (statusCode >= 300) throw new SetupError(`samples/${delivery.file} was refused with ${statusCode}: ${answer}`);
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
