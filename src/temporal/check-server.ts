import { execFile } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';

/** The oldest Temporal server that this program is tested with. */
const OLDEST = [1, 29] as const;

/** Null when this is a Temporal CLI whose server is new enough; else what is wrong with it. */
export async function checkServer(binary: string): Promise<string | null> {
  let answer: string;
  try {
    // The program is large: on a busy machine its first start takes its time.
    ({ stdout: answer } = await promisify(execFile)(binary, ['--version'], { timeout: 60_000 }));
  } catch (error) {
    const { message, stderr } = error as { message: string; stderr?: string };
    const reason = (stderr?.trim() || message).split('\n')[0];
    return `it does not run (${reason})`;
  }
  const version = /Server (\d+)\.(\d+)(?:\.\d+)?/.exec(answer);
  if (version === null) return `it is not the Temporal CLI: --version answers "${answer.trim().slice(0, 80)}"`;
  const [major, minor] = [Number(version[1]), Number(version[2])];
  if (major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1])) {
    return `its server is ${version[0].slice(7)}, and ${OLDEST.join('.')} or newer is needed`;
  }
  return null;
}

/** Full path of a program on the PATH of `env`, or null. */
export function programOnPath(name: string, env: Readonly<Record<string, string | undefined>>): string | null {
  const suffixes = process.platform === 'win32' ? ['.exe', '.cmd', ''] : [''];
  for (const folder of (env.PATH ?? env.Path ?? '').split(delimiter).filter((part) => part !== '')) {
    for (const suffix of suffixes) {
      const path = join(folder, name + suffix);
      if (isProgram(path)) return path;
    }
  }
  return null;
}

export function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
