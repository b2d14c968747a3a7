import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fieldMappings, mappingCsv, type SubtypeMapping } from '../../operate/mapping.ts';
import { type Cli, CliError } from '../cli.ts';
import type { CommonOptions, Register } from '../command.ts';
import { printJson } from '../output.ts';
import { projectDir, soundProject } from '../project.ts';

interface MappingOptions {
  readonly subtype?: string;
  readonly out?: string;
}

export const register: Register = (program, run) => {
  program
    .command('mapping')
    .description(
      "The field mapping to import into Mapp's integration (CSV): every attribute, parameter and field of the flows.",
    )
    .option('--subtype <name>', 'only the file of this subtype, as it is to be imported')
    .option('--out <dir>', 'writes one file per subtype into this directory')
    .action(run(mapping));
};

async function mapping(cli: Cli, options: MappingOptions & CommonOptions): Promise<number> {
  const { project, plans } = await soundProject(cli, projectDir(cli, options));
  const all = fieldMappings(project, plans);
  const mappings = options.subtype === undefined ? all : [find(all, options.subtype)];
  const csvOf = (one: SubtypeMapping) => mappingCsv(one, one === all[0]);
  const files = options.out === undefined ? [] : write(resolve(cli.cwd, options.out), mappings, csvOf);
  if (options.json) {
    printJson(cli, { mappings: mappings.map((one) => ({ ...one, csv: csvOf(one) })), files });
    return 0;
  }
  if (options.out !== undefined) cli.out(files.map((file) => `${file}\n`).join(''));
  else if (options.subtype !== undefined) cli.out(csvOf(mappings[0]!));
  else cli.out(mappings.map((one) => `# subtype ${one.subtype}\n${csvOf(one)}`).join('\n'));
  for (const { subtype, userRows } of mappings) {
    if (userRows.length === 0) continue;
    const names = userRows.map(({ source }) => source).join(', ');
    cli.err(`${subtype}: add by hand, with location "user", since no file of Mapp's can hold them: ${names}\n`);
  }
  return 0;
}

function find(all: readonly SubtypeMapping[], subtype: string): SubtypeMapping {
  const found = all.find((one) => one.subtype === subtype);
  if (found !== undefined) return found;
  const known = all.map((one) => one.subtype).join(', ');
  throw new CliError(`the project sends no events of subtype "${subtype}"; it sends ${known}`);
}

function write(dir: string, mappings: readonly SubtypeMapping[], csvOf: (one: SubtypeMapping) => string): string[] {
  try {
    mkdirSync(dir, { recursive: true });
    return mappings.map((one) => {
      const file = join(dir, `mapping-${one.subtype}.csv`);
      writeFileSync(file, csvOf(one));
      return file;
    });
  } catch (error) {
    throw new CliError(`--out ${dir}: ${(error as Error).message}`);
  }
}
