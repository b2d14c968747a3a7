import { expect, test } from 'vitest';
import { FAULT_HELP, readFaultFlag } from './fault-flag.ts';

test.each([
  ['latency=500', { latencyMs: 500 }],
  ['429', { status: 429 }],
  ['429=5:every 3', { status: 429, retryAfter: 5, every: 3 }],
  ['503=1:times 2:subtype email', { status: 503, retryAfter: 1, times: 2, subtype: 'email' }],
  ['503=1:times=2:subtype=email', { status: 503, retryAfter: 1, times: 2, subtype: 'email' }],
  ['error=500', { status: 500 }],
  ['error-after=502:on event/batch', { status: 502, afterQueueing: true, path: 'event/batch' }],
  ['drop', { drop: 'before' }],
  ['drop-after:times 1', { drop: 'after', times: 1 }],
  ['stale=60000', { staleMs: 60_000 }],
  ['poison=a:b@example.com:times 1', { poison: 'a:b@example.com', times: 1 }],
  ['poison=a=b', { poison: 'a=b' }],
])('%s', (text, fault) => {
  expect(readFaultFlag(text)).toEqual({ fault });
});

test.each([
  ['', 'there is no fault ""; accepted are 429[=SECONDS], 503[=SECONDS], latency=MS'],
  ['laten=5', 'there is no fault "laten"'],
  ['latency', '"latency" has a value that does not fit; accepted is latency=MS'],
  ['drop=after', '"drop=after" has a value that does not fit; accepted is drop'],
  ['error=200', '"status" is 200; accepted is an HTTP status from 400 to 599'],
  ['429:every', '":every" needs a value: every nth call only'],
  ['429:every x', '"every" is "x"; accepted is a whole number from 1'],
  ['429:on nowhere', '"path" is "nowhere"; accepted is one of ping'],
  ['429:sometimes 3', 'there is no fault "429:sometimes 3"'],
  ['stale=5:times 1', '"times" does not go with "staleMs", which takes staleMs'],
])('%s is refused', (text, problem) => {
  expect(readFaultFlag(text)).toEqual({ problem: expect.stringContaining(problem) });
});

test('the help names every kind and option', () => {
  for (const form of ['latency=MS', 'poison=TEXT', ':every=VALUE', ':subtype=VALUE'])
    expect(FAULT_HELP).toContain(form);
});
