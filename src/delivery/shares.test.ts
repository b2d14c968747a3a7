import { describe, expect, it } from 'vitest';
import { Shares, type TurnClass, turnsBefore } from './shares.ts';

const given = (shares: Shares, wanting: readonly TurnClass[], turns: number) =>
  Array.from({ length: turns }, () => shares.next(wanting));

describe('Shares', () => {
  it('gives turns in proportion, and all of them to whoever is alone', () => {
    const shares = new Shares();
    const turns = given(shares, ['send', 'write', 'split', 'slow'], 90);
    const had = (name: TurnClass) => turns.filter((one) => one === name).length;
    expect([had('send'), had('write'), had('split'), had('slow')]).toEqual([40, 20, 20, 10]);
    expect(given(shares, ['slow'], 3)).toEqual(['slow', 'slow', 'slow']);
    expect(shares.next([])).toBeNull();
  });

  it('saves no turns for those who did not want any', () => {
    const shares = new Shares();
    given(shares, ['write'], 1_000);
    const turns = given(shares, ['send', 'write'], 30);
    expect([9, 10, 11]).toContain(turns.filter((one) => one === 'write').length);
  });
});

describe('turnsBefore', () => {
  it('counts of the others only what their shares give them', () => {
    const wanted = new Map<TurnClass, number>([
      ['send', 1],
      ['write', 1_000],
      ['slow', 1_000],
    ]);
    expect(turnsBefore('send', 0, wanted)).toBe(2);
    expect(turnsBefore('send', 4, wanted)).toBe(4 + 3 + 2);
    expect(turnsBefore('write', 1_000, new Map())).toBe(1_000);
  });
});
