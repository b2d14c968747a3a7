import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/**
 * Names a running process for good: its pid and the moment it began, since pids are used again (within minutes inside
 * containers). Null when no such process runs; a zombie does not run.
 */
export function processIdentity(pid: number): string | null {
  if (process.platform === 'linux') {
    const fields = linuxStat(pid);
    return fields === null || fields[0] === 'Z' || fields[0] === 'X' ? null : `${pid} ${fields[19]}`;
  }
  if (process.platform === 'win32') return isSignalable(pid) ? `${pid}` : null;
  const began = ps(pid, 'stat=,lstart=');
  return began === null || began.startsWith('Z') ? null : `${pid} ${began.replace(/^\S+\s+/, '')}`;
}

export function isRunning(pid: number): boolean {
  return processIdentity(pid) !== null;
}

/** The command line of a running process, arguments joined by blanks; null when it does not run or cannot be seen. */
export function processCommand(pid: number): string | null {
  if (!isRunning(pid)) return null;
  if (process.platform === 'linux') {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').join(' ').trim();
    } catch {
      return null;
    }
  }
  return process.platform === 'win32' ? null : ps(pid, 'command=');
}

/** Waits until the process is gone; false when it still runs after `limit` ms. */
export async function processEnd(pid: number, limit: number): Promise<boolean> {
  const deadline = performance.now() + limit;
  while (isRunning(pid)) {
    if (performance.now() > deadline) return false;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return true;
}

/** Fields of /proc/PID/stat behind the command's name (proc(5)): 0 is the state, 19 the start in ticks since boot. */
function linuxStat(pid: number): string[] | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  } catch {
    return null;
  }
}

function ps(pid: number, format: string): string | null {
  try {
    return execFileSync('ps', ['-o', format, '-p', String(pid)], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  } catch {
    return null;
  }
}

function isSignalable(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
