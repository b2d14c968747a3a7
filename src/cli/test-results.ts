/** Runs the cases of test files, and shows what came of them. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestCase } from '../compiler/tests/read-tests.ts';
import { updateExpect } from '../compiler/tests/update-expect.ts';
import type { LoadedProject } from '../config/project.ts';
import type { TestFile } from '../config/tests.ts';
import type { Plan } from '../plan/plan.ts';
import type { Project } from '../plan/project.ts';
import { type CaseResult, runCase } from '../simulation/run-case.ts';
import type { Cli } from './cli.ts';
import { paint } from './output.ts';

export interface FileResult {
  readonly file: TestFile;
  readonly plan: Plan | null;
  readonly cases: readonly { readonly test: TestCase; readonly result: CaseResult; readonly updated: boolean }[];
  /** why none of its cases could be run, or its expectations not be written */
  readonly trouble: string | null;
}

/** `update`: expectations that do not hold, or are missing, are written into the file. */
export async function runFile(
  dir: string,
  file: TestFile,
  { project }: LoadedProject & { readonly project: Project },
  update: boolean,
): Promise<FileResult> {
  if (file.tests === null) return { file, plan: null, cases: [], trouble: 'the file has errors' };
  const { plan, cases } = file.tests;
  if (plan === null) return { file, plan, cases: [], trouble: 'its flow has errors: `flows check` shows them' };
  const results: CaseResult[] = [];
  for (const test of cases) results.push(await runCase(plan, project, test));
  const stale = cases.map(({ expect }, at) =>
    expect === null || results[at]!.diff !== null ? results[at]!.actual : null,
  );
  if (!update || stale.every((lines) => lines === null)) {
    return {
      file,
      plan,
      cases: cases.map((test, at) => ({ test, result: results[at]!, updated: false })),
      trouble: null,
    };
  }
  const text = updateExpect(file.source, cases, stale, project, plan);
  if (text !== null) writeFileSync(join(dir, file.path), text);
  const shown = cases.map((test, at) => {
    if (text === null || stale[at] === null) return { test, result: results[at]!, updated: false };
    const { problems, ...result } = results[at]!;
    const others = test.expect === null ? problems.slice(1) : problems;
    return { test, result: { ...result, problems: others, diff: null, passed: others.length === 0 }, updated: true };
  });
  const trouble =
    text === null
      ? 'the file is written in a way in which --update cannot change it: write the expectations by hand'
      : null;
  return { file, plan, cases: shown, trouble };
}

/** For people: a line for each case, below it what is wrong with it. */
export function fileText(cli: Cli, { file, cases, trouble }: FileResult, verbose: boolean): string {
  const lines = [paint(cli, 'bold', file.path)];
  if (trouble !== null) lines.push(`  ${paint(cli, 'red', '✗')} ${trouble}`);
  for (const { test, result, updated } of cases) {
    const mark = result.passed ? paint(cli, 'green', '✓') : paint(cli, 'red', '✗');
    const place = result.passed ? '' : paint(cli, 'gray', `  ${file.path}:${test.line}`);
    lines.push(`  ${mark} ${test.name}${updated ? ' (updated)' : ''}${place}`);
    if (!result.passed) lines.push(...failureLines(cli, result, verbose).map((line) => `      ${line}`));
    if (!result.passed || verbose)
      lines.push(...result.notes.map((note) => `      ${paint(cli, 'yellow', `note: ${note}`)}`));
    if (verbose) lines.push(...result.verbose().map((line) => `      ${line}`));
  }
  return `${lines.join('\n')}\n`;
}

function failureLines(cli: Cli, { problems, diff, actual }: CaseResult, verbose: boolean): string[] {
  const found = problems.map((problem) => paint(cli, 'red', problem));
  if (diff === null) return [...found, ...(verbose ? [] : actual)];
  const legend = `${paint(cli, 'red', '- expected')}  ${paint(cli, 'green', '+ what happened')}`;
  const colors = { '-': 'red', '+': 'green', ' ': 'gray' } as const;
  return [...found, legend, ...diff.map(({ mark, text }) => paint(cli, colors[mark], `${mark} ${text}`))];
}

export interface Coverage {
  readonly flow: string;
  readonly steps: number;
  readonly reached: number;
  /** whole percent, rounded down */
  readonly percent: number;
  /** ids, in file order */
  readonly never: readonly string[];
}

/** Which steps no case ever came to, by flow. */
export function coverageOf(plans: readonly Plan[], results: readonly FileResult[]): Coverage[] {
  return plans.map((plan) => {
    const cases = results.filter((one) => one.plan?.flow === plan.flow).flatMap((one) => one.cases);
    const reached = new Set(cases.flatMap(({ result }) => [...result.reached]));
    const ids = Object.keys(plan.steps);
    const never = ids.filter((id) => !reached.has(id));
    const count = ids.length - never.length;
    const percent = ids.length === 0 ? 100 : Math.floor((count / ids.length) * 100);
    return { flow: plan.flow, steps: ids.length, reached: count, percent, never };
  });
}
