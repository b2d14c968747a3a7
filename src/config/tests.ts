import { readdirSync, statSync } from 'node:fs';
import { join, relative, resolve, sep } from 'node:path';
import { type FlowTests, readTests } from '../compiler/tests/read-tests.ts';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import type { Project } from '../plan/project.ts';
import type { SourceText } from '../source/text.ts';
import { CATALOGUE, type LoadedProject, readSource } from './project.ts';

export interface TestFile {
  /** relative to the project, with `/` */
  readonly path: string;
  readonly source: SourceText;
  /** null where a diagnostic is an error */
  readonly tests: FlowTests | null;
  readonly diagnostics: readonly Diagnostic[];
}

const TEST_FILE = /\.test\.ya?ml$/;

/**
 * The test files at `paths` (absolute: files, and folders with all that is in them), sorted.
 *
 * @returns relative to `dir`, with `/`; null for a path at which there is nothing
 */
export function findTests(dir: string, path: string): string[] | null {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return null;
  const files = stat.isDirectory() ? inFolder(path) : [path];
  return files.map((file) => relative(dir, resolve(file)).split(sep).join('/')).sort();
}

function inFolder(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => TEST_FILE.test(name) && !/(^|[\\/])node_modules[\\/]/.test(name))
    .map((name) => join(folder, name));
}

/**
 * Reads test files of a project.
 *
 * @throws SetupError a file that cannot be read
 */
export function loadTests(
  dir: string,
  paths: readonly string[],
  loaded: LoadedProject & { readonly project: Project },
): TestFile[] {
  const broken = brokenFlows(loaded);
  const names = broken === null ? null : [...loaded.flows.map(({ flow }) => flow), ...broken];
  return paths.map((path) => {
    const { source, diagnostics: unreadable } = readSource(dir, path);
    if (unreadable.length > 0) return { path, source, tests: null, diagnostics: unreadable };
    const { tests, diagnostics } = readTests(source, loaded.project, loaded.plans, names);
    return { path, source, tests: tests ?? null, diagnostics };
  });
}

/** Names of the flows that did not compile; null where one of them cannot be read. */
function brokenFlows({ flows, sources }: LoadedProject): string[] | null {
  const compiled = new Set(flows.map(({ file }) => file));
  const names = [...sources]
    .filter(([file]) => file !== CATALOGUE && !compiled.has(file))
    .map(([, { text }]) => /^flow[ \t]*:[ \t]*["']?([A-Za-z0-9-]+)/m.exec(text)?.[1]);
  return names.every((name) => name !== undefined) ? names : null;
}
