import { isUtf8 } from 'node:buffer';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { compileProject } from '../compiler/catalogue.ts';
import { compile } from '../compiler/compile.ts';
import { duplicateFlow, invalidUtf8 } from '../diagnostics/codes-files.ts';
import { type Diagnostic, inOrder, Reporter } from '../diagnostics/diagnostic.ts';
import type { CheckedFlow } from '../diagnostics/render-json.ts';
import type { Plan } from '../plan/plan.ts';
import type { Project } from '../plan/project.ts';
import { SourceText } from '../source/text.ts';
import { SetupError } from '../system/setup-error.ts';

export const CATALOGUE = 'mapp.yaml';
const FLOWS = 'flows';

export interface LoadedProject {
  /** null where `mapp.yaml` has errors; then no flow was compiled */
  readonly project: Project | null;
  /** of the flows without errors, by file */
  readonly plans: readonly Plan[];
  readonly flows: readonly CheckedFlow[];
  /** of all files, in order */
  readonly diagnostics: readonly Diagnostic[];
  /** what was read, by path, for code frames */
  readonly sources: ReadonlyMap<string, SourceText>;
  /** whether anything is an error: then nothing may be published */
  readonly broken: boolean;
}

/**
 * Reads and compiles a project: `mapp.yaml` and every `*.yaml` and `*.yml` under `flows/` (tests, `*.test.yaml`, aside).
 * Paths are shown relative to the project, with `/`.
 *
 * @throws SetupError no `mapp.yaml` there, or a file that cannot be read
 */
export async function loadProject(dir: string): Promise<LoadedProject> {
  const sources = new Map<string, SourceText>();
  const found: Diagnostic[] = [];
  const read = (path: string): SourceText | null => {
    const source = readSource(dir, path, found);
    sources.set(path, source);
    return found.some((one) => one.file === path) ? null : source;
  };

  const catalogue = read(CATALOGUE);
  const compiled = catalogue === null ? { diagnostics: [] } : compileProject(catalogue);
  found.push(...compiled.diagnostics);
  const project = compiled.project ?? null;
  const plans: { readonly plan: Plan; readonly file: string }[] = [];
  for (const file of flowFiles(dir)) {
    const source = read(file);
    if (source === null || project === null) continue;
    const { plan, diagnostics } = compile(source, project);
    found.push(...diagnostics);
    if (plan !== undefined) plans.push({ plan, file });
  }
  found.push(...duplicates(plans, sources));
  const diagnostics = inOrder(found);
  return {
    project,
    plans: plans.map(({ plan }) => plan),
    flows: plans.map(({ plan, file }) => ({ flow: plan.flow, file, hash: plan.hash })),
    diagnostics,
    sources,
    broken: diagnostics.some((one) => one.severity === 'error'),
  };
}

function flowFiles(dir: string): string[] {
  let names: string[];
  try {
    names = readdirSync(join(dir, FLOWS), { recursive: true, encoding: 'utf8' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw new SetupError(`the folder ${FLOWS} of the project cannot be read (${(error as Error).message}).`);
  }
  return names
    .map((name) => `${FLOWS}/${name.replaceAll('\\', '/')}`)
    .filter((path) => /\.ya?ml$/.test(path) && !/\.test\.ya?ml$/.test(path))
    .sort();
}

/** A file that is not UTF-8 is reported and given with the bytes that are wrong replaced, for its code frame. */
function readSource(dir: string, path: string, found: Diagnostic[]): SourceText {
  let bytes: Buffer;
  try {
    bytes = readFileSync(join(dir, path));
  } catch (error) {
    if (path === CATALOGUE && (error as NodeJS.ErrnoException).code === 'ENOENT') {
      throw new SetupError(
        `there is no ${CATALOGUE} in ${dir}: change to a project's directory, name one with --project, or create the file with "project: NAME" and "timezone: ZONE".`,
      );
    }
    throw new SetupError(`${path} cannot be read (${(error as Error).message}).`);
  }
  const source = new SourceText(path, bytes.toString('utf8').replace(/^\uFEFF/, ''));
  if (isUtf8(bytes)) return source;
  const at = Math.max(0, source.text.indexOf('\uFFFD'));
  const reporter = new Reporter(source);
  reporter.report({ start: at, end: at + 1 }, invalidUtf8());
  found.push(...reporter.diagnostics());
  return source;
}

function duplicates(
  plans: readonly { readonly plan: Plan; readonly file: string }[],
  sources: ReadonlyMap<string, SourceText>,
): Diagnostic[] {
  const first = new Map<string, string>();
  return plans.flatMap(({ plan, file }) => {
    const other = first.get(plan.flow);
    if (other === undefined) {
      first.set(plan.flow, file);
      return [];
    }
    const source = sources.get(file)!;
    const reporter = new Reporter(source);
    reporter.report(nameSpan(source), duplicateFlow(plan.flow, other));
    return reporter.diagnostics();
  });
}

/** The value of the top-level key `flow`; a file that compiled has one. */
function nameSpan(source: SourceText): { readonly start: number; readonly end: number } {
  const match = /^["']?flow["']?[ \t]*:[ \t]*(["']?[A-Za-z0-9-]+["']?)/m.exec(source.text);
  if (match === null) return { start: 0, end: 0 };
  const end = match.index + match[0].length;
  return { start: end - match[1]!.length, end };
}
