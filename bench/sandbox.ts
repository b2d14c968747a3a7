/** What the local Mapp takes: batches from four connections at once, kept on disk, applied, and read back by its page. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConnectClient } from '../src/mapp/connect.ts';
import { startChild } from './support/child-process.ts';
import { tell } from './support/report.ts';
import { SANDBOX_ACCOUNT } from './support/settings.ts';

const BATCHES = 400;
const BATCH = 1_000;
const CONTACTS = 10_000;
const AT_ONCE = 4;

function emails(batch: number): { readonly [field: string]: string }[] {
  return Array.from({ length: BATCH }, (_, i) => ({
    email: `person-${(batch * BATCH + i) % CONTACTS}@example.com`,
    messageId: '500001',
    externalTransactionFormula: `0190a1b2-0000-4000-8000-${String(batch).padStart(6, '0')}${String(i).padStart(6, '0')}-one-1-1`,
    coupon: `SPRING-${i}`,
  }));
}

const dir = mkdtempSync(join(tmpdir(), 'flows-bench-sandbox-'));
const sandbox = await startChild<string>('sandbox', { dir });
try {
  const connect = new ConnectClient({ url: sandbox.ready, ...SANDBOX_ACCOUNT, expUnit: 'ms' });
  const timed = async (path: string) => {
    const started = performance.now();
    await (await fetch(sandbox.ready + path)).arrayBuffer();
    return performance.now() - started;
  };
  const load = async (batches: number) => {
    let next = 0;
    const one = async () => {
      while (next < batches) await connect.batch('email', emails(next++));
    };
    await Promise.all(Array.from({ length: AT_ONCE }, one));
  };
  await load(AT_ONCE); // warm
  const started = performance.now();
  await load(BATCHES);
  const taken = performance.now() - started;
  await (await fetch(`${sandbox.ready}/drain`, { method: 'POST' })).arrayBuffer();
  const applied = performance.now() - started;
  const memory = await sandbox.ask<number>();
  const found = await timed('/inbox/contacts?q=person-9999@');
  const contacts = await timed('/inbox/contacts');
  await connect.close();
  await sandbox.stop();
  const again = performance.now();
  const second = await startChild<string>('sandbox', { dir });
  const readBack = performance.now() - again;
  await second.stop();

  const events = BATCHES * BATCH;
  tell(
    {
      bench: 'sandbox',
      columns: ['sandbox', ''],
      findings: [
        {
          measure: 'events taken a second, in batches',
          unit: '',
          ours: events / (taken / 1_000),
          bar: { of: 'value', atLeast: 10_000 },
        },
        {
          measure: 'events applied a second',
          unit: '',
          ours: events / (applied / 1_000),
          bar: { of: 'value', atLeast: 10_000 },
        },
        { measure: `memory after ${events} events`, unit: 'MB', ours: memory / 1024 ** 2, bar: null },
        { measure: `page: ${CONTACTS} contacts`, unit: 'ms', ours: contacts, bar: null },
        { measure: `page: one of ${CONTACTS} contacts found`, unit: 'ms', ours: found, bar: null },
        { measure: 'start with all of it on disk', unit: 'ms', ours: readBack, bar: null },
      ],
      notes: [
        `${BATCHES} batches of ${BATCH} e-mails to ${CONTACTS} people over ${AT_ONCE} connections; signing and client share the machine.`,
      ],
    },
    process.argv,
  );
} finally {
  await sandbox.stop();
  rmSync(dir, { recursive: true, force: true });
}
