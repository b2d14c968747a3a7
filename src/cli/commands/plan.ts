import type { Cli } from '../cli.ts';
import type { CommonOptions, Register } from '../command.ts';
import { printJson } from '../output.ts';
import { flowOf, projectDir } from '../project.ts';

export const register: Register = (program, run) => {
  program
    .command('plan')
    .description('The compiled plan of one flow, as JSON: what the engine runs.')
    .argument('<flow>', "the flow's name")
    .action(run(plan));
};

async function plan(cli: Cli, options: CommonOptions, name: string): Promise<number> {
  printJson(cli, (await flowOf(cli, projectDir(cli, options), name)).plan);
  return 0;
}
