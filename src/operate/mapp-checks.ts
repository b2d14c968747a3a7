import { request } from 'undici';
import type { ConnectClient, NamesById } from '../mapp/connect.ts';
import type { Plan } from '../plan/plan.ts';
import type { Check } from './check.ts';
import { type UsedName, usedNames } from './used-names.ts';

/** A token lives a few minutes; a clock that is off by more than this eats noticeably into it. */
const TOLERATED_SKEW_MS = 60_000;

/** Address, credentials, clock, and every id that the flows use, against the account's own lists. Never throws. */
export async function checkMapp(connect: ConnectClient, url: string, plans: readonly Plan[]): Promise<Check[]> {
  const asked = Date.now();
  let mappTime: number | null;
  try {
    mappTime = (await connect.ping()).timestamp;
  } catch (error) {
    return [
      {
        check: 'Mapp Connect',
        ok: false,
        detail: messageOf(error),
        remedy:
          'Correct MAPP_CONNECT_URL, MAPP_CONNECT_ID, MAPP_CONNECT_SECRET; where all are right, see whether the integration is enabled in Mapp.',
      },
    ];
  }
  const answers: Check = { check: 'Mapp Connect', ok: true, detail: `${new URL(url).origin} takes the credentials` };
  const clock = mappTime === null ? await checkClock(url) : clockCheck((asked + Date.now()) / 2 - mappTime);
  return [answers, clock, ...(await checkNames(connect, usedNames(plans)))];
}

/** Mapp's tokens hold an expiry: a clock that is wrong makes every call fail, with the words of a wrong secret. */
function clockCheck(skew: number): Check {
  const check = 'clock';
  const detail = `${Math.round(Math.abs(skew) / 1_000)} s ${skew < 0 ? 'behind' : 'ahead of'} Mapp's`;
  return Math.abs(skew) <= TOLERATED_SKEW_MS
    ? { check, ok: true, detail }
    : { check, ok: false, detail, remedy: "Set this machine's clock (NTP): Mapp refuses tokens that look expired." };
}

/** By the header Date of any answer, which has whole seconds, cut: for a ping that does not tell its time. */
async function checkClock(url: string): Promise<Check> {
  const check = 'clock';
  try {
    const before = Date.now();
    const answer = await request(new URL(url).origin, { method: 'GET', headersTimeout: 10_000 });
    await answer.body.dump();
    const theirs = Date.parse(String(answer.headers.date));
    if (Number.isNaN(theirs)) return { check, ok: true, detail: 'Mapp does not tell its time' };
    return clockCheck((before + Date.now()) / 2 - theirs);
  } catch (error) {
    return { check, ok: false, detail: `Mapp's time could not be read: ${messageOf(error)}`, remedy: 'Try again.' };
  }
}

async function checkNames(connect: ConnectClient, used: readonly UsedName[]): Promise<Check[]> {
  const lists: { readonly [K in UsedName['kind']]: () => Promise<NamesById> } = {
    group: () => connect.groups(),
    app: () => connect.apps(),
    'email message': () => connect.messages('email'),
    'sms message': () => connect.messages('sms'),
    'push message': () => connect.messages('push'),
  };
  const checks: Check[] = [];
  for (const kind of Object.keys(lists) as UsedName['kind'][]) {
    const ofKind = used.filter((one) => one.kind === kind);
    if (ofKind.length === 0) continue;
    try {
      const known = await lists[kind]();
      const missing = ofKind.filter((one) => !Object.hasOwn(known, one.id));
      checks.push(...missing.map((one) => absent(one)));
      if (missing.length === 0)
        checks.push({ check: `${kind}s`, ok: true, detail: `all ${ofKind.length} in the account` });
    } catch (error) {
      checks.push({
        check: `${kind}s`,
        ok: false,
        detail: `the account's list could not be read: ${messageOf(error)}`,
        remedy: 'Try again.',
      });
    }
  }
  return checks;
}

function absent({ kind, name, id, flows }: UsedName): Check {
  return {
    check: `${kind}s`,
    ok: false,
    detail: `${kind} ${name === id ? '' : `"${name}" `}(id ${id}), used by ${flows.join(', ')}, is not in the account`,
    remedy: `Correct its id in mapp.yaml, or make the ${kind} in Mapp${kind.endsWith('message') ? ' as a prepared message' : ''}.`,
  };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
