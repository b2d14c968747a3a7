import { describe, expect, it } from 'vitest';
import { armOf } from './arm.ts';

const arms = (...percents: number[]) => percents.map((percent, at) => ({ name: 'abcd'[at]!, percent }));
const people = Array.from({ length: 20_000 }, (_, at) => `person${at}@example.com`);
const share = (split: string, name: string, of: readonly { name: string; percent: number }[]) =>
  people.filter((person) => armOf(split, person, of).name === name).length / people.length;

describe('armOf', () => {
  it('never changes: people are inside for months', () => {
    const taken = ['ada@example.com', 'ben@example.com', 'cleo@example.com', 'äöü@example.com', '+491701234567', ''];
    expect(taken.map((person) => armOf('subject', person, arms(50, 50)).name).join('')).toBe('babbaa');
  });

  it('keeps to the shares', () => {
    for (const [at, percent] of [10, 20, 30, 40].entries()) {
      expect(share('subject', 'abcd'[at]!, arms(10, 20, 30, 40))).toBeCloseTo(percent / 100, 1.7);
    }
    expect(share('subject', 'b', arms(100, 0))).toBe(0);
    expect(share('subject', 'a', arms(0, 100))).toBe(0);
    expect(share('thirds', 'c', arms(33.3, 33.3, 33.4))).toBeCloseTo(0.334, 1.7);
  });

  it('deals anew for every split', () => {
    const both = people.filter(
      (person) => armOf('one', person, arms(50, 50)).name === 'a' && armOf('two', person, arms(50, 50)).name === 'a',
    );
    expect(both.length / people.length).toBeCloseTo(0.25, 1.7);
  });

  it('leaves people where they are when a later share changes', () => {
    for (const person of people.slice(0, 1_000)) {
      if (armOf('x', person, arms(50, 50)).name === 'a') {
        expect(armOf('x', person, arms(50, 30, 20)).name).toBe('a');
      }
    }
  });
});
