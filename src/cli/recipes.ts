/** The recipes that come with the package: each a small project of its own, with flows, their tests and a catalogue. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CATALOGUE, loadProject } from '../config/project.ts';
import { nearest } from '../diagnostics/nearest.ts';
import type { Plan } from '../plan/plan.ts';
import type { Project } from '../plan/project.ts';
import type { SourceText } from '../source/text.ts';
import { CliError } from './cli.ts';

/** Two folders above this file, in `src` and in `dist` alike. */
export const RECIPES = fileURLToPath(new URL('../../recipes', import.meta.url));

export interface Recipe {
  /** of its folder, and of its main flow */
  readonly name: string;
  readonly dir: string;
  /** one per flow, in the order of `flows` */
  readonly plans: readonly Plan[];
  readonly project: Project;
  /** the text of its `mapp.yaml` */
  readonly catalogue: SourceText;
  /** texts of the flows, by their paths in `files` */
  readonly flows: readonly SourceText[];
  /** of the flows and of their tests, relative to a project, with `/` */
  readonly files: readonly string[];
}

export function recipeNames(): string[] {
  return readdirSync(RECIPES, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort();
}

/** Throws CliError, with the nearest name and all there are, for a name that none has. */
export async function readRecipe(name: string): Promise<Recipe> {
  const names = recipeNames();
  if (!names.includes(name)) throw unknownRecipe(name, names);
  const dir = join(RECIPES, name);
  const { project, plans, flows, sources } = await loadProject(dir);
  if (project === null || !plans.some(({ flow }) => flow === name)) {
    throw new CliError(`the recipe "${name}" of this installation is damaged`, {
      remedy: 'Install mapp-flows again; `flows check --project` on its folder shows what is wrong.',
    });
  }
  return {
    name,
    dir,
    plans,
    project,
    catalogue: sources.get(CATALOGUE)!,
    flows: flows.map(({ file }) => sources.get(file)!),
    files: flows.flatMap(({ file }) => [file, file.replace(/\.yaml$/, '.test.yaml')]),
  };
}

function unknownRecipe(name: string, names: readonly string[]): CliError {
  const near = nearest(name, names);
  const help = near === undefined ? '`flows new` says what each is for.' : `Did you mean "${near}"?`;
  return new CliError(`unknown recipe "${name}": there are ${names.join(', ')}`, { remedy: help });
}

/** Copies flows and tests into a project: all of them or, where one exists, none. */
export function copyRecipe({ name, dir, files }: Recipe, into: string): void {
  const taken = files.filter((file) => existsSync(join(into, file)));
  if (taken.length > 0) {
    throw new CliError(
      `${taken.join(' and ')} ${taken.length === 1 ? 'exists' : 'exist'} already: nothing was copied`,
      {
        remedy: `Rename what is there, or delete it, and call \`flows new ${name}\` again.`,
      },
    );
  }
  for (const file of files) {
    mkdirSync(dirname(join(into, file)), { recursive: true });
    // `wx`: whoever created it meanwhile keeps it.
    writeFileSync(join(into, file), readFileSync(join(dir, file)), { flag: 'wx' });
  }
}
