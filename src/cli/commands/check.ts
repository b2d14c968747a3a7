import { relative, resolve, sep } from 'node:path';
import { Option } from 'commander';
import { type LoadedProject, loadProject } from '../../config/project.ts';
import { renderGithub, renderJson } from '../../diagnostics/render-json.ts';
import { renderSarif } from '../../diagnostics/render-sarif.ts';
import { type Cli, CliError } from '../cli.ts';
import type { CommonOptions, Register } from '../command.ts';
import { counted, paint } from '../output.ts';
import { diagnosticsText, projectDir } from '../project.ts';
import { programVersion } from '../version.ts';

const FORMATS = ['text', 'json', 'github', 'sarif'] as const;

interface CheckOptions {
  readonly format?: (typeof FORMATS)[number];
}

export const register: Register = (program, run) => {
  program
    .command('check')
    .description('Compiles mapp.yaml and the flows, and shows what is wrong with them. Warnings alone are no failure.')
    .argument('[path...]', 'only these files and folders (default: the whole project)')
    .addOption(new Option('--format <format>', 'how to answer (default: text; json with --json)').choices(FORMATS))
    .action(run(check));
};

async function check(cli: Cli, options: CheckOptions & CommonOptions, paths: string[]): Promise<number> {
  if (options.json && (options.format === 'text' || options.format === 'github')) {
    throw new CliError(`--json and --format ${options.format} contradict each other`, { exitCode: 2 });
  }
  const format = options.format ?? (options.json ? 'json' : 'text');
  const dir = projectDir(cli, options);
  const loaded = narrow(
    await loadProject(dir),
    paths.map((path) => inProject(cli, dir, path)),
  );
  cli.out(FORMAT[format](cli, loaded));
  return loaded.broken ? 1 : 0;
}

const FORMAT: { readonly [F in (typeof FORMATS)[number]]: (cli: Cli, loaded: LoadedProject) => string } = {
  text: (cli, loaded) => {
    const found = diagnosticsText(cli, loaded);
    return found === '' ? summary(cli, loaded) : `${found}\n${summary(cli, loaded)}`;
  },
  json: (_cli, { diagnostics, flows }) => renderJson(diagnostics, flows),
  github: (_cli, { diagnostics }) => renderGithub(diagnostics),
  sarif: (_cli, { diagnostics }) => renderSarif(diagnostics, programVersion()),
};

function summary(cli: Cli, { diagnostics, flows }: LoadedProject): string {
  const errors = diagnostics.filter((one) => one.severity === 'error').length;
  const warnings = diagnostics.length - errors;
  const parts = [
    ...(errors > 0 ? [paint(cli, 'red', counted(errors, 'error'))] : []),
    ...(warnings > 0 ? [paint(cli, 'yellow', counted(warnings, 'warning'))] : []),
    ...(errors + warnings === 0 ? [paint(cli, 'green', 'no problems')] : []),
  ];
  return `${counted(flows.length, 'sound flow')}, ${parts.join(', ')}\n`;
}

/** The path relative to the project, with `/`; a path is taken from the current directory, then from the project. */
function inProject(cli: Cli, dir: string, path: string): string {
  const candidates = [resolve(cli.cwd, path), resolve(dir, path)].map((one) => relative(dir, one).split(sep).join('/'));
  return candidates.find((one) => !one.startsWith('..')) ?? candidates[0]!;
}

/** What concerns the files and folders named; the catalogue's errors too, as nothing was compiled without it. */
function narrow(loaded: LoadedProject, paths: readonly string[]): LoadedProject {
  if (paths.length === 0) return loaded;
  const covers = (path: string, file: string) => path === '' || file === path || file.startsWith(`${path}/`);
  for (const path of paths) {
    if ([...loaded.sources.keys()].some((file) => covers(path, file))) continue;
    throw new CliError(`"${path}" is neither mapp.yaml nor a flow of the project, nor a folder that holds one`, {
      remedy: `The project has ${[...loaded.sources.keys()].join(', ')}.`,
    });
  }
  const chosen = (file: string) =>
    paths.some((path) => covers(path, file)) || (loaded.project === null && file === 'mapp.yaml');
  const diagnostics = loaded.diagnostics.filter((one) => chosen(one.file));
  return {
    ...loaded,
    diagnostics,
    flows: loaded.flows.filter((one) => chosen(one.file)),
    broken: diagnostics.some((one) => one.severity === 'error'),
  };
}
