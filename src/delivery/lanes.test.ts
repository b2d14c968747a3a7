import { expect, it } from 'vitest';
import { ManualClock } from '../../test/support/manual-clock.ts';
import { Lanes } from './lanes.ts';

it('lets one at a time into a lane, in order, and gives up in time', async () => {
  const clock = new ManualClock();
  const lanes = new Lanes(clock);
  const log: string[] = [];
  const enter = (name: string, key: string, ms: number) =>
    void lanes.enter(key, ms).then((inside) => log.push(`${name} ${inside}`));
  enter('a', 'ada', 0);
  enter('b', 'ada', 50);
  enter('c', 'ada', 5_000);
  enter('d', 'ben', 0);
  await clock.advance(100);
  expect(log).toEqual(['a true', 'd true', 'b false']);
  lanes.leave('ada');
  await clock.advance(0);
  expect(log.at(-1)).toBe('c true');
  lanes.leave('ada');
  enter('e', 'ada', 0);
  await clock.advance(0);
  expect(log.at(-1)).toBe('e true');
  expect(clock.pending).toBe(0);
});

it('tells those who did not wait inside when a person is free, the first one first', () => {
  const lanes = new Lanes(new ManualClock());
  const log: string[] = [];
  expect(lanes.tryEnter('ada')).toBe(true);
  expect(lanes.tryEnter('ada')).toBe(false);
  lanes.whenFree('ada', () => log.push('b'));
  const forget = lanes.whenFree('ada', () => log.push('c'));
  lanes.whenFree('ada', () => log.push(`d ${lanes.tryEnter('ada')}`));
  forget();
  lanes.leave('ada');
  expect(log).toEqual(['b', 'd true']);
});
