import { expect, it } from 'vitest';
import { progressLine } from './progress-line.ts';

function stream(properties: { isTTY: boolean; columns?: number }) {
  let written = '';
  const write = (text: string) => {
    written += text;
    return true;
  };
  return { line: progressLine({ ...properties, write } as NodeJS.WriteStream), text: () => written };
}

it('rewrites one line of a terminal, no longer than that is wide', () => {
  const { line, text } = stream({ isTTY: true, columns: 10 });
  line.show('short');
  line.show('much longer than that');
  line.end();
  line.end();
  expect(text()).toBe('\r\x1b[2Kshort\r\x1b[2Kmuch lon…\n');
});

it('tells a log of each new subject once, without control characters', () => {
  const { line, text } = stream({ isTTY: false });
  line.show('building: 0:00');
  line.show('building: 0:01');
  line.show('downloading: 1 MB');
  line.end();
  line.show('downloading: 2 MB');
  expect(text()).toBe('building: 0:00\ndownloading: 1 MB\ndownloading: 2 MB\n');
});
