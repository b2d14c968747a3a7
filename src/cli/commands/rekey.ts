import { encryptionKeys } from '../../store/crypto/keys-from-env.ts';
import { rewrap } from '../../store/crypto/rewrap.ts';
import { createSealer } from '../../system/seal.ts';
import type { Cli } from '../cli.ts';
import type { CommonOptions, Register } from '../command.ts';
import { withOperator } from '../operator.ts';
import { counted, printJson } from '../output.ts';

export const register: Register = (program, run) => {
  program
    .command('rekey')
    .description(
      'Puts everything under FLOWS_ENCRYPTION_KEY that is still under one of FLOWS_ENCRYPTION_OLD_KEYS, which may go then.',
    )
    .action(run(rekey));
};

async function rekey(cli: Cli, options: CommonOptions): Promise<number> {
  return withOperator(cli, options, async ({ store, env }) => {
    const { keys } = encryptionKeys(env);
    const done = await rewrap(store, createSealer(keys), createSealer(keys.slice(0, 1)));
    if (options.json) printJson(cli, done);
    else {
      cli.out(
        `${counted(done.keys, 'data key')} and ${counted(done.bodies, 'quarantined body', 'quarantined bodies')} put under FLOWS_ENCRYPTION_KEY; nothing is under an old key any more: FLOWS_ENCRYPTION_OLD_KEYS may go\n`,
      );
    }
    return 0;
  });
}
