import { readdirSync, readFileSync } from 'node:fs';

/** Linux counts CPU time in ticks of 10 ms. */
const TICK_MS = 10;

/** CPU time (user + system, ms) that a process and its descendants have used so far, those that have ended included. */
export function cpuOf(pid: number): number {
  return [pid, ...descendants(pid)].reduce((sum, one) => sum + ownCpu(one), 0);
}

/** With what its ended children used: a Postgres connection is a process, and takes its time along when it is closed. */
function ownCpu(pid: number): number {
  const fields = statFields(pid);
  return fields === null ? 0 : fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0) * TICK_MS;
}

function descendants(pid: number): number[] {
  const children = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((one) => Number(statFields(one)?.[1]) === pid);
  return children.flatMap((child) => [child, ...descendants(child)]);
}

/** The fields of proc(5) stat behind the name, which may hold blanks: state, parent, … */
function statFields(pid: number): string[] | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  } catch {
    return null;
  }
}
