import { appendFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { cleanups, sandbox } from '../../test/support/sandbox.ts';

async function directory(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'mapp-flows-sandbox-'));
  cleanups.push(() => rm(dir, { recursive: true }));
  return dir;
}

test('the journal outlives the process; half a line at its end is cut off', async () => {
  const dir = await directory();
  const first = await sandbox({ dir });
  await first.client.event('user', { email: 'ada@example.com', group: '10144' });
  await first.client.batch('email', [
    { email: 'ada@example.com', messageId: '2324333335' },
    { email: 'bob@example.com', messageId: '2324333335' },
  ]);
  // A killed process closes nothing: what was answered is in the file already.
  await appendFile(join(dir, 'journal.jsonl'), '{"seq":4,"at":"2026-');

  const second = await sandbox({ dir });
  expect(await second.read('/messages')).toMatchObject([{ email: 'ada@example.com' }, { email: 'bob@example.com' }]);
  await second.client.event('user', { email: 'cyd@example.com', group: '10144' });
  const journal = await second.read<{ batch: { id: string } | null }[]>('/journal');
  expect(journal).toMatchObject([
    { seq: 1, subtype: 'user', batch: null, status: 200, body: { email: 'ada@example.com' } },
    { seq: 2, subtype: 'email', batch: { size: 2 } },
    { seq: 3, subtype: 'email', batch: { id: journal[1]?.batch?.id } },
    { seq: 4, subtype: 'user' },
  ]);
  expect((await readFile(join(dir, 'journal.jsonl'), 'utf8')).split('\n')).toHaveLength(4);

  expect(await second.send('DELETE', '/')).toMatchObject({ status: 200 });
  for (const path of ['/contacts', '/messages', '/journal', '/feedback']) expect(await second.read(path)).toEqual([]);
  expect(await readFile(join(dir, 'journal.jsonl'), 'utf8')).toBe('');
});

/** Calls of 1,000 events each, as an earlier process left them: a message to each of 1,000 people, again and again. */
function longJournal(calls: number): string {
  const at = '2026-03-01T10:00:00.000Z';
  const line = (call: number) => {
    const events = Array.from({ length: 1_000 }, (_, n) => ({
      id: `${call}-${n}`,
      body: { email: `p${n}@example.com`, messageId: '2324333335', Purchases: String(call) },
    }));
    const batch = { id: `b-${call}`, size: 1_000 };
    return `${JSON.stringify({ seq: 1 + call * 1_000, at, subtype: 'email', status: 200, batch, events })}\n`;
  };
  return Array.from({ length: calls }, (_, call) => line(call)).join('');
}

test('a long journal is shortened at the start; the account holds what it held, and nothing takes effect twice', async () => {
  const dir = await directory();
  const file = join(dir, 'journal.jsonl');
  const long = longJournal(30);
  await writeFile(file, long);
  const said: string[] = [];
  const start = async () => {
    const one = await sandbox({ dir, log: (line) => said.push(line) });
    const total = (await one.read<{ total: number }>('/inbox/journal')).total;
    const journal = await fetch(`${one.url}/journal`);
    const [messages, contacts] = [await one.read<{ id: string }[]>('/messages'), await one.read<object[]>('/contacts')];
    return { ...one, total, messages, contacts, firstSeq: journal.headers.get('first-seq') };
  };
  const first = await start();
  expect(said).toEqual([expect.stringContaining('30 calls')]);
  expect((await readFile(file, 'utf8')).split('\n')).toHaveLength(11);
  expect(first.messages).toHaveLength(30_000);
  await first.send('POST', `/messages/${first.messages.at(-1)!.id}/unsubscribe`);
  await first.close();

  // As if it had been killed after the checkpoint, before the file was shortened.
  const [reaction] = (await readFile(file, 'utf8')).split('\n').slice(-2);
  await writeFile(file, `${long}${reaction}\n`);
  const second = await start();
  expect(said).toHaveLength(2);
  expect(second).toMatchObject({ contacts: first.contacts, total: 31, firstSeq: '21001' });
  expect(second.messages).toEqual(first.messages.slice(-20_000));
  await second.client.event('email', { email: 'p0@example.com', messageId: '2324333335', Purchases: 'last' });
  await second.close();

  const third = await start();
  expect(said).toHaveLength(2);
  expect(third.messages).toHaveLength(20_001);
  expect(third.total).toBe(32);
  const [p0, ...others] = second.contacts;
  expect(third.contacts).toEqual([{ ...p0, attributes: { Purchases: 'last' } }, ...others]);
  expect((await third.read<{ seq: number }[]>('/journal')).at(-1)).toMatchObject({ seq: 30_002 });
  expect(await third.send('DELETE', '/')).toMatchObject({ status: 200 });
  await third.close();
  expect(await start()).toMatchObject({ messages: [], contacts: [], total: 0 });
});

test('a journal that cannot be read, and a port in use, are said in one sentence', async () => {
  const dir = await directory();
  await appendFile(join(dir, 'journal.jsonl'), 'no\n');
  await expect(sandbox({ dir })).rejects.toThrow(/cannot read line 1 of .*journal\.jsonl/);
  const other = await directory();
  await writeFile(join(other, 'account.v8'), 'no');
  await expect(sandbox({ dir: other })).rejects.toThrow(/cannot read .*account\.v8; remove the folder/);
  const { url } = await sandbox();
  const { port } = new URL(url);
  await expect(sandbox({ port: Number(port) })).rejects.toThrow(`cannot use port ${port} of 127.0.0.1: it is in use`);
});
