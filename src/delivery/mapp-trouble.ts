import { isMappError, type MappErrorKind } from '../mapp/errors.ts';
import { NEEDS_OPERATOR, PASSING, type Trouble } from './breaker.ts';

type Api = 'connect' | 'engage';

/** What an operator has to look at, for failures that do not pass by themselves. */
const REMEDIES: { readonly [A in Api]: { readonly [kind in MappErrorKind]?: string } } = {
  connect: {
    unauthorized: "check MAPP_CONNECT_ID, MAPP_CONNECT_SECRET, MAPP_CONNECT_EXP and this machine's clock",
    forbidden: 'check that the integration MAPP_CONNECT_ID is enabled in Mapp',
    not_found: 'check MAPP_CONNECT_URL and MAPP_CONNECT_ID',
  },
  engage: {
    unauthorized: 'check MAPP_ENGAGE_USER and MAPP_ENGAGE_PASSWORD',
    forbidden: 'check MAPP_ENGAGE_USER and MAPP_ENGAGE_PASSWORD, and that the user is of type API or Hybrid',
    not_found: 'check MAPP_ENGAGE_URL',
  },
};

/** What a failed call means for the calls behind it. */
export function troubleOf(error: unknown, api: Api = 'connect'): Trouble {
  if (!isMappError(error)) return { steps: PASSING };
  return {
    steps: REMEDIES[api][error.kind] === undefined ? PASSING : NEEDS_OPERATOR,
    retryAfterMs: error.retryAfterMs,
    everybody: error.kind === 'throttled' || error.kind === 'unavailable',
  };
}

/** One sentence for the log when calls begin to wait. */
export function troubleSentence(error: unknown, pauseMs: number, api: Api = 'connect'): string {
  const said = error instanceof Error ? error.message : String(error);
  const remedy = isMappError(error) ? REMEDIES[api][error.kind] : undefined;
  const wait = `calls wait, none is lost; next try in ${Math.ceil(pauseMs / 1000)} s`;
  return remedy === undefined ? `${said}: ${wait}` : `${said}: ${remedy}; ${wait}`;
}
