/** An event in the sandbox's journal, as `GET /journal` answers it; only what is used here. */
interface JournalEntry {
  readonly accepted: boolean;
  readonly batch: { readonly id: string } | null;
  readonly body: { readonly email: string };
}

export interface Calls {
  readonly calls: number;
  readonly events: number;
  /** events beyond the first for an address */
  readonly duplicates: number;
}

/** What the sandbox took; then it forgets everything. */
export async function takeCalls(sandbox: string): Promise<Calls> {
  const entries = (await (await fetch(new URL('/journal', sandbox))).json()) as JournalEntry[];
  await fetch(new URL('/reset', sandbox), { method: 'POST' });
  const refused = entries.find(({ accepted }) => !accepted);
  if (refused !== undefined) throw new Error(`the sandbox refused a call: ${JSON.stringify(refused)}`);
  const batches = new Set(entries.flatMap(({ batch }) => (batch === null ? [] : [batch.id])));
  return {
    calls: batches.size + entries.filter(({ batch }) => batch === null).length,
    events: entries.length,
    duplicates: entries.length - new Set(entries.map(({ body }) => body.email)).size,
  };
}
