import { Option } from 'commander';
import { flowGraph } from '../../graph/flow-graph.ts';
import { mermaidOf } from '../../graph/mermaid.ts';
import { svgOf } from '../../graph/svg.ts';
import type { Cli } from '../cli.ts';
import type { CommonOptions, Register } from '../command.ts';
import { printJson } from '../output.ts';
import { flowOf, projectDir } from '../project.ts';

const FORMATS = ['mermaid', 'svg'] as const;

interface GraphOptions {
  readonly format: (typeof FORMATS)[number];
}

export const register: Register = (program, run) => {
  program
    .command('graph')
    .description('A picture of one flow: Mermaid text, as GitHub and GitLab draw it, or an SVG.')
    .argument('<flow>', "the flow's name")
    .addOption(new Option('--format <format>', 'how to draw it').choices(FORMATS).default('mermaid'))
    .action(run(graph));
};

async function graph(cli: Cli, options: GraphOptions & CommonOptions, name: string): Promise<number> {
  const { plan } = await flowOf(cli, projectDir(cli, options), name);
  const drawn = flowGraph(plan);
  const picture = options.format === 'svg' ? await svgOf(drawn) : mermaidOf(drawn);
  if (options.json) printJson(cli, { flow: plan.flow, version: plan.hash, format: options.format, picture });
  else cli.out(picture);
  return 0;
}
