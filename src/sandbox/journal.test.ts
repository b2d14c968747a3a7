import { appendFile, mkdtemp, readFile, rm } from 'node:fs/promises';
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

test('a journal that cannot be read, and a port in use, are said in one sentence', async () => {
  const dir = await directory();
  await appendFile(join(dir, 'journal.jsonl'), 'no\n');
  await expect(sandbox({ dir })).rejects.toThrow(/cannot read line 1 of .*journal\.jsonl/);
  const { url } = await sandbox();
  const { port } = new URL(url);
  await expect(sandbox({ port: Number(port) })).rejects.toThrow(`cannot use port ${port} of 127.0.0.1: it is in use`);
});
