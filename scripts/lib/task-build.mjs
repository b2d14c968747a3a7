import { build } from './build.mjs';
import { install } from './install.mjs';

export async function task() {
  await install();
  await build({ force: true });
}
