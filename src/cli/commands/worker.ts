import type { Register } from '../command.ts';
import { type EngineCommandOptions, runEngine } from '../engine-command.ts';
import { portOption } from '../port-option.ts';

export const register: Register = (program, run) => {
  program
    .command('worker')
    .description('Runs flows and calls Mapp: a Temporal worker. Any number of them may run.')
    .addOption(portOption('answers GET /healthz, /readyz and /metrics there (default: nowhere); 0: any free one'))
    .action(run((cli, options: EngineCommandOptions) => runEngine(cli, options, { worker: true, serve: false })));
};
