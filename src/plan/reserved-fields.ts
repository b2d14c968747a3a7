/** Fields that mean something to Mapp Connect whatever the mapping says; nothing an author names may have their names. */
export const RESERVED_FIELDS: ReadonlySet<string> = new Set([
  ...['email', 'userID', 'userId', 'mobileNumber', 'recipientMobileNumber', 'recipientId', 'externalID', 'identifier'],
  ...['group', 'delete', 'subscribe', 'unsubscribe', 'doubleOptIn', 'skipUnsubscribers', 'updateonly', 'partialUpdate'],
  ...['messageId', 'pushMessageId', 'mobileAppId', 'externalTransactionFormula'],
]);
