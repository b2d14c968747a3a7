/** What runs report of themselves, as the store keeps it: SQL asks for steps, states and times. */
import type { Kysely } from 'kysely';
import type { RunPosition, TrailLine } from '../../plan/notice.ts';
import type { Tables } from '../tables.ts';
import { sealParts } from './seal-parts.ts';

/** Lines of timelines, without what was sent, seen by decisions and taken. */
export function sealLines(
  db: Kysely<Tables>,
  lines: readonly { readonly person: string; readonly line: TrailLine }[],
): Promise<TrailLine[]> {
  return sealParts(
    db,
    lines.map(({ person, line }) => ({ person, value: line, parts: ['what', 'data', 'saw'] })),
  );
}

/** Positions, without their words. */
export function sealPositions(
  db: Kysely<Tables>,
  positions: readonly { readonly person: string; readonly position: RunPosition }[],
): Promise<RunPosition[]> {
  return sealParts(
    db,
    positions.map(({ person, position }) => ({ person, value: position, parts: ['next', 'reason'] })),
  );
}
