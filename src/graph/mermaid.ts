import type { FlowGraph, GraphEdge, GraphNode } from './flow-graph.ts';

const BRACKETS: { readonly [S in GraphNode['shape']]: readonly [string, string] } = {
  begin: ['([', '])'],
  end: ['([', '])'],
  decision: ['{', '}'],
  wait: ['[/', '/]'],
  message: ['[[', ']]'],
  action: ['[', ']'],
};

/** A Mermaid flowchart (mermaid.js.org, "Flowcharts"), ending with a line break. */
export function mermaidOf({ nodes, edges }: FlowGraph): string {
  return `${['flowchart TD', ...nodes.map(node), ...edges.map(edge)].join('\n  ')}\n`;
}

function node({ id, shape, lines }: GraphNode): string {
  const [open, close] = BRACKETS[shape];
  return `${id}${open}"${lines.map(escaped).join('<br/>')}"${close}`;
}

function edge({ from, to, label, anytime }: GraphEdge): string {
  const arrow = anytime ? '-.->' : '-->';
  return `${from} ${arrow}${label === undefined ? '' : `|"${escaped(label)}"|`} ${to}`;
}

/** Whatever Mermaid or its HTML labels would take for their own. */
function escaped(text: string): string {
  return text.replace(/[#"<>&`\\|{}[\]]/g, (character) => `#${character.codePointAt(0)};`);
}
