import type { EngageClient } from '../mapp/engage.ts';
import type { Plan } from '../plan/plan.ts';
import type { Check } from './check.ts';
import { usedNames } from './used-names.ts';

const CHECK = 'Mapp Engage';

/** Address and credentials. Never throws. */
export async function checkEngage(engage: EngageClient, url: string): Promise<Check> {
  try {
    const version = await engage.apiVersion();
    return { check: CHECK, ok: true, detail: `${new URL(url).origin} takes the credentials (API ${version})` };
  } catch (error) {
    return {
      check: CHECK,
      ok: false,
      detail: error instanceof Error ? error.message : String(error),
      remedy:
        'Correct MAPP_ENGAGE_URL, MAPP_ENGAGE_USER, MAPP_ENGAGE_PASSWORD; the user must be of type API or Hybrid, and this address may have to be allowed in Mapp.',
    };
  }
}

/** What the flows miss without Engage: messages that need it cannot go out, the rest makes do. */
export function withoutEngage(plans: readonly Plan[]): Check[] {
  const sends = usedNames(plans).filter(({ via }) => via === 'engage');
  if (sends.length > 0) {
    return sends.map(({ name, flows }) => ({
      check: CHECK,
      ok: false,
      detail: `message "${name}", used by ${flows.join(', ')}, has "via: engage", and there are no credentials`,
      remedy:
        'Set MAPP_ENGAGE_URL, MAPP_ENGAGE_USER and MAPP_ENGAGE_PASSWORD, or take "via: engage" away in mapp.yaml.',
    }));
  }
  const parks = plans.filter(({ steps }) =>
    Object.values(steps).some((step) => 'on_unknown' in step && step.on_unknown === 'reconcile'),
  );
  const reconcile =
    parks.length === 0 ? '' : `; "on_unknown: reconcile" parks (in ${parks.map(({ flow }) => flow).join(', ')})`;
  const detail = `not configured: contact.* comes from producers and our own writes${reconcile}`;
  return [{ check: CHECK, ok: true, detail }];
}
