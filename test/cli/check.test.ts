import { afterEach, expect, test } from 'vitest';
import { flows, projectWith } from './cli.ts';

const CATALOGUE = `
project: shop
timezone: Europe/Berlin
messages:
  hello: { channel: email, id: "1" }
groups: { customers: "10144" }
events:
  newsletter_signup: { country: string }
`;
const WELCOME = `
flow: welcome
on: newsletter_signup
steps:
  - send_email: hello
`;
const BROKEN = `
flow: broken
on: newsletter_signup
steps:
  - send_email: helo
`;
const WARNED = `
flow: warned
on: newsletter_signup
steps:
  - wait_for: newsletter_signup
`;

let remove: (() => void) | null = null;
function project(files: { readonly [path: string]: string | Buffer }): string {
  const made = projectWith(files);
  remove = made.remove;
  return made.dir;
}
afterEach(() => remove?.());

test('a sound project: exit 0, in every format', async () => {
  const dir = project({ 'mapp.yaml': CATALOGUE, 'flows/welcome.yaml': WELCOME, 'flows/welcome.test.yaml': 'no flow' });
  expect(await flows(dir, ['check'])).toEqual({ code: 0, out: '1 sound flow, no problems\n', err: '' });
  const json = await flows(dir, ['check', '--json']);
  expect(json.code).toBe(0);
  expect(JSON.parse(json.out)).toEqual({
    ok: true,
    flows: [{ flow: 'welcome', file: 'flows/welcome.yaml', hash: expect.stringMatching(/^[0-9a-f]{16}$/) }],
    diagnostics: [],
  });
  expect(await flows(dir, ['check', '--format', 'github'])).toEqual({ code: 0, out: '', err: '' });
  const sarif = await flows(dir, ['check', '--format', 'sarif']);
  expect(JSON.parse(sarif.out)).toMatchObject({ version: '2.1.0', runs: [{ results: [] }] });
});

test('--json beside a format that is none: exit 2', async () => {
  const dir = project({ 'mapp.yaml': CATALOGUE, 'flows/welcome.yaml': WELCOME });
  for (const format of ['text', 'github']) {
    const ran = await flows(dir, ['check', '--json', '--format', format]);
    expect(ran).toMatchObject({ code: 2, err: `flows: --json and --format ${format} contradict each other\n` });
  }
  expect(await flows(dir, ['check', '--json', '--format', 'sarif'])).toMatchObject({ code: 0, err: '' });
});

test('a broken flow: exit 1, place, frame and help', async () => {
  const dir = project({ 'mapp.yaml': CATALOGUE, 'flows/welcome.yaml': WELCOME, 'flows/broken.yml': BROKEN });
  const text = await flows(dir, ['check']);
  expect(text.code).toBe(1);
  expect(text.out).toMatch(/^flows\/broken\.yml:5:17: unknown message "helo"/);
  expect(text.out).toContain('5 |   - send_email: helo');
  expect(text.out).toContain('did you mean "hello"?');
  const json = JSON.parse((await flows(dir, ['check', '--json'])).out);
  expect(json).toMatchObject({
    ok: false,
    flows: [{ flow: 'welcome' }],
    diagnostics: [
      {
        code: 'unknown-message',
        severity: 'error',
        file: 'flows/broken.yml',
        range: { start: { line: 5, column: 17 } },
      },
    ],
  });
  expect((await flows(dir, ['check', '--format', 'github'])).out).toMatch(/^::error file=flows\/broken\.yml,line=5/);
});

test('only the paths named count, from the current directory or the project', async () => {
  const dir = project({ 'mapp.yaml': CATALOGUE, 'flows/welcome.yaml': WELCOME, 'flows/broken.yaml': BROKEN });
  expect((await flows(dir, ['check', 'flows/welcome.yaml'])).code).toBe(0);
  expect((await flows(`${dir}/flows`, ['check', 'welcome.yaml', '--project', '..'])).code).toBe(0);
  expect((await flows(dir, ['check', 'flows'])).code).toBe(1);
  const unknown = await flows(dir, ['check', 'flows/none.yaml']);
  expect(unknown.code).toBe(1);
  expect(unknown.err).toContain('"flows/none.yaml"');
});

test('warnings alone are no failure', async () => {
  const dir = project({ 'mapp.yaml': CATALOGUE, 'flows/warned.yaml': WARNED });
  const json = await flows(dir, ['check', '--json']);
  expect(json.code).toBe(0);
  expect(JSON.parse(json.out)).toMatchObject({ ok: true, diagnostics: [{ severity: 'warning' }] });
});

test('what only the files together show: two flows of one name, bytes that are no UTF-8', async () => {
  const dir = project({
    'mapp.yaml': CATALOGUE,
    'flows/a.yaml': WELCOME,
    'flows/b.yaml': WELCOME,
    'flows/c.yaml': Buffer.concat([Buffer.from('flow: c\ndescription: caf'), Buffer.from([0xe9]), Buffer.from('\n')]),
  });
  const { code, out } = await flows(dir, ['check', '--json']);
  expect(code).toBe(1);
  const places = JSON.parse(out).diagnostics.map(
    (one: { file: string; range: { start: { line: number; column: number } }; message: string }) => [
      `${one.file}:${one.range.start.line}:${one.range.start.column}`,
      one.message,
    ],
  );
  expect(places).toEqual([
    ['flows/b.yaml:2:7', 'flow "welcome" is defined in flows/a.yaml already'],
    ['flows/c.yaml:2:17', 'the file is not UTF-8: its bytes make no characters from here on'],
  ]);
});

test('no mapp.yaml: one sentence that says what to do', async () => {
  const dir = project({ 'flows/welcome.yaml': WELCOME });
  const { code, err } = await flows(dir, ['check']);
  expect(code).toBe(1);
  expect(err).toContain('there is no mapp.yaml');
  expect(err).toContain('--project');
  expect(err).not.toContain(' at ');
  const json = await flows(dir, ['check', '--json']);
  expect(JSON.parse(json.out)).toMatchObject({ error: { message: expect.stringContaining('mapp.yaml') } });
});

test('plan: the plan as JSON, unknown flows with the nearest name', async () => {
  const dir = project({ 'mapp.yaml': CATALOGUE, 'flows/welcome.yaml': WELCOME });
  const { code, out } = await flows(dir, ['plan', 'welcome']);
  expect(code).toBe(0);
  expect(JSON.parse(out)).toMatchObject({ format: 1, flow: 'welcome', first: 'send_email_1' });
  const unknown = await flows(dir, ['plan', 'welcom']);
  expect(unknown.code).toBe(1);
  expect(unknown.err).toContain('"welcom"');
  expect(unknown.err).toContain('Did you mean "welcome"?');
});

test.each([
  [['nonsense']],
  [['check', '--nonsense']],
  [['check', '--format', 'html']],
  [['plan']],
  [['plan', 'a', 'b']],
  [['send', 'signup']],
  [['send', 'signup', '--contact', 'e-mail=x']],
  [['send', 'signup', '--contact', 'email=a@example.com', '--data', '[1]']],
  [['send', 'signup', '--contact', 'email=a@example.com', '--flow', 'x']],
  [['send', 'manual', '--contact', 'email=a@example.com']],
  [['runs', '--state', 'lost']],
  [['deliveries', '--since', 'yesterday']],
  [['resolve', '--as', 'sent']],
  [['resolve', 'a/b/1']],
  [['sandbox', '--port', '70000']],
  [[]],
])('wrong usage: flows %j', async (args) => {
  const dir = project({ 'mapp.yaml': CATALOGUE });
  const { code, out, err } = await flows(dir, args);
  expect(code).toBe(2);
  expect(out).toBe('');
  expect(err).not.toBe('');
});

test.each([[['--help']], [['check', '--help']], [['resolve', '--help']], [['--version']]])(
  'help: flows %j',
  async (args) => {
    const { code, out, err } = await flows('/', args);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).not.toBe('');
  },
);

test('a directory that is not there', async () => {
  const { code, err } = await flows('/', ['check', '--project', 'no-such-directory']);
  expect(code).toBe(1);
  expect(err).toContain('no-such-directory');
});
