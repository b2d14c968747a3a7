/** The methods of Mapp Engage REST v19 that are used (docs.mapp.com "Engage API", one page per domain). */

export interface EngageMethod {
  readonly method: 'GET' | 'POST';
  /** names of the query's parameters, in the order of Mapp's page */
  readonly query: readonly string[];
  /** whether a call of unknown fate may simply be made again */
  readonly repeatable: boolean;
}

const read = (...query: readonly string[]): EngageMethod => ({ method: 'GET', query, repeatable: true });
const write = (...query: readonly string[]): EngageMethod => ({ method: 'POST', query, repeatable: true });
const once = (...query: readonly string[]): EngageMethod => ({ method: 'POST', query, repeatable: false });

/**
 * One row per path. `contact/update` is missing on purpose: it erases what is left out. `message/sendTransactional` may
 * subscribe the contact to the message's group, as Mapp's page warns.
 */
export const ENGAGE = {
  'system/getApiVersion': read(),
  /** a read, though a POST: the identifier is its body */
  'contact/get': write(),
  'user/get': read('userId'),
  'user/getByEmail': read('email'),
  'user/getByMobileNumber': read('mobileNumber'),
  'user/getByIdentifier': read('identifier'),
  'user/getProfile': read('userId'),
  'user/getMessageHistory': read('userId', 'fromDate', 'toDate'),
  'user/updateProfile': write('userId'),
  'membership/findAll': read('userId'),
  'membership/get': read('userId', 'groupId'),
  'membership/getAttributes': read('userId', 'groupId'),
  'membership/updateAttributes': write('userId', 'groupId'),
  /** a second call may send a second invitation or welcome mail */
  'membership/subscribe': once('userId', 'groupId', 'subscriptionMode'),
  'membership/unsubscribe': once('userId', 'groupId', 'unsubscriptionMode'),
  'message/sendSingle': once('messageId', 'recipientId'),
  'message/sendTransactional': once('messageId', 'externalTransactionFormula', 'recipientId'),
} as const satisfies { readonly [path: string]: EngageMethod };

export type EngagePath = keyof typeof ENGAGE;
export const ENGAGE_PATHS = Object.keys(ENGAGE) as readonly EngagePath[];
