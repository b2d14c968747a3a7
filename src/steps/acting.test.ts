/** Steps that act: from YAML to the effects that the ledger is asked for, and what the run makes of its answers. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { compileProject } from '../compiler/catalogue.ts';
import { compile } from '../compiler/compile.ts';
import type { AnyEffect, EffectResult } from '../plan/effect.ts';
import type { JsonObject } from '../plan/json.ts';
import { VirtualRun } from '../simulation/virtual-run.ts';
import { SourceText } from '../source/text.ts';

const START = '2026-03-27T09:00:00.000Z';
const catalogue = readFileSync(new URL('../../test/diagnostics/mapp.yaml', import.meta.url), 'utf8');
const project = compileProject(new SourceText('mapp.yaml', catalogue)).project!;

interface Options {
  readonly data?: JsonObject;
  /** keys at the top of the flow */
  readonly top?: string;
  readonly contact?: JsonObject;
}

/** `answers` in turn, then `accepted` for ever. */
async function run(steps: string, answers: readonly EffectResult[] = [], options: Options = {}) {
  const text = `flow: test\non: loose\n${options.top ?? ''}\nsteps:\n${steps}`;
  const { plan, diagnostics } = compile(new SourceText('test.yaml', text), project);
  expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
  const left = [...answers];
  const effects: AnyEffect[] = [];
  const virtual = new VirtualRun(
    'test/p/1',
    {
      plan: plan!,
      entry: 'e',
      person: 'p',
      key: null,
      event: { name: 'loose', id: '1', time: START, source: 'api', data: options.data ?? {} },
      entered: START,
      speed: 1,
    },
    {
      start: Date.parse(START),
      deliver(effect) {
        effects.push(effect);
        return left.shift() ?? { outcome: 'accepted' };
      },
      read: () => ({ contact: options.contact ?? {}, groups: {} }),
    },
  );
  await virtual.run();
  const lines = virtual.lines.map(({ at, step, outcome }) => `${at.slice(11, 16)} ${step ?? 'run'} ${outcome ?? ''}`);
  return { outcome: virtual.outcome, lines: lines.map((line) => line.trim()), trail: virtual.lines, effects };
}

const rejected: EffectResult = { outcome: 'rejected', reason: 'no' };
const unknown: EffectResult = { outcome: 'unknown', reason: 'lost' };
const operations = (effects: readonly AnyEffect[]) => effects.map(({ operation }) => operation);
const decisions = (effects: readonly AnyEffect[]) => effects.map(({ decides }) => decides);

describe('operations', () => {
  it('of attributes and member attributes', async () => {
    const { effects, trail } = await run(
      `
  - set: { Tier: gold }
    group: vips
  - unset: [Hobbies]
    group: vips
  - increment: { WelcomeDone: 1, Purchases: "\${event.extra}" }
  - decrement: { Purchases: 2 }
    group: customers
  - delete_contact: true`.slice(1),
      [
        { outcome: 'accepted' },
        { outcome: 'accepted' },
        { outcome: 'accepted', answer: { WelcomeDone: 4, Purchases: 9 } },
      ],
      { data: { extra: 3 } },
    );
    const vips = { name: 'vips', id: '10145' };
    expect(operations(effects)).toEqual([
      { type: 'profile', set: { Tier: 'gold' }, group: vips },
      { type: 'profile', set: { Hobbies: null }, group: vips },
      { type: 'count', add: { WelcomeDone: 1, Purchases: 3 } },
      { type: 'count', add: { Purchases: -2 }, group: { name: 'customers', id: '10144' } },
      { type: 'delete_contact' },
    ]);
    // A step without settings asks as it did before there were any.
    expect(effects.every((effect) => !('decides' in effect))).toBe(true);
    expect((await run('  - increment: { Purchases: "${event.extra}" }')).effects).toEqual([]);
    expect(trail.find(({ step }) => step === 'increment_1')).toMatchObject({ data: { WelcomeDone: 4, Purchases: 9 } });
  });

  it('of records and automation', async () => {
    const { effects } = await run(
      `
  - save: abandoned_cart
    with: { sku: S, price: "\${event.delivery}" }
  - save: wishlist
    with: { sku: S, createdAt: "2026-01-01" }
  - remove: transaction
    with: { orderId: "\${event.extra}" }
  - save: related_data
    mode: update
    with: { datasetName: pets, key: k, attributes: { name: Rex } }
    filter: { id: 1 }
  - start_automation: trial
    with: { plan: pro }
  - send_to_group: nudge
    group: vips`.slice(1),
      [],
      { data: { extra: 'A-1' } },
    );
    const record = { type: 'record', action: 'save' };
    expect(operations(effects)).toEqual([
      { ...record, record: 'abandoned_cart', fields: { createdAt: START, sku: 'S' } },
      { ...record, record: 'wishlist', fields: { createdAt: '2026-01-01', sku: 'S' } },
      { ...record, action: 'remove', record: 'transaction', fields: { orderId: 'A-1' } },
      {
        ...record,
        record: 'related_data',
        mode: 'update',
        fields: { datasetName: 'pets', key: 'k', attributes: { name: 'Rex' } },
        filter: { id: 1 },
      },
      { type: 'automation', event: 'trial', fields: { plan: 'pro' } },
      { type: 'group_send', message: { name: 'nudge', id: '2324333336' }, group: { name: 'vips', id: '10145' } },
    ]);
  });

  it('of a webhook, whose answer later steps see', async () => {
    const { effects, outcome, trail } = await run(
      `
  - webhook: "https://example.com/\${event.extra}"
    id: hook
    headers: { X-A: "\${event.extra}", X-B: "\${event.delivery}" }
    body: { total: "\${event.extra}" }
    auth: { bearer: SHOP_TOKEN }
  - exit: "\${steps.hook.status} \${steps.hook.body.kind}"`.slice(1),
      [{ outcome: 'accepted', answer: { status: 201, body: { kind: 'new' } } }],
      { data: { extra: 7 } },
    );
    expect(operations(effects)).toEqual([
      {
        type: 'webhook',
        method: 'POST',
        url: 'https://example.com/7',
        headers: { 'X-A': '7' },
        body: { total: 7 },
        timeout: 10_000,
        expect: null,
        bearer: 'SHOP_TOKEN',
      },
    ]);
    expect(outcome).toBe('201 new');
    expect(trail[1]).toMatchObject({ what: 'hook', outcome: 'done', data: { status: 201 } });
  });
});

describe('on_error and retry', () => {
  it('park is the default', async () => {
    expect((await run('  - set: { Tier: a }', [rejected])).outcome).toBe('parked');
  });

  it.each(['continue', 'exit'])('%s', async (choice) => {
    const skip = { ...rejected, resolution: 'skip' } as EffectResult;
    const steps = `  - set: { Tier: a }\n    id: it\n    on_error: ${choice}\n  - wait: 1 hour`;
    const { effects, lines, outcome } = await run(steps, [skip]);
    expect(decisions(effects)).toEqual([{ rejected: 'skip' }]);
    expect(outcome).toBe(choice === 'exit' ? 'it failed' : 'completed');
    expect(lines.slice(1)).toEqual(
      choice === 'exit' ? ['09:00 it failed', '09:00 run'] : ['09:00 it failed', '10:00 wait_1 waited', '10:00 run'],
    );
  });

  it('tries again after a pause that doubles, under a new key, and then fails', async () => {
    const again = { ...rejected, resolution: 'resend' } as EffectResult;
    const skip = { ...rejected, resolution: 'skip' } as EffectResult;
    const steps =
      '  - set: { Tier: a }\n    retry: { attempts: 3, backoff: 10 minutes }\n    on_error: continue\n  - exit: out';
    const { effects, lines } = await run(steps, [again, again, skip]);
    expect(effects.map(({ key }) => key)).toEqual(['e/set_1/1/1', 'e/set_1/1/2', 'e/set_1/1/3']);
    expect(decisions(effects)).toEqual([{ rejected: 'resend' }, { rejected: 'resend' }, { rejected: 'skip' }]);
    expect(lines[1]).toBe('09:30 set_1 failed');
    const good = await run(steps, [again]);
    expect(good.lines[1]).toBe('09:10 set_1 done');
  });

  it('of an expression that is of no use: park, or as the step says', async () => {
    const webhook = '  - webhook: "${event.extra}"\n    id: hook\n';
    const parked = await run(webhook, [], { data: { extra: 'ftp://x' } });
    expect(parked.outcome).toBe('parked');
    expect(parked.trail.at(-1)!.data).toEqual({
      reason: 'the address is "ftp://x", expected one that begins with https:// or http://',
    });
    expect((await run(`${webhook}    on_error: exit`)).outcome).toBe('hook failed');
    const amount = '  - increment: { Purchases: "${event.extra}" }\n    on_error: continue';
    expect((await run(amount, [], { data: { extra: 'many' } })).lines[1]).toBe('09:00 increment_1 failed');
    const key = '  - save: transaction\n    with: { orderId: "${event.delivery}" }\n    on_error: continue';
    expect((await run(key)).lines[1]).toBe('09:00 save_1 failed');
    const filter =
      '  - remove: related_data\n    with: { datasetName: a, key: b }\n    filter: { c: "${event.delivery}" }\n    on_error: continue';
    const lost = await run(filter);
    expect(lost.effects).toEqual([]);
    expect(lost.lines[1]).toBe('09:00 remove_1 failed');
    const group = '  - add_to_group: "${event.extra}"\n    on_error: exit';
    expect((await run(group, [], { data: { extra: 'nobody' } })).outcome).toBe('add_to_group_1 failed');
  });
});

describe('on_unknown', () => {
  const send = (choice: string, more = '') =>
    `  - send_email: welcome\n    id: hello\n    on_unknown: ${choice}\n${more}`;
  const decided = (resolution: 'resend' | 'skip') => ({ ...unknown, resolution }) as EffectResult;

  it('skip goes on, and the outcome stays unknown', async () => {
    const { effects, lines, outcome } = await run(send('skip'), [decided('skip')]);
    expect(decisions(effects)).toEqual([{ unknown: 'skip' }]);
    expect(lines[1]).toBe('09:00 hello unknown');
    expect(outcome).toBe('completed');
  });

  it('resend sends three times at most, then somebody has to look', async () => {
    const { effects, outcome } = await run(send('resend'), [decided('resend'), decided('resend'), unknown]);
    expect(decisions(effects)).toEqual([{ unknown: 'resend' }, { unknown: 'resend' }, undefined]);
    expect(outcome).toBe('parked');
  });

  it('resend counts with retry where there is one', async () => {
    const retry = '    retry: { attempts: 2, backoff: 1 hour }\n';
    const { effects, lines } = await run(send('resend', retry), [decided('resend')]);
    expect(decisions(effects)).toEqual([{ unknown: 'resend', rejected: 'resend' }, undefined]);
    expect(lines[1]).toBe('10:00 hello sent');
  });

  it('park and reconcile wait for an operator', async () => {
    for (const choice of ['park', 'reconcile']) {
      const { effects, outcome } = await run(send(choice), [unknown]);
      expect(decisions(effects)).toEqual([choice === 'park' ? undefined : { unknown: 'reconcile' }]);
      expect(outcome).toBe('parked');
    }
  });

  it('of a webhook is a failure like any other', async () => {
    const steps =
      '  - webhook: https://example.com\n    id: hook\n    retry: { attempts: 2 }\n    on_error: continue\n';
    const { effects, lines } = await run(steps, [decided('resend'), decided('skip')]);
    expect(decisions(effects)).toEqual([
      { unknown: 'resend', rejected: 'resend' },
      { unknown: 'skip', rejected: 'skip' },
    ]);
    expect(lines[1]).toBe('09:00 hook failed');
  });

  it('defaults of the flow hold where they mean something, and a step may say otherwise', async () => {
    const top = 'defaults: { on_unknown: skip, on_error: continue, retry: { attempts: 1 } }';
    const steps = `
  - send_email: welcome
  - send_email: nudge
    on_unknown: park
    on_error: park
  - add_to_group: vips
  - add_to_group: vips
    opt_in: double
  - wait: 1 hour`.slice(1);
    const { effects } = await run(steps, [], { top });
    expect(decisions(effects)).toEqual([
      { unknown: 'skip', rejected: 'skip' },
      undefined,
      { rejected: 'skip' },
      { unknown: 'skip', rejected: 'skip' },
    ]);
  });

  it('leaves a group, with or without an objection; a push to browsers has no app', async () => {
    const steps = `
  - remove_from_group: vips
  - remove_from_group: vips
    unsubscribe: true`.slice(1);
    const { effects } = await run(steps);
    const left = { type: 'group', action: 'remove', group: { name: 'vips', id: '10145' }, optIn: 'single' };
    expect(effects.map(({ operation }) => operation)).toEqual([left, { ...left, unsubscribe: true }]);

    const deals = {
      ...project,
      messages: { deal: { channel: 'push', id: '7', parameters: null, web: true } },
    } as const;
    const push = (more: string) =>
      compile(new SourceText('test.yaml', `flow: test\non: loose\nsteps:\n  - send_push: deal${more}`), deals);
    expect(Object.values(push('').plan!.steps)).toMatchObject([{ kind: 'send_push', web: true }]);
    expect(push('\n    app: shop').diagnostics).toMatchObject([{ code: 'conflicting-keys' }]);
  });
});
