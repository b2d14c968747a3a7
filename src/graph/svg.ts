import type { FlowGraph, GraphEdge, GraphNode } from './flow-graph.ts';

const LOOKS: { readonly [S in GraphNode['shape']]: string } = {
  begin: 'shape=box style="rounded,filled" fillcolor="#d8f0dd"',
  end: 'shape=box style="rounded,filled" fillcolor="#e6e6e6"',
  decision: 'shape=diamond style=filled fillcolor="#fff3cd"',
  wait: 'shape=box style="rounded,filled" fillcolor="#e2ecf9"',
  message: 'shape=box style=filled fillcolor="#d6e4ff" penwidth=1.5',
  action: 'shape=box style=filled fillcolor="#ffffff"',
};

/** An SVG drawn by Graphviz (WebAssembly, loaded on demand), without the XML declaration, so that it can be pasted. */
export async function svgOf(graph: FlowGraph): Promise<string> {
  const { Graphviz } = await import('@hpcc-js/wasm-graphviz');
  const graphviz = await Graphviz.load();
  const svg = graphviz.dot(dotOf(graph), 'svg');
  return `${svg.slice(svg.indexOf('<svg')).trimEnd()}\n`;
}

/** The graph in Graphviz's language (graphviz.org, "DOT Language"). */
export function dotOf({ title, nodes, edges }: FlowGraph): string {
  return [
    `digraph ${quoted(title)} {`,
    '  graph [rankdir=TB fontname="Helvetica" nodesep=0.35 ranksep=0.4]',
    '  node [fontname="Helvetica" fontsize=11 margin="0.15,0.08"]',
    '  edge [fontname="Helvetica" fontsize=10]',
    ...nodes.map((node) => `  ${nodeLine(node)}`),
    ...edges.map((edge) => `  ${edgeLine(edge)}`),
    '}',
    '',
  ].join('\n');
}

function nodeLine({ id, shape, lines }: GraphNode): string {
  return `${id} [${LOOKS[shape]} label=${quoted(lines.join('\n'))}]`;
}

function edgeLine({ from, to, label, anytime }: GraphEdge): string {
  const attributes = [
    ...(label === undefined ? [] : [`label=${quoted(` ${label} `)}`]),
    ...(anytime ? ['style=dashed'] : []),
  ];
  return `${from} -> ${to}${attributes.length === 0 ? '' : ` [${attributes.join(' ')}]`}`;
}

/** Backslashes begin escapes such as `\N`, the node's name. */
function quoted(text: string): string {
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`;
}
