/** Which condition of a flow refused an event, and what the event said. */
import { expressionText } from '../graph/expression-text.ts';
import { saw } from '../plan/evaluate.ts';
import type { Expr } from '../plan/expression.ts';
import type { JsonObject } from '../plan/json.ts';
import type { Plan } from '../plan/plan.ts';
import type { Store } from '../store/store.ts';
import type { Decision } from '../store/tables/inbox.ts';

/** A flow as it is published now. */
export interface Published {
  readonly flow: string;
  readonly status: string;
  readonly published_at: Date;
  readonly plan: Plan;
}

/** The event as it is in the inbox. */
interface Arrived {
  readonly name: string;
  readonly data: JsonObject;
  readonly decided_at: Date | null;
}

/**
 * The conditions as they were in the version that decided, with the values of the event. Those of the contact may be others
 * by now. A decision that tells no version (of before they did) is explained by the published one.
 *
 * @param now null: the flow is published no more
 */
export async function whatWasFalse(
  store: Store,
  { where }: Decision,
  { name, data, decided_at }: Arrived,
  now: Published | null,
): Promise<string> {
  const plan = where === undefined ? now?.plan : await planOf(store, where.version, now);
  if (plan === undefined) return '';
  const on =
    where === undefined ? plan.on.filter(({ event }) => event === name) : where.on.flatMap((n) => plan.on[n] ?? []);
  const conditions = on.flatMap(({ where: condition }) => (condition === null ? [] : [condition]));
  const texts = [...new Set(conditions.map(expressionText))].join(', or ');
  const values = [...new Set(conditions.flatMap((condition) => valuesOf(condition, data)))].join(', ');
  const isNow =
    where === undefined
      ? !(now !== null && decided_at !== null && now.published_at > decided_at)
      : now?.plan.hash === where.version;
  const since = isNow ? '' : where === undefined ? 'the flow was published anew since' : `in version ${where.version}`;
  return [texts, values, since].filter((part) => part !== '').join('; ');
}

async function planOf(store: Store, hash: string, now: Published | null): Promise<Plan | undefined> {
  if (now?.plan.hash === hash) return now.plan;
  return (await store.db.selectFrom('plans').select('plan').where('hash', '=', hash).executeTakeFirst())?.plan;
}

/** `event.total was 5`; what is long is cut. */
function valuesOf(condition: Expr, data: JsonObject): string[] {
  const nothing = { vars: {}, steps: {}, run: {}, contact: {}, groups: {}, trigger: {}, now: '', timezone: 'UTC' };
  const values = saw(condition, { ...nothing, event: data, incoming: data });
  return Object.entries(values).flatMap(([path, value]) => {
    if (!/^(event|incoming)\b/.test(path)) return [];
    const text = value === null ? 'missing' : JSON.stringify(value);
    return [`${path} was ${text.length > 80 ? `${text.slice(0, 79)}…` : text}`];
  });
}
