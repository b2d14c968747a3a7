import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { flows } from '../../test/cli/cli.ts';
import { fileTrouble } from './file-trouble.ts';

test('a directory that cannot be written is told in a sentence, not as an error of the program', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'flows-cli-'));
  try {
    // Whoever may do everything, as in a container, is not kept out by permissions.
    writeFileSync(join(dir, '.flows'), '');
    writeFileSync(join(dir, 'mapp.yaml'), 'project: shop\ntimezone: UTC\n');
    const { code, out, err } = await flows(dir, ['sandbox', '--port', '0', '--json']);
    const message = `mkdir ${join(dir, '.flows', 'sandbox')} failed: something on the way is a file, not a directory (ENOTDIR)`;
    const remedy = 'Move the file away, or name another directory.';
    expect({ code, err }).toEqual({ code: 1, err: `flows: ${message}\n  ${remedy}\n` });
    expect(JSON.parse(out)).toEqual({ error: { message, remedy } });
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
});

test.each([
  [
    { code: 'EACCES', syscall: 'mkdir', path: '/srv/.flows' },
    'mkdir /srv/.flows failed: permission was denied (EACCES)',
  ],
  [{ code: 'ENOSPC', syscall: 'write' }, 'write failed: the disk is full (ENOSPC)'],
])('%o: %s', (error, message) => {
  expect(fileTrouble(Object.assign(new Error(error.code), error))?.message).toBe(message);
});

test('what is nobody else’s to change stays an error of the program', () => {
  expect(fileTrouble(Object.assign(new Error('no file'), { code: 'ENOENT', syscall: 'open', path: '/x' }))).toBeNull();
  expect(fileTrouble(new TypeError('x is not a function'))).toBeNull();
  expect(fileTrouble(null)).toBeNull();
});
