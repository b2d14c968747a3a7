import { build } from './build.mjs';
import { install } from './install.mjs';

/** Makes a clone ready to run: packages and dist/, each only where it is out of date. */
export async function task() {
  await install();
  await build();
}
