import type { CommonOptions, Register } from '../command.ts';
import { runEngine } from '../engine-command.ts';

export const register: Register = (program, run) => {
  program
    .command('worker')
    .description('Runs flows and calls Mapp: a Temporal worker. Any number of them may run.')
    .action(run((cli, options: CommonOptions) => runEngine(cli, options, { worker: true, serve: false })));
};
