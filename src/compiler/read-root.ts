/** The first two stages of every file: YAML, and a map at its top with the keys of its schema. */
import type * as z from 'zod';
import { wrongType } from '../diagnostics/codes-shape.ts';
import { emptyFile, type FileKind, yamlFinding } from '../diagnostics/codes-yaml.ts';
import type { Reporter } from '../diagnostics/diagnostic.ts';
import { readDocument } from '../source/document.ts';
import type { ListNode, MapNode } from '../source/node.ts';
import { conform, found } from './shape.ts';

/** Null where there is nothing to go on with; the reason is reported. */
export function readRoot(
  reporter: Reporter,
  schema: z.ZodType,
  what: FileKind,
  onSteps?: (list: ListNode) => void,
): MapNode | null {
  const { root, problems } = readDocument(reporter.source);
  for (const problem of problems) reporter.report(problem.span, yamlFinding(problem));
  const start = { start: 0, end: 0 };
  if (root === null) {
    if (problems.length === 0) reporter.report(start, emptyFile(what));
    return null;
  }
  if (root.type !== 'map') {
    const form = `a map of keys such as ${what === 'catalogue' ? '"project: shop"' : '"flow: welcome"'}`;
    if (root.type !== 'broken') reporter.report(root.span, wrongType(`a ${what}`, form, found(root)));
    return null;
  }
  const tools = { report: reporter.report.bind(reporter), ...(onSteps && { onSteps }) };
  return conform(root, schema, `a ${what}`, tools) as MapNode;
}
