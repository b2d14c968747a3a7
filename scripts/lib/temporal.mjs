import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ROOT, say } from './steps.mjs';

/** Gets the Temporal server and answers the variables by which the next program finds it without looking. */
export async function provideTemporal() {
  const compiled = (path) => import(pathToFileURL(join(ROOT, 'dist', path)).href);
  const { projectEnvironment } = await compiled('config/env-file.js');
  const { findTemporal } = await compiled('temporal/find-server.js');
  const { progressLine } = await compiled('system/progress-line.js');
  const line = progressLine(process.stderr);
  try {
    const found = await findTemporal(projectEnvironment(ROOT, process.env), line.show);
    line.end();
    if (found.kind === 'running') {
      say(`Temporal server: ${found.address} (TEMPORAL_ADDRESS)`);
      return { TEMPORAL_ADDRESS: found.address };
    }
    say(`Temporal server: ${found.binary} (${found.from})`);
    return { TEMPORAL_CLI_PATH: found.binary };
  } finally {
    line.end();
  }
}
