import { expect, test } from 'vitest';
import { jsonLog, routerLog, textLog } from './log.ts';

test('text: a sentence with its facts; JSON: one object a line', () => {
  const lines: string[] = [];
  const say = (text: string) => void lines.push(text);
  routerLog(textLog(say)).warn({ error: 'ECONNREFUSED' }, 'Temporal is away; events wait in the inbox');
  expect(lines.pop()).toMatch(/^\d{4}-\S+Z Temporal is away; events wait in the inbox \(error=ECONNREFUSED\)\n$/);
  textLog(say)('ready');
  expect(lines.pop()).toMatch(/Z ready\n$/);

  const log = jsonLog(say, 'serve');
  routerLog(log).error({ run: 'welcome/1' }, 'a notice was refused');
  expect(JSON.parse(lines.pop()!)).toMatchObject({
    level: 'error',
    role: 'serve',
    msg: 'a notice was refused',
    run: 'welcome/1',
    time: expect.stringMatching(/Z$/),
  });
  log('ready\nsteady');
  expect(lines.pop()!.trimEnd().split('\n')).toHaveLength(1);
});
