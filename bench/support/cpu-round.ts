import { setTimeout as sleep } from 'node:timers/promises';
import type { Contestant } from './contestants.ts';
import { cpuOf } from './process-cpu.ts';
import type { Rig } from './rig.ts';
import { startAll } from './start-all.ts';

/** CPU ms per run, by process; and how fast it went. */
export interface CpuRound {
  readonly worker: number;
  readonly temporal: number;
  /** used by ours alone, but counted in every round */
  readonly postgres: number;
  readonly sandbox: number;
  /** runs per second */
  readonly pace: number;
}

/** Requests to start runs at once. */
const AT_ONCE = 20;

/** Positions of runs are written up to 100 ms after the run has ended: they belong to the round. */
const AFTERMATH_MS = 300;

/** Starts `count` runs of `send, wait 1 s, send` as fast as they are taken, and waits for their end. */
export async function cpuRound(rig: Rig, contestant: Contestant, count: number): Promise<CpuRound> {
  const runs = await contestant.prepare('send-wait-send', count);
  const pids = { worker: contestant.worker.pid, ...rig.pids };
  const sample = () => ({
    worker: cpuOf(pids.worker),
    temporal: cpuOf(pids.temporal),
    postgres: cpuOf(pids.postgres),
    sandbox: cpuOf(pids.sandbox),
  });
  const before = sample();
  const took = await startAll(runs, AT_ONCE);
  await sleep(AFTERMATH_MS);
  const after = sample();
  return {
    worker: (after.worker - before.worker) / count,
    temporal: (after.temporal - before.temporal) / count,
    postgres: (after.postgres - before.postgres) / count,
    sandbox: (after.sandbox - before.sandbox) / count,
    pace: (count * 1_000) / took,
  };
}
