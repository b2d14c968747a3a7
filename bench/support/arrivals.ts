/** Lines of the sandbox's journal, as `GET /journal` answers them; only what is used here. */
interface JournalEntry {
  /** ISO 8601 UTC */
  readonly at: string;
  readonly accepted: boolean;
  readonly body: { readonly email: string };
}

/** When the first call for each address came in, ms since the epoch; then the sandbox forgets everything. */
export async function takeArrivals(sandbox: string): Promise<Map<string, number>> {
  const entries = (await (await fetch(new URL('/journal', sandbox))).json()) as JournalEntry[];
  const refused = entries.find(({ accepted }) => !accepted);
  if (refused !== undefined) throw new Error(`the sandbox refused a call: ${JSON.stringify(refused)}`);
  const arrivals = new Map<string, number>();
  for (const { at, body } of entries) {
    if (!arrivals.has(body.email)) arrivals.set(body.email, Date.parse(at));
  }
  await fetch(new URL('/reset', sandbox), { method: 'POST' });
  return arrivals;
}
