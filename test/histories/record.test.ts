/** Records a history for each scenario that has none: `RECORD_HISTORIES=1 npx vitest run test/histories`. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { compileProject } from '../../src/compiler/catalogue.ts';
import { compile } from '../../src/compiler/compile.ts';
import type { Activities } from '../../src/plan/effect.ts';
import { NOTICE_SIGNAL, type RunInput, type RunReport, STATE_QUERY } from '../../src/plan/notice.ts';
import type { Plan } from '../../src/plan/plan.ts';
import { SourceText } from '../../src/source/text.ts';
import { findTemporal } from '../../src/temporal/find-server.ts';
import { SEARCH_ATTRIBUTES } from '../../src/temporal/search-attributes.ts';
import { createFlowWorker } from '../../src/worker/worker.ts';
import { SCENARIOS, type Scenario } from './scenarios.ts';

const HERE = import.meta.dirname;
const missing = Object.keys(SCENARIOS).filter((name) => !existsSync(join(HERE, `${name}.json`)));

it('every scenario is recorded', () => {
  if (process.env.RECORD_HISTORIES === undefined) expect(missing).toEqual([]);
});

describe.runIf(process.env.RECORD_HISTORIES !== undefined && missing.length > 0)('recording', () => {
  let env: TestWorkflowEnvironment;
  beforeAll(async () => {
    const found = await findTemporal({ ...process.env, TEMPORAL_ADDRESS: undefined }, () => {});
    if (found.kind !== 'binary') throw new Error('recording needs a server of its own');
    // Runs continue as new after a few dozen events instead of thousands.
    const extraArgs = [
      ...['--dynamic-config-value', 'limit.historyCount.suggestContinueAsNew=40'],
      ...SEARCH_ATTRIBUTES.flatMap((name) => ['--search-attribute', `${name}=Keyword`]),
    ];
    env = await TestWorkflowEnvironment.createLocal({
      server: { executable: { type: 'existing-path', path: found.binary }, extraArgs },
    });
  });
  afterAll(() => env.teardown());

  it.each(missing)('%s', async (name) => {
    const scenario = SCENARIOS[name]!;
    const { nativeConnection: connection, client } = env;
    const worker = await createFlowWorker({
      connection,
      namespace: 'default',
      taskQueue: name,
      slots: 20,
      reports: { add: () => {}, close: async () => {} },
      activities: activitiesOf(scenario),
    });
    await worker.runUntil(async () => {
      const workflowId = `${scenario.flow}/recorded-${name}/1`;
      const handle = await client.workflow.start(scenario.flow, {
        taskQueue: name,
        workflowId,
        args: [inputOf(scenario)],
      });
      for (const [i, { when, notice }] of (scenario.notices ?? []).entries()) {
        await vi.waitFor(async () => expect((await handle.query<RunReport>(STATE_QUERY)).position.status).toBe(when), {
          timeout: 60_000,
          interval: 20,
        });
        const body = typeof notice === 'function' ? notice(planOf(scenario.flow)) : notice;
        await handle.signal(NOTICE_SIGNAL, { ...body, n: i + 1 });
      }
      await handle.result();
      const first = client.workflow.getHandle(workflowId, handle.firstExecutionRunId);
      const chain = [await first.fetchHistory()];
      if (chain[0]!.events!.at(-1)!.workflowExecutionContinuedAsNewEventAttributes) {
        chain.push(await client.workflow.getHandle(workflowId).fetchHistory());
      }
      for (const [part, history] of chain.entries()) {
        const file = part === 0 ? `${name}.json` : `${name}.${part + 1}.json`;
        writeFileSync(join(HERE, file), `${JSON.stringify(JSON.parse(historyToJSON(history)), nameless, 1)}\n`);
      }
    });
  });
});

/** Identities and the names of sticky task queues name the machine that recorded. */
function nameless(key: string, value: unknown): unknown {
  const names = key === 'identity' || (key === 'name' && typeof value === 'string' && /^\d+@/.test(value));
  return names ? 'recorded' : value;
}

function inputOf({ flow, data = {}, speed = 1 }: Scenario): RunInput {
  const start = { name: 'start', id: 'start-1', time: '2026-03-27T09:00:00.000Z', source: 'api', data };
  return {
    plan: planOf(flow),
    entry: 'recorded',
    person: 'nobody',
    key: null,
    event: start,
    entered: start.time,
    speed,
  };
}

function planOf(flow: string): Plan {
  const source = (path: string) => new SourceText(path, readFileSync(join(HERE, path), 'utf8'));
  const { project } = compileProject(source('mapp.yaml'));
  const { plan, diagnostics } = compile(source(`flows/${flow}.yaml`), project!);
  if (plan === undefined) throw new Error(`${flow}: ${JSON.stringify(diagnostics, null, 1)}`);
  return plan;
}

function activitiesOf({ contact = {}, groups = {}, read = {}, deliver }: Scenario): Activities {
  const attempts = new Map<string, number>();
  const answer: Activities['deliver'] = async (effect) => {
    const attempt = (attempts.get(effect.key) ?? 0) + 1;
    attempts.set(effect.key, attempt);
    return deliver?.(effect, attempt) ?? { outcome: 'accepted' };
  };
  return { deliver: answer, deliverLater: answer, read: async () => ({ contact, groups, ...read }) };
}
