import { sql } from 'kysely';
import { afterEach, expect, test } from 'vitest';
import { type TestStore, testStore } from '../../test/support/store.ts';
import { mentionPattern, searchable } from './mentions.ts';

let store: TestStore;
afterEach(() => store.close());

const FOUND: readonly [string, string, string][] = [
  ['email', 'A+b@x.example', 'a+b@x.example'],
  ['email', 'ada@x.example', '{"to":"ada@x.example"}'],
  ['email', 'ada@x.example', 'mailto:ada@x.example?x'],
  ['email', 'ada@x.example', 'ask <ada@x.example>.'],
  ['email', 'ada@x.example', 'write to ada@x.example. soon'],
  ['email', 'ada@x.example', '{"text":"hello\\nada@x.example\\n"}'],
  ['email', 'ada@x.example', 'to=%20ada@x.example&'],
  ['email', 'ada@x.example', '\\u003cada@x.example\\u003e'],
  ['mobile', '+49 170 1234567', '00491701234567'],
  ['mobile', '+49 170 1234567', '"+491701234567"'],
  ['external_id', 'C-100001', 'id c-100001,'],
  ['external_id', '100001', '{"id":100001}'],
];
const OTHERS: readonly [string, string, string][] = [
  ['email', 'ada@x.example', 'nada@x.example'],
  ['email', 'ada@x.example', 'l.ada@x.example'],
  ['email', 'ada@x.example', 'shop+ada@x.example'],
  ['email', 'ada@x.example', 'ada@x.example.org'],
  ['email', 'ada@x.example', 'ada@x.examples'],
  ['email', 'ada@x.example', 'ada@xexample'],
  ['mobile', '+49 170 1234567', '1491701234567'],
  ['mobile', '+49 170 1234567', '4917012345678'],
  ['external_id', '100001', '{"at":1000012345}'],
];

test('an address is found where it stands for itself, and not within that of somebody else, here and in Postgres', async () => {
  store = await testStore();
  const finds = async ([kind, identifier, text]: readonly [string, string, string]) => {
    const patterns = searchable(kind, identifier).map((one) => mentionPattern(kind, one));
    const { rows } = await sql<{ found: boolean }>`select ${text} ~ any (${patterns}::text[]) as found`.execute(
      store.db,
    );
    const found = patterns.some((pattern) => new RegExp(pattern).test(text));
    expect([text, rows[0]!.found]).toEqual([text, found]);
    return found;
  };
  for (const one of FOUND) expect([one, await finds(one)]).toEqual([one, true]);
  for (const one of OTHERS) expect([one, await finds(one)]).toEqual([one, false]);
  expect(searchable('external_id', '7')).toEqual([]);
});
