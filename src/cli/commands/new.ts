import { join, relative } from 'node:path';
import { compile } from '../../compiler/compile.ts';
import { CATALOGUE, loadProject } from '../../config/project.ts';
import { inOrder } from '../../diagnostics/diagnostic.ts';
import { renderText } from '../../diagnostics/render-text.ts';
import type { Cli } from '../cli.ts';
import { CliError } from '../cli.ts';
import type { CommonOptions, Register } from '../command.ts';
import { linesToAdd, missingEntries, withEntries } from '../missing-entries.ts';
import { paint, printJson, table } from '../output.ts';
import { projectDir, soundCatalogue } from '../project.ts';
import { copyRecipe, type Recipe, readRecipe, recipeNames } from '../recipes.ts';

export const register: Register = (program, run) => {
  program
    .command('new')
    .description(
      'Copies a recipe, a complete journey with its tests, into the project; without a name, lists the recipes.',
    )
    .argument('[recipe]', 'which one')
    .action(run(newFlow));
};

async function newFlow(cli: Cli, options: CommonOptions, name: string | undefined): Promise<number> {
  if (name === undefined) return list(cli, options);
  const recipe = await readRecipe(name);
  const dir = projectDir(cli, options);
  const project = soundCatalogue(cli, dir);
  const names = recipe.plans.map(({ flow }) => flow);
  const same = (await loadProject(dir)).flows.find(
    ({ flow, file }) => names.includes(flow) && !recipe.files.includes(file),
  );
  if (same !== undefined) {
    throw new CliError(`the project has a flow "${same.flow}" already, ${same.file}: nothing was copied`, {
      remedy: 'Two flows cannot have one name: rename that one, or delete it.',
    });
  }
  copyRecipe(recipe, dir);
  const missing = missingEntries(recipe.project, project);
  const lines = linesToAdd(recipe.catalogue, missing);
  // What is missing is told by `lines`: left are entries of the same names that are not as the flow needs them.
  const complete = withEntries(project, recipe.project, missing);
  const found = inOrder(recipe.flows.flatMap((flow) => compile(flow, complete).diagnostics));
  if (options.json) {
    printJson(cli, { recipe: name, files: recipe.files, missing, add: lines, diagnostics: found });
    return 0;
  }
  cli.out(copiedText(cli, recipe, lines));
  if (found.length > 0) {
    const sources = new Map(recipe.flows.map((flow) => [flow.path, flow]));
    const frames = renderText(found, sources, (style, text) => paint(cli, style, text));
    cli.out(`\nEntries of ${CATALOGUE} that are otherwise than what was copied expects; change either:\n\n${frames}`);
  }
  const where = options.project === undefined ? '' : ` --project ${options.project}`;
  cli.out(`\nThen: flows check${where} && flows test${where}\n`);
  return 0;
}

function copiedText(cli: Cli, { files, dir }: Recipe, lines: string): string {
  const readme = relative(cli.cwd, join(dir, 'README.md'));
  const copied = files.map((file) => `${paint(cli, 'green', 'new')}  ${file}\n`).join('');
  const ids = lines.includes('id-of-') ? ', with your ids from Mapp for those that begin with "id-of-"' : '';
  const add = lines === '' ? '' : `\nAdd to ${CATALOGUE}${ids}:\n\n${lines}`;
  return `${copied}\nWhat it needs and what you may want to change: ${readme}\n${add}`;
}

async function list(cli: Cli, { json }: CommonOptions): Promise<number> {
  const recipes = await Promise.all(recipeNames().map(readRecipe));
  const rows = recipes.map((one) => ({ recipe: one.name, description: descriptionOf(one) }));
  if (json) printJson(cli, rows);
  else
    cli.out(
      table(
        ['recipe', 'what it does'],
        rows.map((row) => [row.recipe, row.description]),
      ),
    );
  return 0;
}

function descriptionOf({ name, plans }: Recipe): string {
  return plans.find(({ flow }) => flow === name)!.description ?? '';
}
