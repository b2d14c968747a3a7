import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { resolve } from 'node:path';

export const ROOT = resolve(import.meta.dirname, '..', '..');

/** Something that the person at the terminal can put right: the message says how. */
export class Failure extends Error {}

/** Says what comes next. On stderr: stdout belongs to the program that is run in the end. */
export function say(line) {
  console.error(`> ${line}`);
}

/**
 * Runs a program of Node in the repository, on our terminal, and answers its exit code. Ctrl-C reaches it by itself, as a
 * member of the terminal's group; what is sent to us alone is passed on. Either way we stay until it has ended.
 */
export async function runNode(script, args, { env = {}, quietOutput = false } = {}) {
  const stdout = quietOutput ? 2 : 'inherit';
  const child = spawn(process.execPath, [script, ...args], {
    cwd: ROOT,
    env: { ...process.env, ...env },
    stdio: ['inherit', stdout, 'inherit'],
  });
  const stay = () => {};
  const pass = (signal) => child.kill(signal);
  process.on('SIGINT', stay);
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, pass);
  try {
    return await new Promise((done, fail) => {
      child.once('error', fail);
      child.once('close', (code, signal) => done(code ?? 128 + constants.signals[signal]));
    });
  } finally {
    process.off('SIGINT', stay);
    for (const signal of ['SIGTERM', 'SIGHUP']) process.off(signal, pass);
  }
}
