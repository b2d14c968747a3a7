import type { Named } from '../plan/plan.ts';

/** The group whose member attributes a step writes, as a part of its operation. */
export function memberOf({ group }: { readonly group?: Named }): { readonly group?: Named } {
  return group === undefined ? {} : { group };
}
