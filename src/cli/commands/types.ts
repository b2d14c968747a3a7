import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { type Cli, CliError } from '../cli.ts';
import type { CommonOptions, Register } from '../command.ts';
import { counted, printJson } from '../output.ts';
import { projectDir, soundCatalogue } from '../project.ts';
import { typescriptClient } from '../typescript-client.ts';

interface TypesOptions {
  readonly out?: string;
}

export const register: Register = (program, run) => {
  program
    .command('types')
    .description("TypeScript for producers: types of the catalogue's events and a client that sends them, in one file.")
    .option('--out <file>', 'writes the file; without it, the text goes to stdout')
    .action(run(types));
};

async function types(cli: Cli, options: TypesOptions & CommonOptions): Promise<number> {
  const { project, events } = soundCatalogue(cli, projectDir(cli, options));
  if (events === null || Object.keys(events).length === 0) {
    throw new CliError('mapp.yaml declares no events, so there is nothing to make types of', {
      remedy: 'List them under `events`, with their fields and types.',
    });
  }
  const text = typescriptClient(project, events);
  const names = Object.keys(events);
  if (options.out === undefined) {
    if (options.json) printJson(cli, { events: names, text });
    else cli.out(text);
    return 0;
  }
  const file = resolve(cli.cwd, options.out);
  try {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  } catch (error) {
    throw new CliError(`${options.out} cannot be written (${(error as Error).message})`);
  }
  if (options.json) printJson(cli, { events: names, file: options.out });
  else cli.out(`${options.out}: ${counted(names.length, 'event')}\n`);
  return 0;
}
