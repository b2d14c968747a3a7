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
  readonly ingest: string;
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

export async function sendSample(projectDir: string, target: SampleTarget): Promise<SampleSending> {
  const freshener = createFreshener(Date.now());
  const deliveries: Delivery[] = [];
  for (const file of await sampleFiles(projectDir)) {
    const sample = JSON.parse(await readFile(file, 'utf8')) as Json;
    deliveries.push(...deliveriesOf(basename(file), freshener.freshen(sample), target));
  }
  const stopped = new AbortController();
  return {
    addresses: [...freshener.addresses],
    sent: Promise.all(deliveries.map((delivery) => deliver(delivery, target.ingest, stopped.signal))).then(() => {}),
    stop: () => stopped.abort(),
  };
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
  return (sample as unknown as { after_days: number; event: Json }[]).map(({ after_days, event }) => ({
    path: '/v1/events',
    headers,
    body: event,
    afterMs: (after_days * DAY_MS) / speed,
    file,
  }));
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
