import { type Identity, identityOf, listConflicts } from '../../operate/identity.ts';
import { type Cli, CliError } from '../cli.ts';
import type { CommonOptions, Register } from '../command.ts';
import { contactArgument } from '../contact-option.ts';
import { withOperator } from '../operator.ts';
import { moment, printJson, table } from '../output.ts';

export const register: Register = (program, run) => {
  program
    .command('identity')
    .description(
      'Who a contact is: their identifiers, what became of them, and conflicts; without a contact all conflicts.',
    )
    .argument('[kind=value]', 'an identifier of the contact, such as email=ada@example.com')
    .action(run(identity));
};

async function identity(cli: Cli, options: CommonOptions, text: string | undefined): Promise<number> {
  return withOperator(cli, options, async ({ store }) => {
    if (text === undefined) {
      const conflicts = await listConflicts(store);
      if (options.json) printJson(cli, conflicts);
      else if (conflicts.length === 0) cli.out('no conflicts\n');
      else {
        const rows = conflicts.map(({ at, kind, person, other, source, event }) => [
          moment(at),
          kind,
          person,
          other!,
          source,
          event,
        ]);
        cli.out(table(['at (UTC)', 'identifier', 'person', 'whose it is', 'source', 'event'], rows));
      }
      return 0;
    }
    const contact = contactArgument(text);
    const found = await identityOf(store, contact);
    if (found === null) throw new CliError(`nobody is known by this ${contact.kind}`);
    if (options.json) printJson(cli, found);
    else cli.out(forPeople(found));
    return 0;
  });
}

function forPeople({ person, merged, identifiers, history }: Identity): string {
  return [
    `person ${person}${merged.length === 0 ? '' : `, and ${merged.join(', ')} merged into them`}`,
    '',
    table(
      ['identifier', 'value', ''],
      identifiers.map(({ kind, value, former }) => [kind, value, former ? 'former: nothing is sent to it' : '']),
    ),
    ...(history.length === 0
      ? []
      : [
          table(
            ['at (UTC)', 'what', 'identifier', 'other person', 'source', 'event'],
            history.map(({ at, what, kind, other, source, event }) => [
              moment(at),
              what,
              kind,
              other ?? '',
              source,
              event,
            ]),
          ),
        ]),
  ].join('\n');
}
