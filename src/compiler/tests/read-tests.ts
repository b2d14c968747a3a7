/** A test file's text to its cases: pure, and never throws for an author's mistake. */
import { unknownFlow } from '../../diagnostics/codes-tests.ts';
import { type Diagnostic, Reporter } from '../../diagnostics/diagnostic.ts';
import type { Plan } from '../../plan/plan.ts';
import type { Project } from '../../plan/project.ts';
import type { CaseInput } from '../../plan/test-case.ts';
import { child, entry, type MapNode, textOf } from '../../source/node.ts';
import type { SourceText, Span } from '../../source/text.ts';
import { eventShapes } from '../events.ts';
import { readRoot } from '../read-root.ts';
import { readCase } from './read-case.ts';
import { testFileSchema } from './schema.ts';

export interface FlowTests {
  /** null where no flow of that name compiles */
  readonly plan: Plan | null;
  readonly cases: readonly TestCase[];
}

export interface TestCase {
  readonly name: string;
  /** of the name, from 1 */
  readonly line: number;
  readonly input: CaseInput;
  /** null: the case has no `expect` */
  readonly expect: string | null;
  readonly place: ExpectPlace;
}

/** Where `expect` stands, or would stand, in the file. */
export interface ExpectPlace {
  readonly map: MapNode;
  /** the value of `expect`; null where the case itself has none */
  readonly value: Span | null;
}

export interface ReadTestsResult {
  /** absent where a diagnostic is an error */
  readonly tests?: FlowTests;
  readonly diagnostics: Diagnostic[];
}

/**
 * `plans`: those of the project that compiled; `flows`: the names of all its flows, null where one of them is not known. A
 * flow without a plan has diagnostics of its own; its tests answer with `plan: null`.
 */
export function readTests(
  source: SourceText,
  project: Project,
  plans: readonly Plan[],
  flows: readonly string[] | null,
): ReadTestsResult {
  const reporter = new Reporter(source);
  const root = readRoot(reporter, testFileSchema, 'test file');
  if (root === null) return { diagnostics: reporter.diagnostics() };
  const node = child(root, 'flow');
  const flow = textOf(node);
  const plan = plans.find((one) => one.flow === flow) ?? null;
  if (flow !== null && plan === null && flows?.includes(flow) === false)
    reporter.report(node!.span, unknownFlow(flow, flows));
  const report = reporter.report.bind(reporter);
  const place = { project, shapes: eventShapes(project), plan, report };
  const list = child(root, 'cases');
  const maps = (list?.type === 'list' ? list.items : []).flatMap((item) => (item.type === 'map' ? [item] : []));
  const cases = maps.map((map): TestCase => {
    const name = child(map, 'name');
    return {
      name: textOf(name) ?? '',
      line: source.position((name ?? map).span.start).line,
      input: readCase(map, place),
      expect: textOf(child(map, 'expect')),
      place: { map, value: ownValue(map) },
    };
  });
  const diagnostics = reporter.diagnostics();
  return reporter.failed ? { diagnostics } : { tests: { plan, cases }, diagnostics };
}

/** What came by a merge key or an alias stands elsewhere, and may belong to other cases too. */
function ownValue(map: MapNode): Span | null {
  const found = entry(map, 'expect');
  if (found === undefined || found.keySpan.start < map.span.start || found.keySpan.end > map.span.end) return null;
  return found.value.span;
}
