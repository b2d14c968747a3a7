import type { FieldType } from '../../plan/event.ts';
import type { Path } from '../../plan/reads.ts';
import { BOOL, type ExprType, type Fields, TEXT, TIMESTAMP, typeOf, withMissing } from './types.ts';

/** What an expression at one place of a flow may name (LANGUAGE.md §4). */
export interface ExpressionEnv {
  /** fields of the starting event(s), see `eventFields`; null = not declared, any field goes */
  readonly event: Fields | null;
  readonly incoming: Incoming;
  /** declared attributes; null = the catalogue lists none, any goes. Identifiers are always known */
  readonly contact: { readonly [attribute: string]: FieldType } | null;
  /** variables assigned on every path to here; null = any goes */
  readonly vars: Fields | null;
  /** every step of the flow that has an id of its own */
  readonly steps: { readonly [id: string]: StepFacts };
  /** names to ids; null = the catalogue lists none, a name stands for itself */
  readonly groups: { readonly [name: string]: string } | null;
  /** events that `count` may name; null = the catalogue lists none, any goes */
  readonly events?: readonly string[] | null;
  /** flows that `in_flow` may name; null = not known, any goes */
  readonly flows?: readonly string[] | null;
  /** the flow's zone: IANA, or `contact`, which makes `ago`, `shift`, … read the contact's */
  readonly timezone: string;
}

/**
 * The event being looked at. `path` is where it stands at run time: `["incoming"]` (default) in `where` of a listener,
 * `["event"]` in `on.where`, `["steps", id, "event"]` inside the `then` of the wait_for with that id.
 */
export type Incoming =
  | { readonly fields: Fields | null; readonly path?: Path }
  /** why there is none here, the end of a sentence: `only "where" and the "then" of a wait_for look at an event` */
  | { readonly unavailable: string };

export interface StepFacts {
  /** has every path to here passed it? */
  readonly passed: boolean;
  /** the result may be missing: it is one of an earlier round */
  readonly missing?: true;
  /** fields of `steps.id`, see `stepFields` */
  readonly fields: Fields | null;
}

/** An environment in which nothing is declared; for tests and for places that see little of it. */
export const OPEN_ENV: ExpressionEnv = {
  event: null,
  incoming: { unavailable: 'only "where" of a listener and the "then" of a wait_for look at an event' },
  contact: null,
  vars: {},
  steps: {},
  groups: null,
  timezone: 'UTC',
};

/** The fields every step's result has, with those of its kind. */
export function stepFields(own: Fields = {}): Fields {
  return { outcome: TEXT, at: TIMESTAMP, ...own };
}

/** What became of a message so far; read before the step that asks. */
export const REACTIONS: Fields = { opened: BOOL, clicked: BOOL };

const MAYBE_TEXT = withMissing(TEXT, true);
const IDENTIFIERS: Fields = { email: MAYBE_TEXT, mobile: MAYBE_TEXT, external_id: MAYBE_TEXT, timezone: MAYBE_TEXT };

/** Fields of `contact`: an attribute may always be missing. Null where the catalogue lists none. */
export function contactFields({ contact }: ExpressionEnv): Fields | null {
  if (contact === null) return null;
  const attributes = Object.entries(contact).map(([name, type]) => [name, withMissing(typeOf(type, true), true)]);
  return { ...Object.fromEntries(attributes), ...IDENTIFIERS };
}

/** An attribute that nobody declared. */
export const UNDECLARED_ATTRIBUTE: ExprType = { is: 'any', missing: true };

export const TRIGGER_FIELDS: Fields = { name: TEXT, id: TEXT, time: TIMESTAMP, source: TEXT };
export const RUN_FIELDS: Fields = { id: TEXT, flow: TEXT, version: TEXT, entered_at: TIMESTAMP };
