import { isMappError, type MappErrorKind } from '../mapp/errors.ts';
import { NEEDS_OPERATOR, PASSING, type Trouble } from './breaker.ts';

/** What an operator has to look at, for failures that do not pass by themselves. */
const REMEDIES: { readonly [kind in MappErrorKind]?: string } = {
  unauthorized: "check MAPP_CONNECT_ID, MAPP_CONNECT_SECRET, MAPP_CONNECT_EXP and this machine's clock",
  forbidden: 'check that the integration MAPP_CONNECT_ID is enabled in Mapp',
  not_found: 'check MAPP_CONNECT_URL and MAPP_CONNECT_ID',
};

/** What a failed call means for the calls behind it. */
export function troubleOf(error: unknown): Trouble {
  if (!isMappError(error)) return { steps: PASSING };
  return {
    steps: REMEDIES[error.kind] === undefined ? PASSING : NEEDS_OPERATOR,
    retryAfterMs: error.retryAfterMs,
    everybody: error.kind === 'throttled' || error.kind === 'unavailable',
  };
}

/** One sentence for the log when calls begin to wait. */
export function troubleSentence(error: unknown, pauseMs: number): string {
  const said = error instanceof Error ? error.message : String(error);
  const remedy = isMappError(error) ? REMEDIES[error.kind] : undefined;
  const wait = `calls wait, none is lost; next try in ${Math.ceil(pauseMs / 1000)} s`;
  return remedy === undefined ? `${said}: ${wait}` : `${said}: ${remedy}; ${wait}`;
}
