import { resolve } from 'node:path';
import { watch } from 'chokidar';
import { CATALOGUE, type LoadedProject, loadProject } from '../../config/project.ts';
import { findTests, loadTests } from '../../config/tests.ts';
import { renderText } from '../../diagnostics/render-text.ts';
import type { Project } from '../../plan/project.ts';
import { type Cli, CliError } from '../cli.ts';
import type { CommonOptions, Register } from '../command.ts';
import { counted, paint, printJson } from '../output.ts';
import { diagnosticsText, projectDir } from '../project.ts';
import { type Coverage, coverageOf, type FileResult, fileText, runFile } from '../test-results.ts';

interface TestOptions {
  readonly update?: boolean;
  readonly watch?: boolean;
  readonly verbose?: boolean;
  /** true without a percentage */
  readonly coverage?: string | true;
}

export const register: Register = (program, run) => {
  program
    .command('test')
    .description('Runs the cases of *.test.yaml in virtual time, without any server.')
    .argument('[path...]', 'only these test files and folders (default: all below flows/)')
    .option('--update', 'writes what happened into the expectations that are missing or do not hold')
    .option('--watch', 'runs again whenever a file of the project changes')
    .option('--verbose', 'shows every timeline, with the steps that only decide and what they saw')
    .option('--coverage [percent]', 'shows the steps that no case comes to; fails below the percentage, of each flow')
    .action(run(test));
};

async function test(cli: Cli, options: TestOptions & CommonOptions, given: string[]): Promise<number> {
  const dir = projectDir(cli, options);
  const { threshold, paths } = readCoverage(options, given);
  const runOnce = () => runTests(cli, dir, { ...options, threshold }, paths);
  return options.watch === true ? watching(cli, dir, runOnce) : runOnce();
}

/** `--coverage flows/a.test.yaml`: the word behind it is a path where it is no percentage. */
function readCoverage({ coverage }: TestOptions, paths: readonly string[]): { threshold: number; paths: string[] } {
  if (coverage === undefined || coverage === true) return { threshold: 0, paths: [...paths] };
  if (!/^-?\d+([.,]\d+)?%?$/.test(coverage)) return { threshold: 0, paths: [coverage, ...paths] };
  const threshold = Number(coverage.replace('%', ''));
  if (threshold >= 0 && threshold <= 100) return { threshold, paths: [...paths] };
  throw new CliError(`--coverage takes a percentage from 0 to 100, found ${coverage}`, { exitCode: 2 });
}

type RunOptions = TestOptions & CommonOptions & { readonly threshold: number };

async function runTests(cli: Cli, dir: string, options: RunOptions, paths: readonly string[]): Promise<number> {
  const loaded = await projectOf(cli, dir);
  const files = loadTests(dir, filesOf(cli, dir, paths), loaded);
  const results: FileResult[] = [];
  for (const file of files) results.push(await runFile(dir, file, loaded, options.update === true));
  const tested = new Set(results.flatMap(({ plan }) => plan?.flow ?? []));
  const plans = paths.length === 0 ? loaded.plans : loaded.plans.filter(({ flow }) => tested.has(flow));
  const coverage = options.coverage === undefined ? null : coverageOf(plans, results);
  const passed = results.flatMap(({ cases }) => cases.filter(({ result }) => result.passed)).length;
  // A file that cannot be run is a failure too: nobody knows what its cases would have said.
  const failed = results.reduce(
    (sum, { cases, trouble }) =>
      sum + (cases.length === 0 && trouble !== null ? 1 : cases.filter(({ result }) => !result.passed).length),
    0,
  );
  const low = (coverage ?? []).filter(({ percent }) => percent < options.threshold);
  const ok = failed === 0 && low.length === 0;
  const say = options.json ? cli.err : cli.out;
  for (const result of results) {
    if (result.file.diagnostics.length > 0) {
      const sources = new Map([[result.file.path, result.file.source]]);
      say(`${renderText(result.file.diagnostics, sources, (style, text) => paint(cli, style, text))}\n`);
    }
    say(fileText(cli, result, options.verbose === true));
  }
  if (coverage !== null) say(coverageText(cli, coverage, options.threshold));
  say(`${passed} passed, ${failed} failed\n`);
  if (options.json)
    printJson(cli, { ok, passed, failed, cases: results.flatMap(jsonCases), ...jsonRest(results, coverage) });
  return ok ? 0 : 1;
}

async function projectOf(cli: Cli, dir: string): Promise<LoadedProject & { readonly project: Project }> {
  const loaded = await loadProject(dir);
  if (loaded.project !== null) return { ...loaded, project: loaded.project };
  cli.err(`${diagnosticsText({ ...cli, color: false }, loaded)}\n`);
  throw new CliError(`${CATALOGUE} has errors, so no flow could be compiled`, { remedy: '`flows check` shows them.' });
}

function filesOf(cli: Cli, dir: string, paths: readonly string[]): string[] {
  if (paths.length === 0) return findTests(dir, resolve(dir, 'flows')) ?? [];
  return [...new Set(paths.flatMap((path) => filesAt(cli, dir, path)))];
}

/** A path is taken from the current directory, then from the project; inside the project, where it can be either. */
function filesAt(cli: Cli, dir: string, path: string): string[] {
  const found = [cli.cwd, dir].flatMap((from) => {
    const files = findTests(dir, resolve(from, path));
    return files === null ? [] : [files];
  });
  const files = found.find((one) => one.every((file) => !file.startsWith('../'))) ?? found[0];
  if (files === undefined) throw new CliError(`there is no file or folder "${path}"`);
  return files;
}

function coverageText(cli: Cli, coverage: readonly Coverage[], threshold: number): string {
  const lines = coverage.map(({ flow, steps, reached, percent, never }) => {
    const color = percent < threshold ? 'red' : never.length > 0 ? 'yellow' : 'green';
    const missing = never.length === 0 ? '' : `, never reached: ${never.join(', ')}`;
    return `${paint(cli, color, `${flow}: ${reached} of ${counted(steps, 'step')}, ${percent} %`)}${missing}`;
  });
  return lines.length === 0 ? '' : `\n${lines.join('\n')}\n\n`;
}

function jsonCases({ file, plan, cases }: FileResult): object[] {
  return cases.map(({ test, result, updated }) => ({
    file: file.path,
    line: test.line,
    flow: plan!.flow,
    name: test.name,
    passed: result.passed,
    updated,
    expected: test.expect,
    actual: result.actual,
    diff: result.diff,
    problems: result.problems,
    notes: result.notes,
  }));
}

function jsonRest(results: readonly FileResult[], coverage: readonly Coverage[] | null): object {
  return {
    files: results.map(({ file, trouble }) => ({ file: file.path, trouble })),
    diagnostics: results.flatMap(({ file }) => file.diagnostics),
    ...(coverage === null ? {} : { coverage }),
  };
}

/** Runs now and after every change, until told to stop. */
async function watching(cli: Cli, dir: string, runOnce: () => Promise<number>): Promise<number> {
  let code = 0;
  let again = false;
  let running: Promise<void> | null = null;
  const go = async () => {
    do {
      again = false;
      code = await runOnce().catch((error: unknown) => {
        if (!(error instanceof CliError)) throw error;
        cli.err(`flows: ${error.message}\n`);
        return error.exitCode;
      });
      cli.err(`${paint(cli, 'gray', 'waiting for changes; Ctrl-C ends it')}\n`);
    } while (again);
    running = null;
  };
  const start = () => {
    again = true;
    running ??= go();
  };
  const watcher = watch([resolve(dir, CATALOGUE), resolve(dir, 'flows')], {
    ignoreInitial: true,
    ignored: (path, stats) => stats?.isFile() === true && !/\.ya?ml$/.test(path),
    // Editors write a file in several steps.
    awaitWriteFinish: { stabilityThreshold: 50, pollInterval: 10 },
  });
  watcher.on('all', start);
  start();
  await cli.untilStopped();
  await watcher.close();
  await running;
  return code;
}
