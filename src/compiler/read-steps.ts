/** Lists of steps: which kind each is, whether its keys have their form, which id it has. */
import {
  duplicateId,
  missingStepKind,
  reservedId,
  severalStepKinds,
  unknownStepKind,
} from '../diagnostics/codes-flow.ts';
import { unknownKey, wrongType } from '../diagnostics/codes-shape.ts';
import type { Reporter } from '../diagnostics/diagnostic.ts';
import { nearest } from '../diagnostics/nearest.ts';
import type { StepKind } from '../plan/plan.ts';
import { child, type MapNode, textOf, type YamlNode } from '../source/node.ts';
import type { Span } from '../source/text.ts';
import type { KeyDefinition, RawStep, Setting } from '../steps/definition.ts';
import { commonSettings, definitions } from '../steps/definitions.ts';
import { stepId } from '../steps/schemas.ts';
import { conform, found } from './shape.ts';

const KINDS = Object.keys(definitions) as StepKind[];

export function isKind(key: string): key is StepKind {
  return Object.hasOwn(definitions, key);
}

export class StepReader {
  /** every step of the flow in file order */
  readonly all: RawStep[] = [];
  private readonly counts = new Map<StepKind, number>();
  private readonly reporter: Reporter;

  constructor(reporter: Reporter) {
    this.reporter = reporter;
  }

  /** Steps that can be used; the others have their diagnostics. */
  read(list: YamlNode): RawStep[] {
    if (list.type !== 'list') return [];
    return list.items.flatMap((item) => this.readStep(item) ?? []);
  }

  private readStep(node: YamlNode): RawStep | null {
    if (node.type === 'broken') return null;
    if (node.type !== 'map') {
      const form = 'a map with one key that says what it does, such as "- wait: 3 days"';
      const kind = /^([a-z_]+)\b/.exec(textOf(node) ?? '')?.[1] ?? '';
      const help = isKind(kind) ? { help: `write a colon and a space behind "${kind}"` } : {};
      this.reporter.report(node.span, { ...wrongType('a step', form, found(node)), ...help });
      return null;
    }
    const kind = this.kindOf(node);
    if (kind === null) return null;
    const number = (this.counts.get(kind) ?? 0) + 1;
    this.counts.set(kind, number);
    const idNode = child(node, 'id');
    const id = idNode?.type === 'scalar' && stepId.safeParse(idNode.text).success ? idNode.text : null;
    const place = this.all.length;
    const branches = new Map<YamlNode, readonly RawStep[]>();
    const step: RawStep = {
      kind,
      id: id ?? `${kind}_${number}`,
      named: id !== null,
      node,
      kindSpan: node.entries.find((one) => one.key === kind)!.keySpan,
      what: node,
      settings: new Map(),
      misspelt: [],
      branches,
    };
    // The parent comes before the steps inside it.
    this.all.push(step);
    const complete = { ...step, ...this.keysOf(node, kind, branches) };
    this.all[place] = complete;
    return complete;
  }

  /** The one kind key. A key such as `set`, which is a kind and a setting of another kind, is a setting there. */
  private kindOf(node: MapNode): StepKind | null {
    const found = node.entries.filter(({ key }) => isKind(key));
    const [first, second] = found.filter(
      ({ key }) =>
        !found.some(
          (other) => other.key !== key && isKind(other.key) && Object.hasOwn(definitions[other.key].settings, key),
        ),
    );
    if (first !== undefined && isKind(first.key)) {
      if (second === undefined) return first.key;
      this.reporter.report(second.keySpan, severalStepKinds(second.key, first.key, first.keySpan));
      return null;
    }
    this.reportNoKind(node);
    return null;
  }

  private reportNoKind(node: MapNode): void {
    const unknown = node.entries.find(({ key }) => !isSetting(key));
    if (unknown !== undefined) this.reporter.report(unknown.keySpan, unknownStepKind(unknown.key, KINDS));
    else this.reporter.report(node.entries[0]?.keySpan ?? node.span, missingStepKind(KINDS));
  }

  private keysOf(
    node: MapNode,
    kind: StepKind,
    branches: Map<YamlNode, readonly RawStep[]>,
  ): Pick<RawStep, 'what' | 'settings' | 'misspelt'> {
    const { what, settings } = definitions[kind];
    const known: { readonly [key: string]: KeyDefinition } = { ...commonSettings, ...settings, [kind]: what };
    const report = (span: Span, finding: Parameters<Reporter['report']>[1]) => this.reporter.report(span, finding);
    const tools = {
      report,
      onSteps: (list: YamlNode) => {
        branches.set(list, this.read(list));
      },
    };
    const read = new Map<string, Setting>();
    const misspelt: string[] = [];
    for (const { key, keySpan, value } of node.entries) {
      const definition = Object.hasOwn(known, key) ? known[key] : undefined;
      if (definition !== undefined)
        read.set(key, { keySpan, node: conform(value, definition.schema, `"${key}"`, tools, keySpan) });
      else {
        const meant = nearest(key, Object.keys(known));
        misspelt.push(...(meant === undefined ? Object.keys(settings) : [meant]));
        report(keySpan, unknownKey(key, `a step "${kind}"`, Object.keys(known)));
      }
    }
    const own = read.get(kind)!.node;
    read.delete(kind);
    return { what: own, settings: read, misspelt };
  }

  /** Each id once; an id that an unnamed step has by default is taken too. */
  checkIds(): void {
    const first = new Map<string, RawStep>();
    for (const step of [...this.all].sort((a, b) => Number(b.named) - Number(a.named))) {
      const other = first.get(step.id);
      if (other === undefined) first.set(step.id, step);
      else if (step.named) this.reporter.report(idSpan(step), duplicateId(step.id, idSpan(other)));
      else this.reporter.report(idSpan(other), reservedId(step.id, step.kind, step.kindSpan));
    }
  }
}

function idSpan(step: RawStep): Span {
  return child(step.node, 'id')?.span ?? step.kindSpan;
}

function isSetting(key: string): boolean {
  const all: readonly { readonly [key: string]: KeyDefinition }[] = [
    commonSettings,
    ...KINDS.map((kind) => definitions[kind].settings),
  ];
  return all.some((settings) => Object.hasOwn(settings, key));
}
