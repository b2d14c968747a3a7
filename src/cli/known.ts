import { nearest } from '../diagnostics/nearest.ts';
import type { Store } from '../store/store.ts';
import { CliError } from './cli.ts';

/** Throws CliError, with the nearest name, for a flow that was never published. */
export async function requireFlow(store: Store, flow: string): Promise<void> {
  const known = (await store.db.selectFrom('flows').select('flow').orderBy('flow').execute()).map((row) => row.flow);
  if (known.includes(flow)) return;
  throw unknownFlow(flow, known, 'published');
}

/** The failure of a flow name that is not among those `known`. */
export function unknownFlow(flow: string, known: readonly string[], where: string): CliError {
  const near = nearest(flow, known);
  const list = known.length === 0 ? `no flow is ${where}` : `${where} are ${known.join(', ')}`;
  return new CliError(
    `unknown flow "${flow}": ${list}`,
    near === undefined ? {} : { remedy: `Did you mean "${near}"?` },
  );
}

export function unknownRun(run: string): CliError {
  return new CliError(`unknown run "${run}"`, { remedy: '`flows runs` lists the runs there are.' });
}
