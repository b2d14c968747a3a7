import { InvalidArgumentError } from 'commander';
import { parseContact, personsOf } from '../../operate/contact.ts';
import { eventsOf } from '../../operate/contact-events.ts';
import { explainEvent, type WhyEvent } from '../../operate/why.ts';
import { notStartedBy } from '../../operate/why-words.ts';
import type { Store } from '../../store/store.ts';
import { type Cli, CliError } from '../cli.ts';
import type { CommonOptions, Register } from '../command.ts';
import type { ContactOption } from '../contact-option.ts';
import { withOperator } from '../operator.ts';
import { moment, paint, printJson, table } from '../output.ts';

export const register: Register = (program, run) => {
  program
    .command('why')
    .description('Why an event did or did not start, move or end each flow for its contact.')
    .argument('<contact>', 'the contact: email=…, mobile=…, external_id=… or mapp_id=…', contactArgument)
    .argument('[event]', "the event's id, as its producer gave it; without it, what came for the contact, with the ids")
    .action(run(why));
};

function contactArgument(text: string): ContactOption {
  try {
    return parseContact(text);
  } catch (error) {
    throw new InvalidArgumentError((error as Error).message);
  }
}

async function why(cli: Cli, options: CommonOptions, contact: ContactOption, id: string | undefined): Promise<number> {
  return withOperator(cli, options, async ({ store }) => {
    const persons = await personsOf(store, contact);
    const called = `${contact.kind} "${contact.value}"`;
    if (persons.length === 0) throw new CliError(`no contact is known with ${called}`);
    if (id === undefined) return list(cli, options, store, contact, persons);
    const events = await explainEvent(store, persons, id);
    if (events.length === 0) {
      throw new CliError(`no event with id "${id}" came for the contact with ${called}`, {
        remedy: `\`flows why ${contact.kind}=…\` without an id lists what came; what could not be used is in \`flows quarantine list\`.`,
      });
    }
    if (options.json) printJson(cli, { contact: { [contact.kind]: contact.value }, events });
    else cli.out(events.map((event) => forPeople(cli, event)).join('\n'));
    return 0;
  });
}

/** So many of a contact's events are shown to people, the latest; `--json` has them all. */
const MOST_EVENTS = 20;

/** Not every producer names its events, and not everybody who asks knows the names. */
async function list(
  cli: Cli,
  options: CommonOptions,
  store: Store,
  contact: ContactOption,
  persons: readonly string[],
): Promise<number> {
  const events = await eventsOf(store, persons, options.json ? null : MOST_EVENTS);
  if (options.json) {
    printJson(cli, { contact: { [contact.kind]: contact.value }, events });
    return 0;
  }
  const rows = events.map(({ id, name, source, received }) => [moment(received), name, source, id]);
  cli.out(events.length === 0 ? 'no events\n' : table(['received (UTC)', 'event', 'source', 'id'], rows));
  if (events.length === MOST_EVENTS) cli.err(`the latest ${MOST_EVENTS}; --json has them all\n`);
  return 0;
}

/** Of flows that have nothing to do with the event so many are listed. */
const MOST_OTHERS = 8;

function forPeople(cli: Cli, event: WhyEvent): string {
  const { name, id, source, time, received, decided } = event;
  const concerned = event.flows.filter((one) => one.why !== notStartedBy(name));
  const others = event.flows.length - concerned.length;
  const flows = others > MOST_OTHERS ? concerned : event.flows;
  const width = Math.max(0, ...flows.map(({ flow, run }) => (run ?? flow).length));
  return [
    `${paint(cli, 'bold', name)}  ${id}  from ${source}`,
    paint(
      cli,
      'gray',
      `happened ${time}, received ${received}, ${decided === null ? 'not decided' : `decided ${decided}`}`,
    ),
    ...event.notes.map(({ pointer, detail }) => `note: ${pointer} ${detail}`),
    ...flows.map(({ flow, run, acted, why: words }) => {
      const who = (run ?? flow).padEnd(width);
      return `  ${acted ? paint(cli, 'green', who) : who}  ${words}`.trimEnd();
    }),
    ...(flows === event.flows
      ? []
      : [paint(cli, 'gray', `  ${others} other flows are not started by it (--json lists them)`)]),
    '',
  ].join('\n');
}
