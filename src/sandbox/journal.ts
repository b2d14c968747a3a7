import { createReadStream } from 'node:fs';
import { type FileHandle, mkdir, open, rename, truncate, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { JsonObject } from '../plan/json.ts';
import { SetupError } from '../system/setup-error.ts';
import { readCheckpoint, removeCheckpoint, writeCheckpoint } from './checkpoint.ts';
import type { Reaction } from './reactions.ts';
import { Recent } from './recent.ts';

/** Lines kept in memory; the file has them all. */
const MOST_LINES = 100_000;
/** So that memory is bounded for batches, too: a line may hold 1,000 events. */
const MOST_EVENTS = 400_000;
/** A start that finds more events in the file leaves the latest in it, and what came of all of them in a checkpoint. */
const LONG_FILE = 25_000;
export const LEFT_IN_FILE = 10_000;

/** One call that was taken: a line of the file. `seq` is that of its first event; they count on from there. */
export interface AcceptedCall {
  readonly seq: number;
  /** ISO 8601 UTC */
  readonly at: string;
  readonly subtype: string;
  /** status of the answer; null where a fault dropped the connection instead */
  readonly status: number | null;
  /** null for a call to `event` */
  readonly batch: { readonly id: string; readonly size: number } | null;
  readonly events: readonly { readonly id: string; readonly body: JsonObject }[];
}

/** A call that was not taken. */
export interface RefusedCall {
  readonly seq: number;
  readonly at: string;
  readonly method: string;
  /** with its query */
  readonly path: string;
  /** null where a fault dropped the connection */
  readonly status: number | null;
  readonly reason: string;
}

/** What a contact did with a message, as told to the control interface. */
export interface ReactionLine {
  readonly seq: number;
  readonly at: string;
  /** id of the message */
  readonly message: string;
  readonly reaction: Reaction;
}

export type JournalLine = AcceptedCall | RefusedCall | ReactionLine;

/** Entries without their number and time, which the journal gives them. */
export type NewLine =
  | Omit<AcceptedCall, 'seq' | 'at'>
  | Omit<RefusedCall, 'seq' | 'at'>
  | Omit<ReactionLine, 'seq' | 'at'>;

/** What comes of the lines: made anew from them, or from a checkpoint and those after it. */
export interface Outcome {
  replay(line: JournalLine): void;
  /** a structured clone */
  state(): unknown;
  restore(state: unknown): void;
}

/**
 * What the sandbox took and refused, in order: all of it since the start in `journal.jsonl`, the latest in memory. A written line survives
 * the end of the process (not a power cut: nothing is synced). Lines of one tick share a write.
 */
export class Journal {
  readonly #lines = new Recent<JournalLine>(MOST_LINES);
  #events = 0;
  #file: FileHandle | null = null;
  readonly #dir: string | null;
  #nextSeq = 1;
  #waiting: string[] = [];
  #turn: Promise<void> | null = null;
  #written: Promise<void> = Promise.resolve();

  private constructor(dir: string | null) {
    this.#dir = dir;
  }

  /**
   * Reads back what an earlier process left in `dir`; null keeps nothing on disk.
   *
   * @param shortened told where the file was long, with how many lines it had
   */
  static async open(dir: string | null, outcome: Outcome, shortened: (lines: number) => void): Promise<Journal> {
    const journal = new Journal(dir);
    if (dir === null) return journal;
    await mkdir(dir, { recursive: true });
    const path = join(dir, 'journal.jsonl');
    const before = (await readCheckpoint(dir)) ?? { seq: 0, lines: 0, state: null };
    if (before.state !== null) outcome.restore(before.state);
    journal.#file = await open(path, 'a');
    try {
      const found = { lines: 0, events: 0, fresh: 0 };
      await readLines(path, (line) => {
        journal.#remember(line);
        found.lines += 1;
        found.events += sizeOf(line);
        if (line.seq <= before.seq) return;
        found.fresh += 1;
        outcome.replay(line);
      });
      journal.#nextSeq = Math.max(journal.#nextSeq, before.seq + 1);
      journal.#lines.countedAs(before.lines + found.fresh);
      if (found.events > LONG_FILE) {
        await journal.#shorten(path, outcome);
        shortened(found.lines);
      }
    } catch (error) {
      await journal.close();
      throw error;
    }
    return journal;
  }

  /** The checkpoint first: a line that is in both is not applied again. */
  async #shorten(path: string, outcome: Outcome): Promise<void> {
    await writeCheckpoint(this.#dir!, { seq: this.#nextSeq - 1, lines: this.total, state: outcome.state() });
    this.#events = this.#lines.keep(LEFT_IN_FILE, sizeOf);
    await writeFile(`${path}.new`, this.lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
    await this.#file!.close();
    await rename(`${path}.new`, path);
    this.#file = await open(path, 'a');
  }

  /** the latest ones; `total` says how many there were */
  get lines(): readonly JournalLine[] {
    return this.#lines.list;
  }

  get total(): number {
    return this.#lines.total;
  }

  /** Ends when the line is written. */
  async append<L extends NewLine>(entry: L): Promise<L & { readonly seq: number; readonly at: string }> {
    const line = { seq: this.#nextSeq, at: new Date().toISOString(), ...entry };
    this.#remember(line);
    this.#waiting.push(`${JSON.stringify(line)}\n`);
    this.#turn ??= this.#write();
    await this.#turn;
    return line;
  }

  /** Forgets everything; numbers go on. */
  async clear(): Promise<void> {
    await this.#settled();
    this.#lines.clear();
    this.#events = 0;
    this.#written = this.#file === null ? Promise.resolve() : this.#file.truncate(0);
    await this.#written;
    if (this.#dir !== null) await removeCheckpoint(this.#dir);
  }

  async close(): Promise<void> {
    await this.#settled();
    await this.#file?.close();
  }

  async #settled(): Promise<void> {
    await this.#turn;
    await this.#written;
  }

  #remember(line: JournalLine): void {
    const size = sizeOf(line);
    this.#lines.push(line);
    this.#nextSeq = line.seq + size;
    this.#events += size;
    if (this.#events > MOST_EVENTS * 1.25) this.#events = this.#lines.keep(MOST_EVENTS, sizeOf);
  }

  async #write(): Promise<void> {
    // After a failed write the file may end in half a line: every later one fails likewise.
    await this.#written;
    const text = this.#waiting.join('');
    this.#waiting = [];
    this.#turn = null;
    this.#written = this.#file === null ? Promise.resolve() : this.#file.appendFile(text);
    await this.#written;
  }
}

function sizeOf(line: JournalLine): number {
  return 'events' in line ? line.events.length : 1;
}

/** The file's lines. A last line without an end was never answered: it is cut off. */
async function readLines(path: string, found: (line: JournalLine) => void): Promise<void> {
  const file = createReadStream(path, { highWaterMark: 4 * 1024 * 1024 });
  let rest: Buffer = Buffer.alloc(0);
  let whole = 0;
  let count = 0;
  for await (const chunk of file as AsyncIterable<Buffer>) {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    let start = 0;
    for (let end = bytes.indexOf(10); end !== -1; end = bytes.indexOf(10, start)) {
      count += 1;
      found(readLine(bytes.toString('utf8', start, end), count, path));
      start = end + 1;
    }
    whole += start;
    rest = bytes.subarray(start);
  }
  if (rest.length > 0) await truncate(path, whole);
}

function readLine(text: string, number: number, path: string): JournalLine {
  try {
    return JSON.parse(text);
  } catch {
    throw new SetupError(
      `the sandbox cannot read line ${number} of ${path}; remove the folder ${dirname(path)} to begin anew`,
    );
  }
}
