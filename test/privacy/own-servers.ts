import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { privatePostgres } from '../../src/store/private-postgres.ts';
import { openStore } from '../../src/store/store.ts';
import { connectTemporal, temporalSettings } from '../../src/temporal/connection.ts';
import { findTemporal } from '../../src/temporal/find-server.ts';
import { startTemporal } from '../../src/temporal/run-server.ts';
import { cleanups } from '../support/sandbox.ts';

/** A Postgres and a Temporal that keep everything on disk, for one test, and the folders they keep it in. */
export async function ownServers(keys: readonly Buffer[]) {
  const folder = await mkdtemp(join(tmpdir(), 'mapp-flows-bytes-'));
  cleanups.push(() => rm(folder, { recursive: true, force: true }));
  const postgres = await privatePostgres(folder, { fsync: 'off' });
  cleanups.push(() => postgres.release());
  const open = () => openStore(postgres.url, { keys });
  const store = { ...(await open()), url: postgres.url };
  cleanups.push(() => store.close());
  const env = { ...process.env, TEMPORAL_ADDRESS: undefined };
  const found = await findTemporal(env, (line) => console.error(line));
  if (found.kind === 'running') throw new Error(`the data file of the Temporal at ${found.address} cannot be read`);
  const dir = join(folder, 'temporal');
  const server = await startTemporal({ binary: found.binary, dir, port: 0, log: console.error });
  cleanups.push(() => server.stop());
  const settings = { ...temporalSettings(env), options: { address: server.address } };
  const connection = await connectTemporal(settings);
  cleanups.push(() => connection.close());
  return {
    store,
    temporal: { address: server.address, namespace: settings.namespace, settings, connection },
    /** another process's view of the store */
    open,
    folders: { postgres: join(folder, '.flows'), temporal: dir },
  };
}

/** Which of the words stand anywhere in the bytes of a folder's files: as they are, or in base64. */
export function wordsIn(folder: string, words: readonly string[]): string[] {
  const forms = words.map((word) => ({ word, forms: [word, ...base64Of(word)].map((form) => Buffer.from(form)) }));
  const found = new Set<string>();
  for (const file of filesUnder(folder)) {
    const bytes = bytesOf(file);
    for (const { word, forms: all } of forms) if (all.some((form) => bytes.includes(form))) found.add(word);
  }
  return words.filter((word) => found.has(word));
}

/** What of the word stands in the base64 of any longer text, by how many bytes come before it. */
function base64Of(word: string): string[] {
  return [0, 1, 2].map((before) => {
    const text = Buffer.concat([Buffer.alloc(before), Buffer.from(word)]).toString('base64');
    const bits = (before + word.length) * 8;
    return text.slice(Math.ceil((before * 8) / 6), Math.floor(bits / 6));
  });
}

/** Servers that run give up files of theirs at any time. */
function bytesOf(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return Buffer.alloc(0);
    throw error;
  }
}

function filesUnder(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}
