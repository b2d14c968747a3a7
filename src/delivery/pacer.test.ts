import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../test/support/manual-clock.ts';
import { ownRate } from '../../test/support/own-rate.ts';
import { Breaker, PASSING } from './breaker.ts';
import { Pacer, type Patience, type Refusal, type Turn } from './pacer.ts';

const LOCAL: Patience = { ms: 2_000, throughBreaker: false };
const PATIENT: Patience = { ms: 15_000, throughBreaker: true };

function setUp(rate = 10, inFlight = 4) {
  const clock = new ManualClock();
  const breaker = new Breaker(clock, () => 0);
  const pacer = new Pacer({ rate: ownRate(rate, clock), inFlight, clock, breaker });
  /** who got what, when, in order */
  const log: [name: string, at: number, refused: string | null][] = [];
  const enter = (name: string, patience: Patience, then?: (turn: Turn) => void) => {
    void pacer.enter(patience).then((answer) => {
      log.push([name, Math.round(clock.now()), 'refused' in answer ? answer.refused : null]);
      if (!('refused' in answer)) (then ?? ((turn) => turn.succeeded()))(answer);
    });
  };
  return { clock, breaker, pacer, log, enter };
}

const take = (answer: Turn | Refusal): Turn => {
  if ('refused' in answer) throw new Error(`refused: ${answer.refused}`);
  return answer;
};

describe('Pacer', () => {
  it('spaces calls by 1,050 ms / rate, the first one at once, in order', async () => {
    const { clock, log, enter } = setUp();
    for (const name of ['a', 'b', 'c', 'd']) enter(name, LOCAL);
    await clock.advance(400);
    expect(log).toEqual([
      ['a', 0, null],
      ['b', 105, null],
      ['c', 210, null],
      ['d', 315, null],
    ]);
    await clock.advance(10_000);
    enter('e', LOCAL);
    enter('f', LOCAL);
    await clock.advance(200);
    expect(log.slice(4)).toEqual([
      ['e', 10_400, null],
      ['f', 10_505, null],
    ]);
  });

  it('refuses at once whoever would wait longer than it can', async () => {
    const { clock, log, enter, pacer } = setUp();
    for (let at = 0; at < 20; at += 1) enter(`${at}`, LOCAL);
    expect(pacer.estimate()).toBeGreaterThan(1_990);
    enter('late', LOCAL);
    enter('patient', PATIENT);
    await clock.advance(0);
    expect(log).toEqual([
      ['late', 0, 'rate'],
      ['0', 0, null],
    ]);
    await clock.advance(5_000);
    expect(log.at(-1)).toEqual(['patient', 2_100, null]);
  });

  it('has at most so many calls in flight, and lets go of who waits too long', async () => {
    const { clock, log, enter } = setUp(10, 1);
    const turns: Turn[] = [];
    enter('first', LOCAL, (turn) => turns.push(turn));
    enter('second', LOCAL);
    enter('third', PATIENT);
    await clock.advance(3_000);
    expect(log).toEqual([
      ['first', 0, null],
      ['second', 2_000, 'rate'],
    ]);
    turns[0]?.succeeded();
    await clock.advance(0);
    expect(log.at(-1)).toEqual(['third', 3_000, null]);
  });

  it('gives the place of an unused turn to the next', async () => {
    const { clock, log, enter } = setUp();
    enter('a', LOCAL, (turn) => turn.unused());
    enter('b', LOCAL);
    await clock.advance(0);
    expect(log).toEqual([
      ['a', 0, null],
      ['b', 0, null],
    ]);
  });

  it('when the breaker opens refuses the impatient in the queue at once, then probes with one call', async () => {
    const { clock, log, enter, pacer } = setUp(1_000);
    const [first] = [take(await pacer.enter(LOCAL))];
    enter('local', LOCAL);
    enter('patient', PATIENT, () => {});
    enter('behind', PATIENT);
    first.failed({ steps: PASSING, retryAfterMs: 3_000 });
    enter('newcomer', LOCAL);
    enter('hopeless', { ms: 2_000, throughBreaker: true });
    await clock.advance(100);
    expect(log).toEqual([
      ['local', 0, 'mapp_unavailable'],
      ['newcomer', 0, 'mapp_unavailable'],
      ['hopeless', 0, 'mapp_unavailable'],
    ]);
    await clock.advance(4_000);
    // `patient` is still calling, so `behind` waits for the outcome
    expect(log.slice(3)).toEqual([['patient', 3_000, null]]);
  });

  it('asks for several turns at once when there is a queue, and one when there is none', async () => {
    const clock = new ManualClock();
    const own = ownRate(10, clock);
    const asked: number[] = [];
    const rate = {
      ...own,
      reserve(turns: number) {
        asked.push(turns);
        return own.reserve(turns);
      },
    };
    const pacer = new Pacer({ rate, inFlight: 4, clock, breaker: new Breaker(clock, () => 0) });
    const done = Array.from({ length: 7 }, () => pacer.enter(PATIENT).then((turn) => take(turn).succeeded()));
    await clock.advance(700);
    await Promise.all(done);
    expect(asked).toEqual([1, 4, 2]);
  });

  it('refuses who would wait too long for the turns that other workers have reserved', async () => {
    const clock = new ManualClock();
    const rate = ownRate(10, clock);
    const pacer = new Pacer({ rate, inFlight: 4, clock, breaker: new Breaker(clock, () => 0) });
    await rate.reserve(30);
    const patient = pacer.enter(PATIENT);
    expect(await pacer.enter(LOCAL)).toMatchObject({ refused: 'rate' });
    await clock.advance(3_150);
    expect(take(await patient).startedAt).toBe(3_150);
  });

  it('holds back all workers after a 429, for as long as its Retry-After says', async () => {
    const clock = new ManualClock();
    const rate = ownRate(10, clock);
    const [one, other] = [0, 1].map(
      () => new Pacer({ rate, inFlight: 4, clock, breaker: new Breaker(clock, () => 0) }),
    );
    take(await one!.enter(LOCAL)).failed({ steps: PASSING, retryAfterMs: 7_000, everybody: true });
    await clock.advance(0);
    expect(await other!.enter(LOCAL)).toMatchObject({ refused: 'rate', retryInMs: 7_105 });
  });

  it('tells everybody in the queue that the store is away', async () => {
    const clock = new ManualClock();
    const rate = { interval: 105, reserve: () => Promise.reject(new Error('away')), postpone: () => Promise.resolve() };
    const pacer = new Pacer({ rate, inFlight: 4, clock, breaker: new Breaker(clock, () => 0) });
    const all = await Promise.allSettled([pacer.enter(LOCAL), pacer.enter(PATIENT)]);
    expect(all.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(clock.pending).toBe(0);
  });

  it('refuses everybody when draining', async () => {
    const { clock, log, enter, pacer } = setUp();
    enter('a', PATIENT);
    enter('b', PATIENT);
    await clock.advance(0);
    pacer.drain();
    enter('c', PATIENT);
    await clock.advance(20_000);
    expect(log).toEqual([
      ['a', 0, null],
      ['b', 0, 'draining'],
      ['c', 0, 'draining'],
    ]);
    expect(clock.pending).toBe(0);
  });
});
