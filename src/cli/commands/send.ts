import { InvalidArgumentError, Option } from 'commander';
import { loadProject } from '../../config/project.ts';
import { type Problem, postEvent } from '../../operate/post-event.ts';
import type { JsonObject } from '../../plan/json.ts';
import { type Cli, CliError } from '../cli.ts';
import type { CommonOptions, Register } from '../command.ts';
import { type ContactOption, contactsOption } from '../contact-option.ts';
import { ingestTarget } from '../ingest-target.ts';
import { unknownFlow } from '../known.ts';
import { printJson } from '../output.ts';
import { projectDir } from '../project.ts';

interface SendOptions {
  readonly contact: readonly ContactOption[];
  readonly data?: JsonObject;
  readonly id?: string;
  readonly flow?: string;
}

export const register: Register = (program, run) => {
  program
    .command('send')
    .description('Sends one event through the ingest. `send manual --flow NAME` starts a flow that takes `manual`.')
    .argument('<event>', "the event's name")
    .addOption(
      contactsOption(
        'whom it happened to: email=…, mobile=…, external_id=…, mapp_id=…; may be repeated',
      ).makeOptionMandatory(),
    )
    .addOption(new Option('--data <json>', 'its fields, a JSON object').argParser(dataOption))
    .option('--id <id>', 'makes it idempotent: the same id is taken once')
    .option('--flow <name>', 'with `manual`: the flow to start')
    .action(run(send));
};

function dataOption(text: string): JsonObject {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new InvalidArgumentError(`It is no JSON: ${(error as Error).message}.`);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new InvalidArgumentError('Write a JSON object, such as {"total": 20}.');
  }
  return value as JsonObject;
}

async function send(cli: Cli, options: SendOptions & CommonOptions, event: string): Promise<number> {
  const { data, id, flow } = options;
  if ((event === 'manual') !== (flow !== undefined)) {
    throw new CliError('--flow NAME goes with the event "manual", and "manual" with --flow', { exitCode: 2 });
  }
  const contact: { [kind: string]: string } = {};
  for (const { kind, value } of options.contact) {
    if (contact[kind] !== undefined) throw new CliError(`--contact ${kind}=… is given twice`, { exitCode: 2 });
    contact[kind] = value;
  }
  const dir = projectDir(cli, options);
  if (flow !== undefined) await requireManual(dir, flow);
  const target = ingestTarget(cli, dir);
  const answer = await postEvent(target, { event, id, contact, data, flow });
  if (options.json) printJson(cli, answer.taken ? answer.body : answer.problem);
  if (!answer.taken) {
    cli.err(`${refusal(event, answer.problem)}\n`);
    return 1;
  }
  if (!options.json)
    cli.out(answer.body.duplicates > 0 ? 'taken before: this id is known, nothing happens\n' : 'accepted\n');
  return 0;
}

/** Throws CliError for a flow that the project does not have, or that nobody may start by hand. */
async function requireManual(dir: string, flow: string): Promise<void> {
  const { plans } = await loadProject(dir);
  const plan = plans.find((one) => one.flow === flow);
  if (plan === undefined) {
    throw unknownFlow(
      flow,
      plans.map((one) => one.flow),
      'in this project',
    );
  }
  if (!plan.on.some(({ event }) => event === 'manual')) {
    throw new CliError(`flow "${flow}" is not started by hand: its "on" has no "manual"`);
  }
}

function refusal(event: string, { title, detail, errors = [] }: Problem): string {
  const places = errors.filter((one) => one.detail !== detail).map((one) => `\n  ${one.pointer || '/'}: ${one.detail}`);
  return `flows: event "${event}" was refused: ${detail ?? title}${places.join('')}`;
}
