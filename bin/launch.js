import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const ROOT = new URL('../', import.meta.url);

/** Runs the compiled program. In a checkout, where sources lie beside it, it must not be older than they are. */
export async function launch() {
  const isCheckout = existsSync(new URL('src/', ROOT));
  if (isCheckout) {
    const { isBuilt } = await import('../scripts/lib/build-state.mjs');
    if (!isBuilt(fileURLToPath(ROOT))) {
      console.error('flows: dist/ is missing or older than src/: run npm run build.');
      process.exitCode = 1;
      return;
    }
  }
  await import(new URL('dist/cli/main.js', ROOT).href);
}
