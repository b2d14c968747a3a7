import type { Webhook } from '../../plan/effect.ts';
import type { PlanSteps } from '../../plan/plan.ts';
import type { Task } from '../../plan/task.ts';
import { toText } from '../../plan/values.ts';
import { cannotAct, failed } from '../act-outcome.ts';
import { evaluateAll } from '../evaluate-all.ts';
import type { Host, Runner, StepResult } from '../host.ts';

export const run: Runner<'webhook'> = function* (step, host) {
  for (;;) {
    const url = host.evaluate(step.url);
    if (typeof url === 'string' && /^https?:\/\/[^\s/]/.test(url)) return yield* call(step, url, host);
    const found = url === null ? 'null' : `"${toText(url)}"`;
    const ending = yield* cannotAct(
      step,
      `the address is ${found}, expected one that begins with https:// or http://`,
      host,
    );
    if (ending !== null) return { next: step.next, what: step.id, ...ending };
  }
};

function* call(step: PlanSteps['webhook'], url: string, host: Host): Task<StepResult> {
  const headers = Object.entries(evaluateAll(step.headers, host)).map(([name, value]) => [name, toText(value)]);
  const operation: Webhook = {
    type: 'webhook',
    method: step.method,
    url,
    headers: Object.fromEntries(headers),
    body: host.evaluate(step.body),
    timeout: step.timeout,
    expect: step.expect,
    bearer: step.bearer,
  };
  const result = yield* host.act(step, operation);
  const answer = 'answer' in result && result.answer !== undefined ? result.answer : {};
  const { status = null, body = null } = answer;
  // A call of unknown fate has failed as much as one that was refused: there is no third way for a webhook.
  const ending = result.outcome === 'done' ? { outcome: 'done' } : failed(result.reason, step);
  return {
    next: step.next,
    what: step.id,
    ...(status === null ? {} : { data: { status } }),
    ...ending,
    result: { ...('result' in ending ? ending.result : {}), status, body },
  };
}
