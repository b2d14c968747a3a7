import { Failure } from './steps.mjs';

/** Runs `task-NAME.mjs` with the arguments of the command line; a failure that was to be expected is told in a sentence. */
export async function main(name) {
  try {
    const { task } = await import(`./task-${name}.mjs`);
    const code = await task(process.argv.slice(2));
    if (code !== undefined) process.exitCode = code;
  } catch (error) {
    // SetupError is what the program's own parts throw (src/system/setup-error.ts).
    if (!(error instanceof Failure) && error?.name !== 'SetupError') throw error;
    console.error(`\nnpm run ${name}: ${error.message}`);
    process.exitCode = 1;
  }
}
