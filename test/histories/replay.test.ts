import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from '@temporalio/worker';
import { beforeAll, describe, expect, it } from 'vitest';
import { workflowBundle } from '../../src/worker/workflow-bundle.ts';

const histories = readdirSync(import.meta.dirname).filter((name) => name.endsWith('.json'));

it('there are histories', () => expect(histories.length).toBeGreaterThan(0));

describe.each(['readable', 'sealed'] as const)('where failures are %s', (failures) => {
  let bundle: Awaited<ReturnType<typeof workflowBundle>>;
  beforeAll(async () => {
    bundle = await workflowBundle(failures);
  });

  it.each(histories)('%s replays', async (name) => {
    const history = JSON.parse(readFileSync(join(import.meta.dirname, name), 'utf8'));
    await Worker.runReplayHistory({ workflowBundle: bundle }, history, `flow/${name}`);
  });
});
