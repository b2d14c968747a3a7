/** Requests about few people with few identifiers, drawn by lot: some events name a few of the identifiers, some replace them. */
import type { CanonicalEvent, Contact } from '../../plan/event.ts';

const NAMES: { readonly [K in 'email' | 'mobile' | 'external_id']: number } = { email: 6, mobile: 4, external_id: 5 };

/** One request of 1 to 4 events, whose ids begin with `key`. */
export function identityRequest(random: () => number, key: string): CanonicalEvent[] {
  const pick = (below: number) => Math.floor(random() * below);
  const value = (kind: keyof typeof NAMES) => {
    const n = pick(NAMES[kind]);
    return kind === 'email' ? `p${n}@x.example` : kind === 'mobile' ? `+49170000000${n}` : `c${n}`;
  };
  const contact = (): Contact => {
    const kinds = (Object.keys(NAMES) as (keyof typeof NAMES)[]).filter(() => random() < 0.5);
    return Object.fromEntries((kinds.length === 0 ? ['email' as const] : kinds).map((kind) => [kind, value(kind)]));
  };
  return Array.from({ length: 1 + pick(4) }, (_, n): CanonicalEvent => {
    const id = `${key}/${n}`;
    const time = new Date(Date.UTC(2026, 4, 1) + pick(1_000) * 1_000).toISOString();
    const about = { name: 'seen', id, dedupeKey: id, time, received: time, source: 'mp', data: {} };
    const aliases = random() < 0.5 ? [{ type: 'mpid', value: String(pick(4)) }] : [];
    if (random() < 0.6) return { ...about, contact: contact(), aliases };
    const kind = random() < 0.7 ? 'email' : 'external_id';
    const [from, to] = [{ [kind]: value(kind) }, random() < 0.8 ? { [kind]: value(kind) } : {}];
    return { ...about, contact: { ...contact(), ...to }, aliases, identityChange: { from, to } };
  });
}
