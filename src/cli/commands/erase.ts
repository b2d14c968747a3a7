import { personsOf } from '../../operate/contact.ts';
import { type Erased, erase, openErasures } from '../../operate/erase.ts';
import { type Proof, searchStore } from '../../operate/erase-proof.ts';
import { eraseOpen } from '../../operate/erasing.ts';
import { reasonOf } from '../../router/temporal-errors.ts';
import { encryptionKeys } from '../../store/crypto/keys-from-env.ts';
import { PersonBusy, requestErasure } from '../../store/erasures.ts';
import { createSealer } from '../../system/seal.ts';
import { type Cli, CliError } from '../cli.ts';
import type { CommonOptions, Register } from '../command.ts';
import { contactArgument } from '../contact-option.ts';
import { withOperator } from '../operator.ts';
import { counted, printJson } from '../output.ts';

export const register: Register = (program, run) => {
  program
    .command('erase')
    .description(
      "Forgets a contact: ends their runs, removes what we hold of them, and proves it by a search. Asks nothing. Mapp's own contact is not touched.",
    )
    .argument('<kind=value>', 'an identifier of the contact, such as email=ada@example.com')
    .action(run(forget));
};

async function forget(cli: Cli, options: CommonOptions, text: string): Promise<number> {
  const contact = contactArgument(text);
  return withOperator(cli, options, async (operator) => {
    const { store } = operator;
    const client = await operator.temporal();
    const sealer = createSealer(encryptionKeys(operator.env).keys);
    const tools = { store, client, namespace: operator.namespace, sealer };
    const told = new Map<string, Erased>();
    const own = await requestErasure(store.db, await personsOf(store, contact), 'cli');
    if (own !== null) told.set(own, await erase(tools, own).catch(busy));
    // Of a command that was ended in between: it may have been about this very contact, whom nobody knows any more.
    await eraseOpen(tools, (one) => told.set(one.id, one)).catch((error: unknown) =>
      cli.err(`flows: not everything that was asked for is done: ${reasonOf(error)}\n`),
    );
    const erased = [...told.values()];
    const waiting = await openErasures(store);
    const proof = await searchStore(store, contact);
    const left = Object.values(proof.found).reduce((sum, rows) => sum + rows, 0);
    const done = waiting.length === 0;
    if (erased.length === 0 && done && left === 0) {
      throw new CliError(
        `nobody is known by this ${contact.kind}; a search of ${counted(proof.tables, 'table')} finds nothing of it`,
      );
    }
    const result = {
      persons: erased.reduce((sum, one) => sum + one.persons, 0),
      runs: erased.reduce((sum, one) => sum + one.runs, 0),
      removed: added(erased),
      resumed: erased.filter(({ id }) => id !== own).length,
      temporal: done ? 'done' : 'waiting',
      check: { ...proof, rows: left },
    };
    if (options.json) printJson(cli, result);
    else cli.out(forPeople(result, contact.kind));
    return done && left === 0 ? 0 : 1;
  });
}

function busy(error: unknown): never {
  if (!(error instanceof PersonBusy)) throw error;
  throw new CliError('a router is busy with this contact; the request is kept', {
    remedy: '`flows serve` carries it out as soon as it can, and so does this command when it is run again.',
  });
}

function added(erased: readonly Erased[]): { readonly [table: string]: number } {
  const sum: { [table: string]: number } = {};
  for (const { removed } of erased) {
    for (const [table, rows] of Object.entries(removed)) sum[table] = (sum[table] ?? 0) + rows;
  }
  return sum;
}

interface Result {
  readonly persons: number;
  readonly runs: number;
  readonly removed: { readonly [table: string]: number };
  readonly resumed: number;
  readonly temporal: string;
  readonly check: Proof & { readonly rows: number };
}

function forPeople({ persons, runs, removed, resumed, temporal, check }: Result, kind: string): string {
  const rows = Object.entries(removed).map(([table, count]) => `  ${table.padEnd(16)}${count}`);
  const left = Object.entries(check.found).map(([table, count]) => `${table} ${count}`);
  return [
    ...(resumed > 0 ? [`finished ${counted(resumed, 'request')} that had been left undone`] : []),
    `erased ${counted(persons, 'person')}, ended ${counted(runs, 'run')}; removed rows:`,
    ...rows,
    ...(temporal === 'done'
      ? []
      : ['Temporal has not been told yet: the runs end as soon as `flows serve` or this command reaches it']),
    check.texts
      ? `searched ${counted(check.tables, 'table')} for this ${kind}: ${check.rows} left`
      : `this ${kind} is too short to be searched for in texts; as an identifier it is held ${check.rows} times`,
    ...(check.sealed && check.texts
      ? ['what others told of this contact, if anything, is sealed under their keys: the search does not see into it']
      : []),
    ...(left.length === 0
      ? []
      : [`still named, in what others told or in what is not decided yet: ${left.join(', ')}`]),
    '',
  ].join('\n');
}
