import type { Connection } from '@temporalio/client';
import { SetupError } from '../system/setup-error.ts';

/** Set at the start of every run, all Keyword: the plan's hash, the person's id, a hash of the flow's key. */
export const SEARCH_ATTRIBUTES = ['FlowVersion', 'FlowPerson', 'FlowKey'] as const;

/** `temporal.api.enums.v1.IndexedValueType` */
const KEYWORD = 2;

/** gRPC status codes that a server gives to those who may not administer it, or that it does not offer this at all. */
const REFUSED = new Set([7 /* PERMISSION_DENIED */, 12 /* UNIMPLEMENTED */, 16 /* UNAUTHENTICATED */]);

/**
 * Registers the search attributes that the namespace lacks.
 *
 * @returns the names that were added
 * @throws SetupError they are missing and we may not add them, or have another type: with the command that does it
 */
export async function ensureSearchAttributes(connection: Connection, namespace: string): Promise<string[]> {
  const known = await knownAttributes(connection, namespace);
  const wrong = SEARCH_ATTRIBUTES.filter((name) => known !== null && name in known && known[name] !== KEYWORD);
  if (wrong.length > 0) {
    throw new SetupError(
      `search attribute ${wrong.join(', ')} of Temporal namespace ${namespace} is not of type Keyword: remove it (temporal operator search-attribute remove), then start again.`,
    );
  }
  const missing = SEARCH_ATTRIBUTES.filter((name) => known === null || !(name in known));
  if (missing.length === 0) return [];
  try {
    await connection.operatorService.addSearchAttributes({
      namespace,
      searchAttributes: Object.fromEntries(missing.map((name) => [name, KEYWORD])),
    });
  } catch (error) {
    if (!REFUSED.has((error as { code?: number }).code ?? -1)) throw error;
    throw new SetupError(
      `Temporal namespace ${namespace} lacks the search attributes ${missing.join(', ')}, and we may not add them: have its operator run temporal operator search-attribute create --namespace ${namespace} ${missing.map((name) => `--name ${name} --type Keyword`).join(' ')}.`,
      { cause: error },
    );
  }
  return missing;
}

/** Null where the server does not tell us. */
async function knownAttributes(
  connection: Connection,
  namespace: string,
): Promise<Readonly<Record<string, number>> | null> {
  try {
    const answer = await connection.operatorService.listSearchAttributes({ namespace });
    return answer.customAttributes as Record<string, number>;
  } catch (error) {
    if (REFUSED.has((error as { code?: number }).code ?? -1)) return null;
    throw error;
  }
}
