/** Texts about the flow as a whole, which no event has: they are shown as they are written. */
import { noExpressionHere } from '../diagnostics/codes-shape.ts';
import type { Reporter } from '../diagnostics/diagnostic.ts';
import { child, type MapNode, textOf } from '../source/node.ts';
import { insertsExpression } from '../steps/inserts.ts';

/** Reports a `${…}` where it would stand as text. */
export function checkPlainTexts(root: MapNode, reporter: Reporter): void {
  for (const key of ['description', 'owner', 'tags']) {
    const node = child(root, key);
    if (node === undefined) continue;
    for (const one of node.type === 'list' ? node.items : [node]) {
      if (insertsExpression(textOf(one) ?? '')) reporter.report(one.span, noExpressionHere(`"${key}"`));
    }
  }
}
