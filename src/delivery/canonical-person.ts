/**
 * SQL: a lateral table `canonical(id)` with the person that `person` has become by a merge (`merged_into` always points
 * straight at who remains). Addresses, profile and groups are theirs, whoever the run was started for.
 */
export function canonicalPerson(person: string): string {
  return `lateral (select coalesce(p.merged_into, p.id) as id from persons p where p.id = ${person}) canonical`;
}

/**
 * SQL: identifiers as one JSON object, `{ "email": "…" }`: those of `canonical`, and where it has none of a kind those that
 * `person` brought into the merge. Of several of a kind it is the one that came last, the one that `where` of a flow saw too.
 * Former ones, and aliases, address nobody. Where the store is encrypted they are sealed, for whoever reads them to open.
 */
export function identifiersOf(canonical: string, person: string): string {
  return `(select coalesce(jsonb_object_agg(i.kind, i.display order by i.person = ${canonical}, i.since, i.value), '{}')
    from identifiers i where i.person in (${canonical}, ${person}) and not i.former and i.kind not like 'alias:%'
      and btrim(i.display) <> '')`;
}
