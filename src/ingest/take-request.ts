import type { IncomingHttpHeaders } from 'node:http';
import type { AudienceSubscription, CanonicalEvent, EventShapes } from '../plan/event.ts';
import type { Json } from '../plan/json.ts';
import type { Project } from '../plan/project.ts';
import { isLoopbackAddress } from '../system/loopback.ts';
import type { Sealer } from '../system/seal.ts';
import type { Acceptor } from './acceptor.ts';
import type { ConfiguredSource } from './configured-sources.ts';
import { withDeclaredTypes } from './declared.ts';
import { aboutMessage } from './feedback.ts';
import type { FieldLog } from './field-log.ts';
import type { Metrics } from './metrics.ts';
import { Problem } from './problem.ts';
import { quarantineRow } from './quarantine.ts';
import { decodeBody, readJson } from './read-json.ts';
import type { Answer, KnownFlow } from './source-adapter.ts';
import { mayBeStored } from './store-away.ts';

export interface TakeContext {
  readonly acceptor: Acceptor;
  readonly shapes: EventShapes | null;
  /** the catalogue's */
  readonly messages: Project['messages'];
  readonly metrics: Metrics;
  readonly fields: FieldLog;
  /** for what goes to quarantine */
  readonly sealer: Sealer;
  /** keeps which audiences producers have connected */
  readonly tellSubscriptions: (subscriptions: readonly AudienceSubscription[]) => Promise<void>;
  /** the flows that are published now */
  readonly knownFlows: () => Promise<readonly KnownFlow[]>;
  readonly onAccepted: () => void;
  /** hears why requests are refused with 503 */
  readonly outage: (message: string) => void;
}

export interface TakenRequest {
  readonly headers: IncomingHttpHeaders;
  readonly raw: Buffer;
  readonly remoteAddress: string | undefined;
}

/**
 * One request, from its bytes to its answer: authentication, content type, decoding, parsing, declared types, one
 * durable write. `sources`: those that this address may belong to. Throws a Problem for every other answer than success.
 */
export async function takeRequest(
  context: TakeContext,
  sources: readonly ConfiguredSource[],
  request: TakenRequest,
): Promise<{ readonly source: string; readonly answer: Answer }> {
  const received = new Date();
  const { source, body } = await readAuthenticated(sources, { ...request, received });
  const { adapter, name, settings } = source;
  const flows = startsByHand(body) ? await orUnavailable(context, context.knownFlows) : [];
  const count = (outcome: string, events: number) =>
    context.metrics.add('flows_ingest_events_total', [name, outcome], events);
  const parsed = refusalsCounted(
    () => adapter.parse({ source: name, headers: request.headers, body, received, settings, flows }),
    count,
  );
  const events = parsed.events.map((event) => typed(context, aboutMessage(context.messages, event)));
  const { outcomes } = await orUnavailable(context, async () => {
    await context.tellSubscriptions(parsed.subscriptions ?? []);
    const quarantined = parsed.quarantined.map((one) => quarantineRow(context.sealer, one));
    return await context.acceptor.accept(events, quarantined, ({ outcomes, conflicts, kept, toRoute }) => {
      const accepted = outcomes.filter((outcome) => outcome === 'accepted').length;
      const fresh = kept.filter(Boolean).length;
      count('accepted', accepted);
      count('quarantined', fresh);
      count('duplicate', outcomes.length - accepted + kept.length - fresh);
      count('rejected', parsed.rejected);
      count('ignored', parsed.ignored ?? 0);
      const conflicting = conflicts.reduce((sum, n) => sum + n, 0);
      context.metrics.add('flows_ingest_identity_conflicts_total', [name], conflicting);
      if (toRoute) context.onAccepted();
    });
  });
  return { source: name, answer: parsed.answer(outcomes) };
}

/** Of a request that is refused as a whole nothing else would count the events. */
function refusalsCounted<T>(parse: () => T, count: (outcome: 'rejected', events: number) => void): T {
  try {
    return parse();
  } catch (error) {
    if (error instanceof Problem) count('rejected', error.rejected);
    throw error;
  }
}

/** Only those who name a flow cost a look into the store. */
function startsByHand(body: Json): boolean {
  const items: readonly Json[] = Array.isArray(body) ? body : [body];
  return items.some((item) => (item as { readonly event?: Json } | null)?.event === 'manual');
}

/** Who calls is known before anything is parsed, but for sources whose secret may stand in the body. */
async function readAuthenticated(
  sources: readonly ConfiguredSource[],
  request: TakenRequest & { readonly received: Date },
): Promise<{ source: ConfiguredSource; body: Json }> {
  for (const source of sources) {
    const verdict = authenticate(source, request);
    if (verdict === 'accepted') return { source, body: await readBody(source, request) };
    if (verdict === 'refused') continue;
    // A caller whom nobody knows yet learns nothing of what is wrong with the body.
    const body = await readBody(source, request).catch(() => undefined);
    if (body !== undefined && source.adapter.authenticateBody?.(body, source.secrets)) return { source, body };
  }
  throw unauthenticated(sources[0]!);
}

function authenticate(
  source: ConfiguredSource,
  request: TakenRequest & { readonly received: Date },
): 'accepted' | 'refused' | 'in_body' {
  if (!source.loopbackOnly) return source.adapter.authenticate(request, source.secrets, source.credential);
  return isLoopbackAddress(request.remoteAddress) ? 'accepted' : 'refused';
}

async function readBody({ adapter }: ConfiguredSource, { headers, raw }: TakenRequest): Promise<Json> {
  const type = headers['content-type'];
  const isFree = adapter.contentType === 'any' || (type === undefined && adapter.contentType === 'lenient');
  if (!isFree && !isJson(type)) {
    const found = type === undefined ? 'no content type was given' : `content type ${JSON.stringify(type)} was given`;
    const { accepts = ['application/json'] } = adapter;
    const none = adapter.contentType === 'lenient' ? ', or no content type' : '';
    const detail = `${found}; accepted: ${accepts.join(', ')}, in UTF-8${none}`;
    throw new Problem('unsupported_media_type', detail, {
      errors: [{ pointer: null, detail }],
      headers: { 'accept-post': accepts.join(', ') },
    });
  }
  // A vendor that is refused loses what it sent; who reads errors can mend its body.
  const repeatedKeys = adapter.contentType === 'any' ? 'last' : 'refused';
  return readJson(await decodeBody(raw, headers['content-encoding']), { repeatedKeys });
}

function isJson(type: string | undefined): boolean {
  const [media, ...parameters] = (type ?? '')
    .toLowerCase()
    .split(';')
    .map((part) => part.trim());
  const charset = parameters.find((part) => part.startsWith('charset='))?.replace(/^charset="?([^"]*)"?$/, '$1');
  return /^application\/([\w.-]+\+)?json$/.test(media!) && (charset === undefined || /^utf-?8$/.test(charset));
}

function unauthenticated({ adapter, loopbackOnly, credential }: ConfiguredSource): Problem {
  const headers = { 'www-authenticate': adapter.scheme };
  if (loopbackOnly) {
    const detail = 'no source of type api is declared in mapp.yaml, so only this machine may post here';
    return new Problem('unauthenticated', detail, { headers });
  }
  // One text for all that can be wrong with a signature: who forges one learns nothing.
  return adapter.signature !== undefined && credential !== 'token'
    ? new Problem('signature_invalid', `${adapter.signature} is needed, made with the secret of this source`, {
        headers,
      })
    : new Problem('unauthenticated', `Authorization: ${adapter.scheme} with the secret of this source is needed`, {
        headers,
      });
}

/** Tells of the fields that are not as declared: counted by source, and named to the operator. */
function typed(context: TakeContext, event: CanonicalEvent): CanonicalEvent {
  const result = withDeclaredTypes(context.shapes, event);
  const notes = (result.notes ?? []).slice(event.notes?.length ?? 0);
  context.metrics.add('flows_ingest_unconverted_fields_total', [event.source], notes.length);
  context.fields.tell(event.source, event.name, notes);
  return result;
}

/** insufficient_privilege: somebody took a right away, and can give it back */
const FORBIDDEN = '42501';

/** What an outage of the store makes of a request: 503, try again. */
async function orUnavailable<T>(context: TakeContext, write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (error) {
    const code = (error as { code?: unknown }).code;
    // Errors of data, constraints, syntax and limits (Postgres, appendix A) would come again; everything else is an outage.
    if (typeof code === 'string' && code !== FORBIDDEN && /^(22|23|42|54)...$/.test(code)) throw error;
    context.outage(`the store is away: ${(error as Error).message || String(code)}`);
    throw unavailable(
      mayBeStored(error)
        ? 'the store does not answer, and whether the events are stored is not known yet: sent again with the same ids they are counted once'
        : 'the store does not answer; nothing was stored',
    );
  }
}

export function unavailable(detail: string): Problem {
  return new Problem('unavailable', detail, { headers: { 'retry-after': '5' } });
}
