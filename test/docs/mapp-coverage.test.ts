/** `docs/mapp-coverage.md` and the tables of the code say the same. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { ENGAGE_PATHS } from '../../src/mapp/engage-operations.ts';
import { OPERATIONS, type Row } from '../../src/mapp/operations.ts';
import { SUBTYPES } from '../../src/plan/subtypes.ts';
import { OPERATIONS as PATHS } from '../../src/sandbox/faults.ts';

const page = readFileSync(new URL('../../docs/mapp-coverage.md', import.meta.url), 'utf8');

/** Cells of the rows below a heading or a line, without their backquotes. */
function rowsBelow(line: string): string[][] {
  const rows = page.slice(page.indexOf(`\n${line}\n`) + line.length + 2).split('\n');
  const first = rows.findIndex((row) => row.startsWith('| --- '));
  const end = rows.findIndex((row, index) => index > first && !row.startsWith('|'));
  return rows.slice(first + 1, end).map((row) =>
    row
      .slice(1, -1)
      .split('|')
      .map((cell) => cell.trim()),
  );
}

const bare = (cell: string | undefined) => cell?.replaceAll('`', '') ?? '';

test('every row of the table of operations is on the page, with what it says', () => {
  const told = rowsBelow('## Subtypes of events').map(([subtype, , row, , repeated, batched]) => [
    bare(row),
    { subtype: bare(subtype), repeatable: repeated === 'yes', batchable: batched === 'yes' },
  ]);
  const coded = Object.entries(OPERATIONS).map(([name, { subtype, repeatable, batchable }]: [string, Row]) => [
    name,
    { subtype, repeatable, batchable },
  ]);
  expect(Object.fromEntries(told)).toEqual(Object.fromEntries(coded));
  expect(told).toHaveLength(coded.length);
});

test('every subtype is used, or it is said why not', () => {
  const used = new Set(Object.values(OPERATIONS).map(({ subtype }) => subtype));
  expect([...used].sort()).toEqual([...SUBTYPES].sort());
  for (const [subtype, why] of rowsBelow('Not used:')) {
    expect(SUBTYPES.map(String)).not.toContain(bare(subtype));
    expect(why).not.toBe('');
  }
});

test('every operation that the sandbox serves is on the page; one that is not used has a reason', () => {
  const rows = rowsBelow('## Operations of Connect');
  const served = rows.filter(([, , sandbox]) => sandbox === 'yes').flatMap(([calls]) => bare(calls).split(', '));
  const engage: readonly string[] = ENGAGE_PATHS;
  expect(new Set(served.map((call) => call.replace(/^\w+ \//, '')))).toEqual(
    new Set(PATHS.filter((path) => !engage.includes(path))),
  );
  for (const [, use, , why] of rows) if (use === 'not used') expect(why).not.toBe('');
});
