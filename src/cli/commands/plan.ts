import { loadProject } from '../../config/project.ts';
import { type Cli, CliError } from '../cli.ts';
import type { CommonOptions, Register } from '../command.ts';
import { unknownFlow } from '../known.ts';
import { printJson } from '../output.ts';
import { diagnosticsText, projectDir } from '../project.ts';

export const register: Register = (program, run) => {
  program
    .command('plan')
    .description('The compiled plan of one flow, as JSON: what the engine runs.')
    .argument('<flow>', "the flow's name")
    .action(run(plan));
};

async function plan(cli: Cli, options: CommonOptions, name: string): Promise<number> {
  const loaded = await loadProject(projectDir(cli, options));
  const found = loaded.plans.find((one) => one.flow === name);
  if (found !== undefined) {
    printJson(cli, found);
    return 0;
  }
  if (!loaded.broken)
    throw unknownFlow(
      name,
      loaded.plans.map((one) => one.flow),
      'in the project',
    );
  cli.err(`${diagnosticsText({ ...cli, color: false }, loaded)}\n`);
  throw new CliError(`no flow "${name}" compiles: the project has errors`, { remedy: '`flows check` shows them.' });
}
