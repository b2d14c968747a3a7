import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import type { Connection } from '@temporalio/client';
import { inject } from 'vitest';
import { connectTemporal, type TemporalSettings, temporalSettings } from '../../src/temporal/connection.ts';

export interface TestTemporal {
  readonly address: string;
  readonly namespace: string;
  /** for `connectTemporal`, `NativeConnection` */
  readonly settings: TemporalSettings;
  /** closed by whoever asked for it */
  readonly connection: Connection;
}

/**
 * The test run's Temporal server: in memory, with our search attributes, shared by all test files (or the one that
 * TEMPORAL_ADDRESS names). Tests keep apart by task queues and workflow ids of their own.
 */
export async function testTemporal(): Promise<TestTemporal> {
  const answer = JSON.parse(await text(connect(inject('temporalPort'), '127.0.0.1'))) as {
    address?: string;
    error?: string;
  };
  if (answer.address === undefined) throw new Error(answer.error);
  const own = temporalSettings(process.env);
  const settings = { ...own, options: { ...own.options, address: answer.address } };
  return {
    address: answer.address,
    namespace: settings.namespace,
    settings,
    connection: await connectTemporal(settings),
  };
}
