import type { Register } from '../command.ts';
import { type EngineCommandOptions, runEngine } from '../engine-command.ts';
import { portOption } from '../port-option.ts';

export const register: Register = (program, run) => {
  program
    .command('up')
    .description('`worker` and `serve` in one process.')
    .addOption(portOption("the ingest's port (default: FLOWS_PORT); 0: any free one"))
    .action(run((cli, options: EngineCommandOptions) => runEngine(cli, options, { worker: true, serve: true })));
};
