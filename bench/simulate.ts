/** 1,000 test cases, each a year in the life of a person, as `flows test` runs them: reading, playing, comparing. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCli } from '../src/cli/program.ts';
import { median } from './support/numbers.ts';
import { tell } from './support/report.ts';

const CASES = 1_000;
const FILES = 10;
const ROUNDS = 3;

const CATALOGUE = `
project: bench
timezone: Europe/Berlin
messages:
  one: { channel: email, id: "500001", parameters: [n?] }
  two: { channel: email, id: "500002" }
attributes: { Purchases: int, Rounds: int }
events:
  start: { tier: string }
  order_placed: { total: double }
`;

/** A mail every fourth week at a clock time of the contact's own zone, an order to wait for, a choice. */
const FLOW = `
flow: year
on: start
timezone: contact
exit_on: { event: order_placed, where: incoming.total > 1000 }
steps:
  - repeat: 13
    steps:
      - wait: { for: 2 weeks, weekdays: [tue, thu], at: "09:00" }
      - send_email: one
        with: { n: "\${default(contact.Rounds, 0)}" }
      - increment: { Rounds: 1 }
      - wait_for: order_placed
        timeout: 13 days
        then: [{ set: { Purchases: "\${int(incoming.total)}" } }]
  - switch: event.tier
    cases:
      gold: [{ send_email: two }]
`;

function testFile(first: number): string {
  const cases = Array.from({ length: CASES / FILES }, (_, at) => caseText(first + at));
  return `flow: year\ncases:\n${cases.join('')}`;
}

function caseText(n: number): string {
  const zone = ['Europe/Berlin', 'America/New_York', 'Asia/Tokyo', 'Australia/Sydney'][n % 4];
  return `  - name: person ${n}
    contact: { email: person-${n}@example.com, timezone: ${zone} }
    start: 2026-01-${String((n % 28) + 1).padStart(2, '0')}T10:00
    events:
      - { event: start, data: { tier: ${n % 3 === 0 ? 'gold' : 'none'} } }
      - { after: ${(n % 300) + 1} days, event: order_placed, data: { total: ${n % 900} } }
`;
}

async function flowsTest(dir: string, ...more: string[]): Promise<{ readonly seconds: number; readonly last: string }> {
  const said: string[] = [];
  const began = performance.now();
  const code = await runCli(['test', ...more], {
    env: {},
    cwd: dir,
    out: (text) => void said.push(text),
    err: () => {},
    color: false,
    untilStopped: () => new Promise(() => {}),
    exit: () => {},
  });
  const last = said.join('').trimEnd().split('\n').at(-1)!;
  if (code !== 0) throw new Error(`flows test answered ${code}: ${last}`);
  return { seconds: (performance.now() - began) / 1000, last };
}

const dir = mkdtempSync(join(tmpdir(), 'flows-bench-'));
try {
  mkdirSync(join(dir, 'flows'));
  writeFileSync(join(dir, 'mapp.yaml'), CATALOGUE);
  writeFileSync(join(dir, 'flows', 'year.yaml'), FLOW);
  for (let file = 0; file < FILES; file += 1) {
    writeFileSync(join(dir, 'flows', `year-${file}.test.yaml`), testFile((file * CASES) / FILES));
  }
  const updated = await flowsTest(dir, '--update');
  const rounds: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) rounds.push((await flowsTest(dir)).seconds);
  tell(
    {
      bench: 'simulate',
      findings: [
        {
          measure: `${CASES} test cases of a year each`,
          unit: 's',
          ours: median(rounds),
          bar: { of: 'value', atMost: 5 },
        },
        { measure: 'the same, written by --update', unit: 's', ours: updated.seconds, bar: null },
      ],
      notes: [
        `Each case waits 26 times and sends 13 or 14 mails; ${updated.last}; median of ${ROUNDS} rounds in one process, files read anew.`,
      ],
    },
    process.argv,
  );
} finally {
  rmSync(dir, { recursive: true, force: true });
}
