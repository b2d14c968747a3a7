/**
 * SQL: why a message is not sent to its contact, null where it may go: `refusedBy` of `plan/consent.ts` over the last word on
 * each fact, of everybody who is this person by now. A block is about the address it was told of.
 */
export function refusedBySql(row: {
  readonly operation: string;
  readonly person: string;
  readonly address: string;
}): string {
  return `(
    select case
      when bool_or(c.fact = 'blocked') then 'blocked'
      when bool_or(c.fact = 'unsubscribed') and ${row.operation}->>'priority' <> 'transactional' then 'unsubscribed' end
    from (
      select distinct on (told.fact) told.* from consents told
      where ${row.operation}->>'type' = 'send' and told.channel = ${row.operation}->>'channel'
        and told.person in (select p.id from persons p where p.id = ${row.person} or p.merged_into = ${row.person})
      order by told.fact, told.at desc) c
    where c.holds and (c.address is null or exists (
      select from identifiers i where i.value = c.address and i.display = ${row.address})))`;
}
