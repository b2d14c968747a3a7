import { CliError } from './cli.ts';

/** What an operating system refuses for reasons that are its owner's to change (errno(3)), and what to do about each. */
const TROUBLES: { readonly [code: string]: readonly [found: string, remedy: string] } = {
  EACCES: ['permission was denied', 'Let the user who runs this read and write there, or name another directory.'],
  EPERM: ['it is not permitted', 'Let the user who runs this read and write there, or name another directory.'],
  EROFS: ['the file system is read-only', 'Mount it writable, or name another directory.'],
  ENOSPC: ['the disk is full', 'Make room, then run it again.'],
  EDQUOT: ['the quota of the disk is used up', 'Make room, then run it again.'],
  ENOTDIR: ['something on the way is a file, not a directory', 'Move the file away, or name another directory.'],
};

/** A file or directory that cannot be had; null: the error is of another kind. */
export function fileTrouble(error: unknown): CliError | null {
  const { code, syscall, path } = (error ?? {}) as NodeJS.ErrnoException;
  if (code === undefined || syscall === undefined || !Object.hasOwn(TROUBLES, code)) return null;
  const [found, remedy] = TROUBLES[code]!;
  const where = path === undefined ? '' : ` ${path}`;
  return new CliError(`${syscall}${where} failed: ${found} (${code})`, { remedy });
}
