import { afterEach, describe, expect, it, vi } from 'vitest';
import { type DevProcess, sampleProject, type TestProject, testProject } from '../support/dev-process.ts';

const CATALOGUE = `
project: shop
timezone: Europe/Berlin
messages:
  first: { channel: email, id: "1" }
  second: { channel: email, id: "2" }
groups: { buyers: "77" }
`;
const FLOW = `
flow: journey
on: signup
steps:
  - send_email: first
  - wait_for: go
    timeout: 1 day
  - send_email: second
  - add_to_group: buyers
`;

const projects: TestProject[] = [];
const open = (project: TestProject) => {
  projects.push(project);
  return project;
};
afterEach(async () => {
  for (const project of projects.splice(0)) await project.remove();
});

interface Run {
  readonly run: string;
  readonly state: string;
  readonly step: string | null;
  readonly version: string;
}

const post = (dev: DevProcess, event: string, id: string, data = {}) =>
  fetch(`${dev.ingest}/v1/events`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ event, id, contact: { email: 'ada@example.com' }, data }),
  });
const messages = async (dev: DevProcess): Promise<string[]> =>
  ((await (await fetch(`${dev.sandbox}/messages`)).json()) as { message: string }[]).map(({ message }) => message);
const until = (check: () => Promise<void>) => vi.waitFor(check, { timeout: 100_000, interval: 100 });
const runs = async (project: TestProject) => (await project.flows(['runs'])).json as Run[];

describe('flows dev', () => {
  it('plays the sample to its end', async () => {
    const project = open(sampleProject());
    const dev = await project.dev(['--sample', '--once', '--speed', '864000']);
    expect(await dev.ended).toBe(0);
    expect(dev.said()).toMatch(/\d+ runs: \d+ completed, \d+ exited, 0 parked, 0 failed/);
    expect(dev.said()).toMatch(/Mara\.Lindqvist\S+ +post-purchase +send_sms +delivery_sms/);
  });

  it('takes a run up again after kill -9, and sends nothing twice', async () => {
    const project = open(testProject({ 'mapp.yaml': CATALOGUE, 'flows/journey.yaml': FLOW }));
    const before = await project.dev();
    expect((await post(before, 'signup', 's1')).status).toBe(202);
    await until(async () => expect(await messages(before)).toEqual(['first']));
    // What is killed before it has written down that the message went out, is parked.
    await until(async () => expect((await runs(project))[0]?.state).toBe('waiting'));
    await before.kill();
    const after = await project.dev();
    expect(await (await post(after, 'signup', 's1')).json()).toMatchObject({ accepted: 0, duplicates: 1 });
    await post(after, 'go', 'g1');
    await until(async () => expect((await runs(project))[0]?.state).toBe('completed'));
    expect(await messages(after)).toEqual(['first', 'second']);
    const groups = (await (await fetch(`${after.sandbox}/contacts`)).json()) as { groups: unknown[] }[];
    expect(groups[0]!.groups).toHaveLength(1);
    expect(await after.stop()).toBe(0);
  });

  it('parks a send of unknown fate, and resolves it as it is told', async () => {
    const project = open(testProject({ 'mapp.yaml': CATALOGUE, 'flows/journey.yaml': FLOW }));
    const dev = await project.dev();
    const fault = (rules: unknown) =>
      fetch(`${dev.sandbox}/faults`, {
        method: 'PUT',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(rules),
      });
    expect((await fault([{ subtype: 'email', drop: 'after', times: 1 }])).status).toBe(200);
    await post(dev, 'signup', 's1');
    await until(async () => expect((await runs(project))[0]).toMatchObject({ state: 'parked', step: 'send_email_1' }));
    const [{ run }] = (await runs(project)) as [Run];
    expect((await project.flows(['deliveries', '--state', 'unknown'])).json).toMatchObject([{ run, target: 'first' }]);
    expect((await project.flows(['resolve', run, '--as', 'sent'])).code).toBe(0);
    await until(async () => expect((await runs(project))[0]?.state).toBe('waiting'));
    await post(dev, 'go', 'g1');
    await until(async () => expect((await runs(project))[0]?.state).toBe('completed'));
    expect(await messages(dev)).toEqual(['first', 'second']);
  });

  it('reloads a saved flow for new entries only, and keeps the old one when the new is broken', async () => {
    const project = open(
      testProject({
        'mapp.yaml': CATALOGUE,
        'flows/journey.yaml': FLOW.replace('on: signup', 'on: signup\nreentry: always'),
      }),
    );
    const dev = await project.dev();
    await post(dev, 'signup', 's1');
    await until(async () => expect(await messages(dev)).toEqual(['first']));
    project.write('flows/journey.yaml', 'flow: journey\non: signup\nreentry: always\nsteps:\n  - send_emial: second\n');
    await dev.says(/send_emial/);
    project.write('flows/journey.yaml', 'flow: journey\non: signup\nreentry: always\nsteps:\n  - send_email: second\n');
    await dev.says(/reloaded journey/);
    await post(dev, 'signup', 's2');
    await until(async () => expect(await messages(dev)).toEqual(['first', 'second']));
    const states = async () => (await runs(project)).map(({ state }) => state).sort();
    await until(async () => expect(await states()).toEqual(['completed', 'waiting']));
  });

  it('ends with what is wrong when it cannot start', async () => {
    const project = open(testProject({ 'mapp.yaml': CATALOGUE }));
    const starting = project.dev([], { MAPP_CONNECT_URL: 'http://127.0.0.1:9' });
    await expect(starting).rejects.toThrow(/ended with 1 before it was ready:\s+flows: MAPP_CONNECT_ID is not set/);
    await expect(project.dev(['--sample', '--once'])).rejects.toThrow(
      /ended with 1 before it was ready:\s+flows: no sample/,
    );
    project.write('samples/own-api.json', '[{ "event": { "event": "x" } }, 5]');
    await expect(project.dev(['--sample'])).rejects.toThrow('samples/own-api.json: event 2 must be { "after_days"');
  });

  it('refuses a second one in the same project, and names the first', async () => {
    const project = open(testProject({ 'mapp.yaml': CATALOGUE }));
    const { pid, ingest } = await project.dev();
    await expect(project.dev()).rejects.toThrow(`already runs in this project (process ${pid}, ingest ${ingest})`);
  });
});
