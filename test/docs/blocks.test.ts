/**
 * Every YAML block of the docs is compiled against `docs/mapp.yaml`: clean, or, marked `yaml broken CODE…`, with exactly these
 * codes. A `text` block right behind a broken one is what is really said; UPDATE_GOLDEN=1 writes it. Cases are played.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { compileProject } from '../../src/compiler/catalogue.ts';
import { compile } from '../../src/compiler/compile.ts';
import { flowSchema } from '../../src/compiler/flow-schema.ts';
import { readTests } from '../../src/compiler/tests/read-tests.ts';
import type { Diagnostic } from '../../src/diagnostics/diagnostic.ts';
import { renderText } from '../../src/diagnostics/render-text.ts';
import { wholeFlow } from '../../src/docs/example.ts';
import { docsProject } from '../../src/docs/generated-files.ts';
import { type Fence, fencesIn } from '../../src/docs/markdown.ts';
import { runCase } from '../../src/simulation/run-case.ts';
import { SourceText } from '../../src/source/text.ts';
import { definitions } from '../../src/steps/definitions.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const PROJECT = docsProject(ROOT);
// Its blocks are the fixtures of `test/diagnostics`, which have a test of their own.
const PAGES = readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.md') && name !== 'diagnostics.md')
  .sort();

function diagnose(text: string): { readonly source: SourceText; readonly diagnostics: readonly Diagnostic[] } {
  if (/^project:/m.test(text)) {
    const source = new SourceText('mapp.yaml', text);
    return { source, diagnostics: compileProject(source).diagnostics };
  }
  const source = new SourceText('flow.yaml', wholeFlow(text));
  return { source, diagnostics: compile(source, PROJECT).diagnostics };
}

function rendered(text: string): string {
  const { source, diagnostics } = diagnose(text);
  return renderText(diagnostics, new Map([[source.path, source]]));
}

async function play(block: Fence, fences: readonly Fence[]): Promise<string[]> {
  const flows = fences.filter(({ info, text }) => info === 'yaml' && /^flow:/m.test(text) && /^steps:/m.test(text));
  const plans = flows.flatMap(({ text }) => compile(new SourceText('flow.yaml', text), PROJECT).plan ?? []);
  const source = new SourceText('flow.test.yaml', block.text);
  const { tests, diagnostics } = readTests(
    source,
    PROJECT,
    plans,
    plans.map(({ flow }) => flow),
  );
  if (tests === undefined) return [renderText(diagnostics, new Map([[source.path, source]]))];
  const results = await Promise.all(tests.cases.map((one) => runCase(tests.plan!, PROJECT, one)));
  return results.filter((one) => !one.passed).map((one) => one.actual.join('\n'));
}

const STEP_KINDS = Object.keys(definitions);
const FLOW_KEYS = Object.keys(flowSchema.shape).filter((key) => key !== 'flow' && key !== 'steps');
/** Beside the piece that a sentence quotes; what is missing there is not its matter. */
const LEFT_OUT = ['missing-key', 'missing-parameter'];
/** Fields of all these may be named. */
const ON = 'on: [purchase, newsletter_signup, order_placed, checkout_abandoned]\n';
const NUDGE = `flow: example\n${ON}steps:\n  - send_email: nudge\n    id: nudge\n`;

function isGenerated(page: string): boolean {
  return readFileSync(join(ROOT, 'docs', page), 'utf8').startsWith('<!-- Generated');
}

/** A piece of a flow quoted within a sentence, as a whole flow; null for anything else. */
function quotedPiece(code: string): string | null {
  const key = /^([a-z_]+): ./.exec(code)?.[1] ?? '';
  if (STEP_KINDS.includes(key)) return `${NUDGE}  - ${code.replaceAll(/(?<=: )\[…\]/g, '[]')}\n`;
  if (FLOW_KEYS.includes(key)) return wholeFlow(`${code}\n${key === 'on' ? '' : ON}`);
  if (!/^(event|contact)\.\w+[ .]|^(count|size|in_group|in_flow|default|lower)\(/.test(code) || /…/.test(code))
    return null;
  return `${NUDGE}  - assign: { x: ${JSON.stringify(`\${${code}}`)} }\n`;
}

describe.each(PAGES)('%s', (page) => {
  const path = join(ROOT, 'docs', page);
  const written = readFileSync(path, 'utf8');
  const fences = fencesIn(written);
  const blocks = fences.map((fence, at) => ({ ...fence, at, title: `block ${at + 1}, ${fence.info}` }));

  const whole = blocks.filter(({ info, text }) => info === 'yaml' && !/^cases:/m.test(text));
  test.runIf(whole.length > 0).each(whole)('$title compiles', ({ text }) => expect(rendered(text)).toBe(''));

  const cases = blocks.filter(({ info, text }) => info === 'yaml' && /^cases:/m.test(text));
  test.runIf(cases.length > 0).each(cases)('$title passes', async (block) => {
    expect(await play(block, fences)).toEqual([]);
  });

  const broken = blocks.filter(({ info }) => info.startsWith('yaml broken'));
  test.runIf(broken.length > 0).each(broken)('$title gives its diagnostics', ({ text, info, at }) => {
    const codes = diagnose(text).diagnostics.map(({ code }) => code);
    expect(codes.join(' ')).toBe(info.replace('yaml broken ', ''));
    const shown = fences[at + 1];
    if (shown?.info !== 'text') return;
    const said = rendered(text);
    if (process.env.UPDATE_GOLDEN === '1') {
      const now = readFileSync(path, 'utf8');
      writeFileSync(
        path,
        now.replace(`\`\`\`text\n${shown.text}\`\`\``, () => `\`\`\`text\n${said}\`\`\``),
      );
    } else expect(shown.text).toBe(said);
  });

  test.skipIf(isGenerated(page))('pieces of flows within sentences compile', () => {
    const codes = [...written.replaceAll(/```[\s\S]*?```/g, '').matchAll(/`([^`\n]+)`/g)].map(([, code]) => code!);
    const wrong = codes.flatMap((code) => {
      const flow = quotedPiece(code.replaceAll('\\|', '|'));
      const errors = flow === null ? [] : diagnose(flow).diagnostics.filter((one) => one.severity === 'error');
      return errors.filter((one) => !LEFT_OUT.includes(one.code)).map((one) => `${code}: ${one.message}`);
    });
    expect(wrong).toEqual([]);
  });

  test('links lead somewhere', () => {
    const links = [...written.matchAll(/\]\((?!https?:)([^)#]+)/g)].map(([, link]) => link!);
    const missing = links.filter((link) => {
      try {
        return readFileSync(join(path, '..', link)) === null;
      } catch {
        return true;
      }
    });
    expect(missing).toEqual([]);
  });

  test('no YAML is left out', () => {
    const kinds = new Set(fences.map(({ info }) => info.split(' ')[0]));
    expect([...kinds].filter((kind) => !['yaml', 'text', 'sh', 'http', 'json', 'toml'].includes(kind!))).toEqual([]);
  });
});
