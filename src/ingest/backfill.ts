/** The present members of an audience, from a file of its producer, put in line for Mapp (CONTRACT.md §5). */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { sql } from 'kysely';
import type { CanonicalEvent, Contact } from '../plan/event.ts';
import type { JsonObject } from '../plan/json.ts';
import { type Export, exportTarget, isIdentifier, targetKey } from '../plan/sync.ts';
import { exportJob } from '../store/exports.ts';
import type { Store } from '../store/store.ts';
import { putSyncs } from '../store/syncs.ts';
import { SetupError } from '../system/setup-error.ts';
import { repeated } from './accept.ts';
import { readIdentifier } from './contact.ts';
import { identify } from './identify.ts';
import { Problem } from './problem.ts';
import { readJson } from './read-json.ts';
import { addressIn } from './syncs-of.ts';

const LINES_AT_ONCE = 500;
/** A file has no times: whatever an event told of a member is newer than it. */
const LONG_AGO = new Date(0).toISOString();

export interface Backfill {
  /** of the file, those of before included */
  readonly lines: number;
  /** of these, how many hold no usable identifier */
  readonly without: number;
}

/**
 * Reads a file of JSON lines, each an object with the export's identifier field, from where an earlier start was ended.
 * Members go into line once, however often the file is read.
 *
 * @param told hears of each portion that is durable
 * @param stopped looked at between two portions
 * @throws SetupError a file that cannot be read, a line that is no JSON object; the lines before it are in line
 */
export async function backfill(
  store: Store,
  { name, of }: { readonly name: string; readonly of: Export },
  file: string,
  told: (done: Backfill) => void,
  stopped: () => boolean,
): Promise<Backfill> {
  let done = await begin(store, name, await fingerprint(file));
  let portion: JsonObject[] = [];
  let number = 0;
  const put = async () => {
    done = await putPortion(store, name, of, portion, done);
    portion = [];
    told(done);
  };
  const lines = createInterface({ input: createReadStream(file), crlfDelay: Number.POSITIVE_INFINITY });
  for await (const line of lines) {
    number += 1;
    if (number <= done.lines) continue;
    const read = readLine(line, of.identifier.field);
    if (typeof read === 'string') {
      if (portion.length > 0) await put();
      throw new SetupError(`${file}:${number}: ${read}`);
    }
    portion.push(read);
    if (portion.length === LINES_AT_ONCE) await put();
    if (stopped()) return done;
  }
  if (portion.length > 0) await put();
  return done;
}

async function fingerprint(file: string): Promise<string> {
  const hash = createHash('sha256');
  try {
    for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  } catch (error) {
    throw new SetupError(`${file} cannot be read (${(error as Error).message}).`);
  }
  return hash.digest('hex');
}

/** Where to go on: at the beginning, unless this very file was begun. */
async function begin(store: Store, name: string, file: string): Promise<Backfill> {
  const { rows } = await sql<{ lines: number; without: number }>`
    update exports set
      lines = case when file = ${file} then lines else 0 end,
      without = case when file = ${file} then without else 0 end,
      finished_at = case when file = ${file} then finished_at end, file = ${file}
    where name = ${name}
    returning lines::float8 as lines, without::float8 as without`.execute(store.db);
  if (rows[0] === undefined) throw new Error(`export ${name} was not begun`);
  return rows[0];
}

/** The line, or what is wrong with it. */
function readLine(line: string, field: string): JsonObject | string {
  if (line.trim() === '') return {};
  const wanted = `each line must hold a JSON object, such as {"${field}": "…"}.`;
  try {
    const value = readJson(Buffer.from(line));
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as JsonObject;
    return `the line is no JSON object: ${wanted}`;
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    const why = error.message.replace('the body is not JSON: ', '').replace('the body', 'it');
    return `the line is no JSON (${why}): ${wanted}`;
  }
}

async function putPortion(
  store: Store,
  name: string,
  of: Export,
  portion: readonly JsonObject[],
  before: Backfill,
): Promise<Backfill> {
  const members = portion.flatMap((line) => {
    const contact = contactIn(of, line);
    return contact === null ? [] : [{ line, contact }];
  });
  const done = {
    lines: before.lines + portion.length,
    without: before.without + portion.length - members.length,
  };
  await repeated(() =>
    store.db.transaction().execute(async (trx) => {
      const identified = await identify(
        trx,
        members.map(({ contact }) => memberOf(of, contact)),
      );
      const place = { job: exportJob(name), target: targetKey(exportTarget(of)), value: 'true', at: LONG_AGO };
      await putSyncs(
        trx,
        members.map(({ line }, n) => ({ ...place, address: addressIn(of, line), person: identified[n]!.person })),
      );
      await sql`update exports set lines = ${done.lines}, without = ${done.without} where name = ${name}`.execute(trx);
    }),
  );
  return done;
}

/** Null: the line does not hold the identifier. Whom events know by another address than the field's are known by it here, too. */
function contactIn({ identifier }: Export, line: JsonObject): Contact | null {
  const { field, kind } = identifier;
  const { value } = readIdentifier(kind, line[field]);
  if (value === undefined) return null;
  const email = isIdentifier(identifier) ? undefined : readIdentifier('email', line.email).value;
  return email === undefined ? { [kind]: value } : { email };
}

/** Who a line is about is found as for an event. */
function memberOf({ source, audience }: Export, contact: Contact): CanonicalEvent {
  const about = { name: 'audience_entered', id: 'backfill', dedupeKey: 'backfill', time: LONG_AGO, received: LONG_AGO };
  return { ...about, source, data: { audience }, contact };
}
