import { describe, expect, it } from 'vitest';
import { StillWaiting, VirtualTime } from './virtual-time.ts';

const YEAR = 365 * 86_400_000;

describe('virtual time', () => {
  it('passes only while somebody waits', async () => {
    const time = new VirtualTime(1000);
    expect(await time.wait(() => false, YEAR, 'a year')).toBe(false);
    expect(time.now()).toBe(1000 + YEAR);
  });

  it('brings what is on the agenda before the end of a wait at the same moment', async () => {
    const time = new VirtualTime(0);
    let happened = false;
    time.at(50, () => {
      happened = true;
    });
    expect(await time.wait(() => happened, 50, 'both at 50')).toBe(true);
  });

  it('is one for all who wait, and each wakes in turn', async () => {
    const time = new VirtualTime(0);
    const woken: string[] = [];
    const sleeper = async (name: string, ms: number) => {
      for (let i = 0; i < 2; i += 1) await time.wait(() => false, ms, name);
      woken.push(`${name} ${time.now()}`);
    };
    void sleeper('slow', 30);
    void sleeper('quick', 20);
    time.at(55, () => woken.push('event 55'));
    await time.drain();
    expect(woken).toEqual(['quick 40', 'event 55', 'slow 60']);
  });

  it('lets those leave who were woken before what comes next at this moment', async () => {
    const time = new VirtualTime(0);
    const order: string[] = [];
    let told = false;
    time.at(10, () => {
      told = true;
      time.next(() => order.push('next'));
    });
    time.at(10, () => order.push('later'));
    void time.wait(() => told, null, 'told').then(() => order.push('woken'));
    await time.drain();
    expect(order).toEqual(['woken', 'next', 'later']);
  });

  it('ends waits that nothing ends, and those beyond the last moment that is asked for', async () => {
    const time = new VirtualTime(0);
    const forever = time.wait(() => false, null, 'for ever').catch((error: unknown) => error);
    const long = time.wait(() => false, 500, 'long').catch((error: unknown) => error);
    await time.drain(100);
    expect(await forever).toBeInstanceOf(StillWaiting);
    expect(await long).toMatchObject({ summary: 'long' });
    expect(time.now()).toBe(0);
  });
});
