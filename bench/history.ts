/** Events and billable actions of one run, counted in its history after it has ended. */
import { type Contestant, contestants } from './support/contestants.ts';
import type { ComparedFlow } from './support/flows.ts';
import { costOf, type HistoryCost } from './support/history-cost.ts';
import { type Finding, tell } from './support/report.ts';
import { withRig } from './support/rig.ts';

/** DESIGN.md §4 */
const BARS: { readonly [flow in Exclude<ComparedFlow, 'sleeper'>]: HistoryCost & { readonly words: string } } = {
  'send-wait-send': { words: 'send, wait, send', events: 12, actions: 4 },
  'wait-for-branch-send': { words: 'wait_for timed out, 3 arms, send', events: 11, actions: 3 },
  'five-sends': { words: 'five sends in a row', events: 10, actions: 2 },
};

async function cost({ prepare }: Contestant, flow: ComparedFlow): Promise<HistoryCost> {
  const [run] = await prepare(flow, 1);
  const handle = await run!.start();
  await handle.result();
  return costOf(await handle.fetchHistory());
}

const findings = await withRig(async (rig) => {
  const { ours, theirs } = await contestants(rig);
  const found: Finding[] = [];
  for (const [flow, { words, ...bars }] of Object.entries(BARS) as [keyof typeof BARS, (typeof BARS)['five-sends']][]) {
    const our = await cost(ours, flow);
    const their = await cost(theirs, flow);
    for (const what of ['events', 'actions'] as const) {
      found.push({
        measure: `${words}: ${what}`,
        unit: '',
        ours: our[what],
        theirs: their[what],
        bar: { of: 'value', atMost: bars[what] },
      });
    }
  }
  return found;
});
tell(
  {
    bench: 'history',
    findings,
    notes: [
      'One run each on a real server, with the ledger, the store and the sandbox; actions are what Temporal bills.',
    ],
  },
  process.argv,
);
