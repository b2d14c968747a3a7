import { type Client, WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import { defineSearchAttributeKey, SearchAttributeType, TypedSearchAttributes } from '@temporalio/common';
import type { RunInput } from '../plan/notice.ts';
import type { Plan } from '../plan/plan.ts';
import type { StartBody } from './enter.ts';
import { keyHashIn } from './run-key.ts';

/** hash of the plan */
export const FLOW_VERSION = defineSearchAttributeKey('FlowVersion', SearchAttributeType.KEYWORD);
/** our id of the person */
export const FLOW_PERSON = defineSearchAttributeKey('FlowPerson', SearchAttributeType.KEYWORD);
/** hash of the flow's key, absent without one */
export const FLOW_KEY = defineSearchAttributeKey('FlowKey', SearchAttributeType.KEYWORD);

/** How runs are started; the same for all of one router. */
export interface StartSettings {
  readonly taskQueue: string;
  /** the client shares its `NativeConnection` with a worker in this process */
  readonly eager: boolean;
}

/** Memo of every run: from it and the input, a lost row can be rebuilt. */
export interface RunMemo extends Record<string, unknown> {
  readonly entry: string;
  readonly person: string;
}

/** Starts the run; one that was started before, by whomever, is the same run. */
export async function startRun(
  client: Client,
  { taskQueue, eager }: StartSettings,
  workflowId: string,
  plan: Plan,
  { hash, ...body }: StartBody,
): Promise<void> {
  const input: RunInput = { ...body, plan };
  const memo: RunMemo = { entry: body.entry, person: body.person };
  const keyHash = keyHashIn(workflowId);
  try {
    await client.workflow.start(plan.flow, {
      args: [input],
      taskQueue,
      workflowId,
      workflowIdReusePolicy: 'REJECT_DUPLICATE',
      workflowIdConflictPolicy: 'USE_EXISTING',
      requestEagerStart: eager,
      memo,
      typedSearchAttributes: new TypedSearchAttributes([
        { key: FLOW_VERSION, value: hash },
        { key: FLOW_PERSON, value: body.person },
        ...(keyHash === null ? [] : [{ key: FLOW_KEY, value: keyHash }]),
      ]),
      staticSummary: summary(plan, body),
      staticDetails: details(plan, body, workflowId, hash),
    });
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
  }
}

/** Temporal takes 400 bytes, counted with the quotes and escapes of JSON. */
function summary(plan: Plan, { event }: Omit<StartBody, 'hash'>): string {
  return cut(`${plan.flow} · entered by ${event.name}`, 380);
}

/** Markdown for Temporal's UI, at most 20,000 bytes. Nothing here may name an address. */
function details(plan: Plan, { event, entry, entered }: Omit<StartBody, 'hash'>, run: string, hash: string): string {
  // Producers choose ids, and some put an address into them.
  const id = event.id.includes('@') ? 'hidden, as it holds an address' : code(event.id);
  return [
    ...(plan.description === null ? [] : [cut(plan.description, 4000), '']),
    `- flow ${code(plan.flow)}, version ${code(hash)}`,
    `- entry ${code(entry)}, ${entered}`,
    `- started by ${code(event.name)} from ${code(event.source)}, event id ${id}, ${event.time}`,
    '',
    `Look closer: ${code(`flows show ${run}`)}`,
  ].join('\n');
}

function code(text: string): string {
  return `\`${cut(text.replace(/[`\s]+/g, ' '), 200)}\``;
}

/** The longest beginning whose JSON is no longer than `bytes`, in whole characters. */
function cut(text: string, bytes: number): string {
  if (Buffer.byteLength(JSON.stringify(text)) <= bytes) return text;
  const characters = [...text].slice(0, bytes);
  while (Buffer.byteLength(JSON.stringify(`${characters.join('')}…`)) > bytes) {
    characters.length -= Math.max(1, Math.floor(characters.length / 20));
  }
  return `${characters.join('')}…`;
}
