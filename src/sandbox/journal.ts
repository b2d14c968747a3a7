import { type FileHandle, mkdir, open, readFile, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import type { JsonObject } from '../plan/json.ts';
import { SetupError } from '../system/setup-error.ts';

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

export type JournalLine = AcceptedCall | RefusedCall;

/** Entries without their number and time, which the journal gives them. */
export type NewCall = Omit<AcceptedCall, 'seq' | 'at'> | Omit<RefusedCall, 'seq' | 'at'>;

/**
 * What the sandbox took and refused, in order, in `journal.jsonl` and in memory. A written line survives the end of the
 * process (not a power cut: nothing is synced). Lines of one tick share a write.
 */
export class Journal {
  readonly lines: JournalLine[] = [];
  readonly #file: FileHandle | null;
  #nextSeq = 1;
  #waiting: string[] = [];
  #turn: Promise<void> | null = null;
  #written: Promise<void> = Promise.resolve();

  private constructor(file: FileHandle | null, lines: JournalLine[]) {
    this.#file = file;
    for (const line of lines) this.#remember(line);
  }

  /** Reads back what an earlier process left in `dir`; null keeps nothing on disk. */
  static async open(dir: string | null): Promise<Journal> {
    if (dir === null) return new Journal(null, []);
    await mkdir(dir, { recursive: true });
    const path = join(dir, 'journal.jsonl');
    const lines = await readLines(path);
    return new Journal(await open(path, 'a'), lines);
  }

  /** Ends when the line is written. */
  async append<C extends NewCall>(call: C): Promise<C & { readonly seq: number; readonly at: string }> {
    const line = { seq: this.#nextSeq, at: new Date().toISOString(), ...call };
    this.#remember(line);
    this.#waiting.push(`${JSON.stringify(line)}\n`);
    this.#turn ??= this.#write();
    await this.#turn;
    return line;
  }

  /** Forgets everything; numbers go on. */
  async clear(): Promise<void> {
    await this.#settled();
    this.lines.length = 0;
    this.#written = this.#file === null ? Promise.resolve() : this.#file.truncate(0);
    await this.#written;
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
    this.lines.push(line);
    this.#nextSeq = line.seq + ('events' in line ? line.events.length : 1);
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

/** The file's lines. A last line without an end was never answered: it is cut off. */
async function readLines(path: string): Promise<JournalLine[]> {
  let bytes: Buffer;
  try {
    bytes = await readFile(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
  const lines: JournalLine[] = [];
  let start = 0;
  for (let end = bytes.indexOf(10); end !== -1; end = bytes.indexOf(10, start)) {
    try {
      lines.push(JSON.parse(bytes.toString('utf8', start, end)));
    } catch {
      throw new SetupError(
        `the sandbox cannot read line ${lines.length + 1} of ${path}; remove the file to begin anew`,
      );
    }
    start = end + 1;
  }
  if (start < bytes.length) await truncate(path, start);
  return lines;
}
