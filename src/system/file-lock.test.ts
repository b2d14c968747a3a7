import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { withFileLock } from './file-lock.ts';
import { processIdentity } from './processes.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mapp-flows-lock-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

it('lets one in at a time, and leaves nothing behind', async () => {
  let inside = 0;
  const order: number[] = [];
  const work = (n: number) => async () => {
    inside += 1;
    expect(inside).toBe(1);
    await new Promise((resolve) => setImmediate(resolve));
    order.push(n);
    inside -= 1;
  };
  await Promise.all([1, 2, 3, 4].map((n) => withFileLock(join(folder, 'lock'), work(n))));
  expect(order.sort()).toEqual([1, 2, 3, 4]);
  expect(readdirSync(folder)).toEqual([]);
});

it('is free again after a failure, which it passes on', async () => {
  const fail = withFileLock(join(folder, 'lock'), async () => {
    throw new Error('no');
  });
  await expect(fail).rejects.toThrow('no');
  expect(await withFileLock(join(folder, 'lock'), async () => 'in')).toBe('in');
});

it('takes over from an owner that is gone, even where its pid was given to another', async () => {
  const [pid, start] = processIdentity(process.pid)!.split(' ');
  writeFileSync(join(folder, 'lock'), `${pid} ${Number(start) - 1}`);
  expect(await withFileLock(join(folder, 'lock'), async () => 'in')).toBe('in');
});

it('tells whom it waits for', async () => {
  const lock = join(folder, 'lock');
  const told: number[] = [];
  await withFileLock(lock, async () => {
    let heard = () => {};
    const waiting = new Promise<void>((resolve) => {
      heard = resolve;
    });
    const second = withFileLock(
      lock,
      async () => {},
      (pid) => {
        told.push(pid);
        heard();
      },
    );
    await waiting;
    void second.catch(() => {});
  });
  expect(told).toEqual([process.pid]);
  expect(await withFileLock(lock, async () => 'in')).toBe('in');
});
