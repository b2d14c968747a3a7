import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { RECIPES, type Recipe, readRecipe, recipeNames } from '../src/cli/recipes.ts';
import type { Project } from '../src/plan/project.ts';
import { flows, projectWith } from './cli/cli.ts';

const KINDS = ['messages', 'groups', 'apps', 'attributes', 'events'] as const;
const recipes = await Promise.all(recipeNames().map((name) => readRecipe(name)));
const entries = ({ project }: { readonly project: Project }) =>
  KINDS.flatMap((kind) => Object.entries(project[kind] ?? {}).map(([name, entry]) => ({ kind, name, entry })));

/** As `flows check` and `flows test --coverage 100` see a project. */
async function expectSound(dir: string, { plans }: Recipe): Promise<void> {
  const names = plans.map(({ flow }) => flow);
  const checked = await flows(dir, ['check', '--json']);
  expect(JSON.parse(checked.out)).toMatchObject({ ok: true, flows: names.map((flow) => ({ flow })), diagnostics: [] });
  const tested = await flows(dir, ['test', '--coverage', '100', '--json']);
  const { failed, passed, diagnostics, coverage, cases } = JSON.parse(tested.out);
  expect({ code: tested.code, failed, diagnostics }, tested.err).toEqual({ code: 0, failed: 0, diagnostics: [] });
  expect(passed).toBeGreaterThanOrEqual(4);
  expect(coverage).toMatchObject(names.map((flow) => ({ flow, percent: 100 })));
  const odd = cases.flatMap(({ notes }: { notes: string[] }) => notes).filter((note: string) => note.includes(' /'));
  expect(odd, 'events that are not as the catalogue declares them').toEqual([]);
}

describe('each recipe', () => {
  test('there are at least twelve, listed in their README', () => {
    expect(recipes.length).toBeGreaterThanOrEqual(12);
    const index = readFileSync(join(RECIPES, 'README.md'), 'utf8');
    const listed = [...index.matchAll(/^\| \[([a-z-]+)\]\(\1\/README\.md\)/gm)].map((match) => match[1]);
    expect(listed).toEqual(recipes.map(({ name }) => name));
  });

  for (const recipe of recipes) {
    test(`${recipe.name} compiles without a word, its cases pass and reach every step`, async () => {
      expect(
        readdirSync(join(recipe.dir, 'flows'))
          .map((file) => `flows/${file}`)
          .sort(),
      ).toEqual([...recipe.files].sort());
      await expectSound(recipe.dir, recipe);
    });

    test(`${recipe.name} says what it needs, and needs what it says`, () => {
      const readme = readFileSync(join(recipe.dir, 'README.md'), 'utf8');
      const source = recipe.flows.map(({ text }) => text).join('\n');
      for (const { kind, name } of entries(recipe)) {
        expect(readme, `its README names the ${kind} "${name}"`).toContain(`\`${name}\``);
        const used = name === recipe.project.timezone_attribute || kind === 'apps' || source.includes(name);
        expect(used, `its flow uses the ${kind} "${name}"`).toBe(true);
      }
    });
  }

  test('entries of one name are the same in all of them', () => {
    const known = new Map<string, { readonly recipe: Recipe; readonly entry: unknown }>();
    for (const recipe of recipes) {
      for (const { kind, name, entry } of entries(recipe)) {
        const other = known.get(`${kind}/${name}`);
        if (other === undefined) known.set(`${kind}/${name}`, { recipe, entry });
        else expect(entry, `${kind} "${name}" in ${recipe.name} and ${other.recipe.name}`).toEqual(other.entry);
      }
    }
  });
});

/** Adds the lines as their reader would: each entry below the section that is there already. */
function merge(file: string, add: string): void {
  let text = readFileSync(file, 'utf8');
  let section = '';
  for (const line of add.split('\n').filter((one) => one !== '')) {
    if (line.startsWith(' ')) text = text.replace(`\n${section}\n`, `\n${section}\n${line}\n`);
    else {
      section = line;
      if (!text.includes(`\n${line}\n`)) text += `${line}\n`;
    }
  }
  writeFileSync(file, text);
}

describe('flows new', () => {
  let remove = () => {};
  const project = (files: { readonly [path: string]: string }) => {
    const made = projectWith(files);
    remove = made.remove;
    return made.dir;
  };
  afterEach(() => remove());
  const EMPTY = 'project: shop\ntimezone: Europe/Berlin\n';

  for (const recipe of recipes) {
    const { name } = recipe;
    test(`${name} works in a project that had nothing of it`, async () => {
      // A section that is not listed at all is not checked: these are, and lack everything.
      const dir = project({ 'mapp.yaml': `${EMPTY}attributes: {}\nevents: {}\n` });
      const made = await flows(dir, ['new', name, '--json']);
      const { files, add, diagnostics } = JSON.parse(made.out);
      expect({ code: made.code, files, diagnostics }).toEqual({
        code: 0,
        files: recipe.files,
        diagnostics: [],
      });
      const added = projectWith({
        'mapp.yaml': EMPTY + add,
        ...Object.fromEntries(files.map((file: string) => [file, readFileSync(join(dir, file), 'utf8')])),
      });
      try {
        await expectSound(added.dir, recipe);
      } finally {
        added.remove();
      }
    });
  }

  test('all of them live in one project', async () => {
    const dir = project({ 'mapp.yaml': EMPTY });
    for (const { name } of recipes) {
      const { add } = JSON.parse((await flows(dir, ['new', name, '--json'])).out);
      merge(join(dir, 'mapp.yaml'), add);
    }
    const checked = JSON.parse((await flows(dir, ['check', '--json'])).out);
    expect(checked).toMatchObject({ ok: true, diagnostics: [] });
    expect(checked.flows).toHaveLength(recipes.flatMap(({ plans }) => plans).length);
    const tested = await flows(dir, ['test', '--coverage', '100', '--json']);
    expect(JSON.parse(tested.out), tested.err).toMatchObject({ ok: true, failed: 0 });
  });

  test('tells which entries are missing, with the lines to add', async () => {
    const dir = project({
      'mapp.yaml': `${EMPTY}messages:\n  price_drop_push: { channel: push, id: "7", parameters: [product, price] }\napps: { shop: "5678" }\n`,
    });
    const { code, out, err } = await flows(dir, ['new', 'price-drop']);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toContain('new  flows/price-drop.yaml\nnew  flows/price-drop.test.yaml\n');
    expect(out).toContain(
      'messages:\n  price_drop: { channel: email, id: "id-of-price_drop", parameters: [product, url, price, saved] }\n\nThen: flows check && flows test\n',
    );
  });

  test('shows entries of the same name that are otherwise than the flow needs them', async () => {
    const dir = project({
      'mapp.yaml': `${EMPTY}messages:\n  talk_to_us: { channel: email, id: "7", parameters: [name?] }\ngroups: { hot_leads: "8" }\n`,
    });
    const { code, out } = await flows(dir, ['new', 'lead-scoring']);
    expect(code).toBe(0);
    expect(out).not.toContain('Add to mapp.yaml');
    expect(out).toContain('unknown parameter "first". known parameter of message "talk_to_us" is "name"');
  });

  test('says so of another project, from anywhere', async () => {
    const dir = project({ 'mapp.yaml': EMPTY });
    const { code, out } = await flows(dirname(dir), ['new', 'win-back', '--project', dir]);
    expect(code).toBe(0);
    expect(out).toContain(`Then: flows check --project ${dir} && flows test --project ${dir}\n`);
    expect(existsSync(join(dir, 'flows/win-back.yaml'))).toBe(true);
  });

  test('never overwrites: both files or neither', async () => {
    const dir = project({ 'mapp.yaml': EMPTY, 'flows/welcome.test.yaml': 'mine' });
    const { code, out, err } = await flows(dir, ['new', 'welcome']);
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toBe(
      'flows: flows/welcome.test.yaml exists already: nothing was copied\n  Rename what is there, or delete it, and call `flows new welcome` again.\n',
    );
    expect(readdirSync(join(dir, 'flows'))).toEqual(['welcome.test.yaml']);
    expect(readFileSync(join(dir, 'flows/welcome.test.yaml'), 'utf8')).toBe('mine');
  });

  test('refuses a flow name that is taken', async () => {
    const dir = project({ 'mapp.yaml': EMPTY, 'flows/greeting.yaml': 'flow: welcome\non: signup\nsteps: []\n' });
    const { code, err } = await flows(dir, ['new', 'welcome']);
    expect(code).toBe(1);
    expect(err).toContain('the project has a flow "welcome" already, flows/greeting.yaml: nothing was copied');
    expect(readdirSync(join(dir, 'flows'))).toEqual(['greeting.yaml']);
  });

  test('an unknown recipe, a place that is no project, a broken catalogue', async () => {
    const dir = project({ 'mapp.yaml': EMPTY, 'broken/mapp.yaml': 'project: [\n', 'none/x.txt': '' });
    const unknown = await flows(dir, ['new', 'welcom']);
    expect(unknown.code).toBe(1);
    expect(unknown.err).toContain('unknown recipe "welcom": there are abandoned-browse, ');
    expect(unknown.err).toContain('Did you mean "welcome"?');
    const nowhere = await flows(dir, ['new', 'welcome', '--project', 'none']);
    expect(nowhere.code).toBe(1);
    expect(nowhere.err).toContain('there is no mapp.yaml in ');
    const broken = await flows(dir, ['new', 'welcome', '--project', 'broken']);
    expect(broken.code).toBe(1);
    expect(broken.err).toContain('mapp.yaml has errors');
    expect(existsSync(join(dir, 'broken/flows'))).toBe(false);
  });

  test('lists the recipes, without any project', async () => {
    const dir = project({});
    const listed = JSON.parse((await flows(dir, ['new', '--json'])).out);
    expect(listed.map(({ recipe }: { recipe: string }) => recipe)).toEqual(recipes.map(({ name }) => name));
    expect(listed).toContainEqual({
      recipe: 'win-back',
      description: expect.stringMatching(/^Ninety days after the last order, /),
    });
    const { code, out } = await flows(dir, ['new']);
    expect(code).toBe(0);
    expect(out).toContain('\nvip-tiering ');
  });
});
