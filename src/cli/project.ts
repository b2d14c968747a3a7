import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { type LoadedProject, loadCatalogue, loadProject } from '../config/project.ts';
import { renderText } from '../diagnostics/render-text.ts';
import type { Project } from '../plan/project.ts';
import { type Cli, CliError } from './cli.ts';
import type { CommonOptions } from './command.ts';
import { counted, paint } from './output.ts';

/** The project's directory, absolute. Throws CliError for one that is not there. */
export function projectDir(cli: Cli, options: CommonOptions): string {
  const dir = resolve(cli.cwd, options.project ?? '.');
  if (!statSync(dir, { throwIfNoEntry: false })?.isDirectory()) {
    throw new CliError(`there is no directory ${dir}`, { remedy: 'Name the project with --project DIR.' });
  }
  return dir;
}

/** The project without an error; else prints what is wrong with it on stderr and throws CliError. */
export async function soundProject(cli: Cli, dir: string): Promise<LoadedProject & { readonly project: Project }> {
  const loaded = await loadProject(dir);
  if (loaded.diagnostics.length > 0) cli.err(`${renderText(loaded.diagnostics, loaded.sources)}\n`);
  if (loaded.broken || loaded.project === null) {
    const errors = loaded.diagnostics.filter((one) => one.severity === 'error');
    throw new CliError(`the project has ${counted(errors.length, 'error')}`, {
      remedy: 'Correct them; `flows check` shows them again.',
    });
  }
  return { ...loaded, project: loaded.project };
}

/** `mapp.yaml` without an error, whatever the flows are like; else as `soundProject`. */
export function soundCatalogue(cli: Cli, dir: string): Project {
  const { project, diagnostics, sources } = loadCatalogue(dir);
  if (project !== null) return project;
  cli.err(`${renderText(diagnostics, sources)}\n`);
  throw new CliError('mapp.yaml has errors', { remedy: 'Correct them; `flows check` shows them again.' });
}

/** Diagnostics for people, colored where stdout takes it. */
export function diagnosticsText(cli: Cli, { diagnostics, sources }: LoadedProject): string {
  return renderText(diagnostics, sources, (style, text) => paint(cli, style, text));
}
