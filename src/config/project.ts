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
import { endlessRounds, refusedBy } from './hand-overs.ts';

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

export type LoadedCatalogue = Pick<LoadedProject, 'project' | 'diagnostics' | 'sources'>;

/**
 * Reads and compiles `mapp.yaml` alone, for what works with published flows or none.
 *
 * @throws SetupError there is none, or it cannot be read
 */
export function loadCatalogue(dir: string): LoadedCatalogue {
  const { source, diagnostics } = readSource(dir, CATALOGUE);
  const sources = new Map([[CATALOGUE, source]]);
  if (diagnostics.length > 0) return { project: null, diagnostics, sources };
  const compiled = compileProject(source);
  return { project: compiled.project ?? null, diagnostics: inOrder(compiled.diagnostics), sources };
}

/**
 * Reads and compiles a project: `mapp.yaml` and every `*.yaml` and `*.yml` under `flows/` (tests, `*.test.yaml`, aside).
 * Paths are shown relative to the project, with `/`.
 *
 * @throws SetupError no `mapp.yaml` there, or a file that cannot be read
 */
export async function loadProject(dir: string): Promise<LoadedProject> {
  const catalogue = loadCatalogue(dir);
  const { project } = catalogue;
  const sources = new Map(catalogue.sources);
  const found = [...catalogue.diagnostics];
  const plans: { readonly plan: Plan; readonly file: string; readonly diagnostics: readonly Diagnostic[] }[] = [];
  const read = flowFiles(dir).map((file) => ({ file, ...readSource(dir, file) }));
  const names = namesOf(read.map(({ source }) => source));
  for (const { file, source, diagnostics } of read) {
    sources.set(file, source);
    found.push(...diagnostics);
    if (diagnostics.length > 0 || project === null) continue;
    const compiled = compile(source, names === null ? project : { ...project, flows: names });
    if (compiled.plan === undefined) found.push(...compiled.diagnostics);
    else plans.push({ plan: compiled.plan, file, diagnostics: compiled.diagnostics });
  }
  const sound = plans.map(({ plan }) => plan);
  for (const { plan, file, diagnostics } of plans) {
    const refusing = refusedBy(plan, sound);
    const rounds = endlessRounds(plan, sound);
    // Only such a flow is compiled again, now that all are known: it says where the step stands.
    if (refusing.length + Object.keys(rounds).length === 0) found.push(...diagnostics);
    else {
      const known = { ...project!, ...(names && { flows: names }), refusing, rounds };
      found.push(...compile(sources.get(file)!, known).diagnostics);
    }
  }
  found.push(...duplicates(plans, sources));
  const diagnostics = inOrder(found);
  return {
    project,
    plans: sound,
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
export function readSource(
  dir: string,
  path: string,
): { readonly source: SourceText; readonly diagnostics: readonly Diagnostic[] } {
  let bytes: Buffer;
  try {
    bytes = readFileSync(join(dir, path));
  } catch (error) {
    if (path === CATALOGUE && (error as NodeJS.ErrnoException).code === 'ENOENT') {
      throw new SetupError(
        `there is no ${CATALOGUE} in ${dir}: change to a project's directory, name one with --project, or create the file with "project: NAME" and "timezone: ZONE".`,
      );
    }
    throw new SetupError(`${path} cannot be read (${(error as Error).message}).`, { cause: error });
  }
  const source = new SourceText(path, bytes.toString('utf8').replace(/^\uFEFF/, ''));
  if (isUtf8(bytes)) return { source, diagnostics: [] };
  const at = Math.max(0, source.text.indexOf('\uFFFD'));
  const reporter = new Reporter(source);
  reporter.report({ start: at, end: at + 1 }, invalidUtf8());
  return { source, diagnostics: reporter.diagnostics() };
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

/** Names of the flows that flows may name, broken ones too; null where one cannot be told without its compilation. */
function namesOf(sources: readonly SourceText[]): string[] | null {
  const names = sources.map((source) => NAME.exec(source.text)?.[1]?.replaceAll(/["']/g, ''));
  return names.every((name) => name !== undefined) ? names : null;
}

const NAME = /^["']?flow["']?[ \t]*:[ \t]*(["']?[A-Za-z0-9-]+["']?)/m;

/** The value of the top-level key `flow`; a file that compiled has one. */
function nameSpan(source: SourceText): { readonly start: number; readonly end: number } {
  const match = NAME.exec(source.text);
  if (match === null) return { start: 0, end: 0 };
  const end = match.index + match[0].length;
  return { start: end - match[1]!.length, end };
}
