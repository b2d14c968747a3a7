import { targetOf } from '../plan/sync.ts';
import type { SettledSync } from './sync-rows.ts';

/**
 * Tells operators what of producers' words does not reach Mapp: each place once, by the first contact it is refused for, and
 * nothing of that contact.
 *
 * @param byMapp its answer may quote what it was sent: only that it refused is told then
 */
export function createRefusalLog(
  log: (message: string) => void,
): (settled: readonly SettledSync[], byMapp: boolean) => void {
  const told = new Set<string>();
  return (settled, byMapp) => {
    for (const { row, state, reason } of settled) {
      const place = `${row.job} ${row.target}`;
      if (state !== 'rejected' || told.has(place)) continue;
      told.add(place);
      const why = byMapp ? 'Mapp refused it for a contact' : reason;
      log(`${row.job.replace('/', ' ')}: ${nameOf(row.target)} is not written as told: ${why}. This is said once.`);
    }
  };
}

function nameOf(key: string): string {
  const target = targetOf(key);
  if (target.kind === 'attribute') return `attribute "${target.name}"`;
  return target.kind === 'member' ? `attribute "${target.name}" of group ${target.group}` : `group ${target.group}`;
}
