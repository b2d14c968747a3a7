/** `docs/steps/<kind>.md`: the definition, the hand-written `docs.md` beside it, and what its example really does. */
import * as z from 'zod';
import type { StepKind } from '../plan/plan.ts';
import type { Project } from '../plan/project.ts';
import type { KeyDefinition } from '../steps/definition.ts';
import { commonSettings, definitions } from '../steps/definitions.ts';
import { COST_WORDS, READ_WORDS } from './costs.ts';
import { compileExample, type ExampleCall, type ExampleRun, runExample } from './example.ts';
import { fenced, fencesIn, generatedFrom, page, table } from './markdown.ts';

/** `written`: the text of `src/steps/<kind>/docs.md`, whose first block is the example. */
export async function stepPage(kind: StepKind, written: string, project: Project): Promise<string> {
  const definition = definitions[kind];
  const where = `src/steps/${kind}/docs.md`;
  const example = fencesIn(written)[0];
  if (example?.info !== 'yaml') throw new Error(`${where} does not begin with an example in \`\`\`yaml`);
  const run = await runExample(compileExample(example.text, project, where), project);
  const notes = written.slice(written.indexOf('\n```\n') + 5).trim();
  return page(
    generatedFrom(`\`src/steps/${kind}\``),
    `# \`${kind}\``,
    definition.summary,
    fenced('yaml', example.text),
    '## Settings',
    table(
      ['key', 'takes', ''],
      [
        [`\`${kind}\``, accepts(definition.what.schema), definition.what.doc],
        ...rows(definition.settings),
        ...rows(commonSettings),
      ],
    ),
    notes === '' ? '' : `## To know\n\n${notes}`,
    `## The example, run`,
    'For a person who comes in on Friday, 27 March 2026 at 10:00, and to whom nothing else happens:',
    fenced('text', run.timeline.join('\n')),
    '## What reaches Mapp',
    reaches(kind, run),
    '## What it costs in Temporal',
    `${COST_WORDS[definition.cost]} ${READ_WORDS}`,
  );
}

function rows(settings: { readonly [key: string]: KeyDefinition }): string[][] {
  return Object.entries(settings).map(([key, { schema, doc }]) => [`\`${key}\``, accepts(schema), doc]);
}

/** The schema's own words; the values where they are a short list. */
function accepts(schema: z.ZodType): string {
  if (schema.description !== undefined) return schema.description;
  if (schema instanceof z.ZodOptional) return accepts(schema.unwrap() as z.ZodType);
  if (schema instanceof z.ZodEnum) return schema.options.map((value) => `\`${value}\``).join(', ');
  return schema instanceof z.ZodUnknown ? 'any value' : 'a text';
}

function reaches(kind: StepKind, { calls }: ExampleRun): string {
  const own = calls.filter((call) => call.kind === kind).map(callText);
  if (kind === 'webhook') return ['Nothing; this call goes out instead:', ...own].join('\n\n');
  if (own.length > 0) return own.join('\n\n');
  return kind === 'emit' || kind === 'start_flow'
    ? 'Nothing: what it hands over is an event of our own inbox.'
    : 'Nothing.';
}

function callText({ request, body }: ExampleCall): string {
  const text = body === null ? '' : `\n\n${typeof body === 'string' ? body : JSON.stringify(body, null, 2)}`;
  return fenced('http', request + text);
}
