import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { type LoadedProject, loadCatalogue, loadProject } from '../config/project.ts';
import { renderText } from '../diagnostics/render-text.ts';
import type { Plan } from '../plan/plan.ts';
import type { Project } from '../plan/project.ts';
import { type Cli, CliError } from './cli.ts';
import type { CommonOptions } from './command.ts';
import { unknownFlow } from './known.ts';
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

/** One flow that compiles, whatever the others are like. Throws CliError for any other, after what is wrong was printed. */
export async function flowOf(
  cli: Cli,
  dir: string,
  name: string,
): Promise<{ readonly project: Project; readonly plan: Plan }> {
  const loaded = await loadProject(dir);
  const plan = loaded.plans.find((one) => one.flow === name);
  if (plan !== undefined && loaded.project !== null) return { project: loaded.project, plan };
  const names = loaded.plans.map((one) => one.flow);
  if (!loaded.broken) throw unknownFlow(name, names, 'in the project');
  cli.err(`${diagnosticsText({ ...cli, color: false }, loaded)}\n`);
  throw new CliError(`no flow "${name}" compiles: the project has errors`, { remedy: '`flows check` shows them.' });
}

/** Diagnostics for people, colored where stdout takes it. */
export function diagnosticsText(cli: Cli, { diagnostics, sources }: LoadedProject): string {
  return renderText(diagnostics, sources, (style, text) => paint(cli, style, text));
}
