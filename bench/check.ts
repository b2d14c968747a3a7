/** `flows check` as its user has it: a cold process over generated flows of 20 steps each. */
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { tell } from './support/report.ts';

/** The built program: a bench runs from dist/bench/bench. */
const MAIN = fileURLToPath(new URL('../../../bin/flows.js', import.meta.url));
const ROUNDS = 3;

const CATALOGUE = `
project: bench
timezone: Europe/Berlin
messages:
  one: { channel: email, id: "500001", parameters: [coupon?] }
  two: { channel: email, id: "500002" }
  text: { channel: sms, id: "500003" }
groups: { customers: "10144" }
attributes: { Purchases: int, Tier: string }
events:
  signup: { country: string, coupon: string?, days: int }
  order_placed: { total: double, cart_id: string? }
`;

const ROUND_OF_STEPS = `
  - send_email: one
    with: { coupon: "\${event.coupon}" }
  - wait: { for: 2 days, weekdays: [mon, wed], at: "09:30" }
  - check: default(contact.Purchases, 0) > 3 && event.country in ["DE", "AT"]
    then:
      - set: { Tier: gold }
      - add_to_group: customers
    else:
      - send_sms: text
  - wait_for: order_placed
    timeout: 1 week
    then:
      - assign: { total: "\${incoming.total}" }
    else:
      - send_email: two
        if: contact.Tier != "gold"
`;

function flow(i: number): string {
  return `flow: flow-${i}\non:\n  event: signup\n  where: event.country == "DE"\nsteps:${ROUND_OF_STEPS}${ROUND_OF_STEPS}`;
}

/** Wall time (ms) and the largest memory (MB) of one cold check of so many flows. */
async function check(count: number): Promise<{ ms: number; mb: number }> {
  const dir = mkdtempSync(join(tmpdir(), 'flows-bench-check-'));
  try {
    writeFileSync(join(dir, 'mapp.yaml'), CATALOGUE);
    mkdirSync(join(dir, 'flows'));
    for (let i = 0; i < count; i += 1) writeFileSync(join(dir, 'flows', `flow-${i}.yaml`), flow(i));
    const started = performance.now();
    const reportMemory = `data:text/javascript,process.on('exit',()=>process.stderr.write('maxrss='+process.resourceUsage().maxRSS))`;
    const child = spawn(process.execPath, ['--import', reportMemory, MAIN, 'check', '--project', dir], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let said = '';
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      said += chunk;
    });
    const code = await new Promise((resolve) => child.once('close', resolve));
    if (code !== 0) throw new Error(`flows check of ${count} generated flows ended with ${code}: ${said}`);
    return { ms: performance.now() - started, mb: Number(/maxrss=(\d+)/.exec(said)?.[1]) / 1024 };
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!;
}

const rounds = { one: [] as number[], thousand: [] as number[], five: [] as number[], memory: [] as number[] };
for (let round = 0; round < ROUNDS; round += 1) {
  rounds.one.push((await check(1)).ms);
  const thousand = await check(1_000);
  rounds.thousand.push(thousand.ms);
  rounds.memory.push(thousand.mb);
  rounds.five.push((await check(5_000)).ms);
}
// What every start costs is taken off before growth is judged.
const start = median(rounds.one);
tell(
  {
    bench: 'check',
    findings: [
      { measure: 'one flow, cold', unit: 'ms', ours: start, bar: { of: 'value', atMost: 500 } },
      {
        measure: '1,000 flows of 20 steps, cold',
        unit: 'ms',
        ours: median(rounds.thousand),
        bar: { of: 'value', atMost: 3_000 },
      },
      { measure: 'memory for 1,000 flows', unit: 'MB', ours: median(rounds.memory), bar: { of: 'value', atMost: 500 } },
      {
        measure: '5,000 flows per flow, against 1,000',
        unit: 'factor',
        ours: (median(rounds.five) - start) / 5 / (median(rounds.thousand) - start),
        bar: { of: 'value', atMost: 1.2 },
      },
    ],
    notes: [`Medians of ${ROUNDS} rounds; each check is a process of its own.`],
  },
  process.argv,
);
