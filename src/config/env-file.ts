import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SetupError } from '../system/setup-error.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The environment of a project: the process's own, and below it what `.env` in the project's directory sets.
 *
 * @throws SetupError `.env` cannot be read, naming the line
 */
export function projectEnvironment(projectDir: string, env: Environment): Environment {
  const path = join(projectDir, '.env');
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return env;
    throw new SetupError(`${path} cannot be read (${message}).`, { cause: error });
  }
  const { values, problems } = parseEnvFile(text);
  if (problems.length > 0) {
    throw new SetupError(problems.map(({ line, problem }) => `${path}:${line}: ${problem}`).join('\n'));
  }
  return { ...values, ...env };
}

/**
 * Reads `NAME=value` lines as shells and Node do: `export` in front and blanks around `=` are allowed, `#` begins a
 * comment, `'…'`, `"…"` and `` `…` `` may span lines, and `\n` in `"…"` is a line break. Problems never quote a value.
 */
export function parseEnvFile(text: string): {
  readonly values: Readonly<Record<string, string>>;
  readonly problems: readonly { readonly line: number; readonly problem: string }[];
} {
  const values: Record<string, string> = {};
  const problems: { line: number; problem: string }[] = [];
  const source = text.replace(/^\uFEFF/, '').replace(/\r\n?/g, '\n');
  const lineOf = (offset: number) => source.slice(0, offset).split('\n').length;
  let at = 0;
  while (at < source.length) {
    const end = endOfLine(source, at);
    const content = source.slice(at, end).trim();
    if (content === '' || content.startsWith('#')) {
      at = end + 1;
      continue;
    }
    const name = /^[ \t]*(?:export[ \t]+)?([A-Za-z_][A-Za-z0-9_]*)[ \t]*=[ \t]*/.exec(source.slice(at, end));
    if (name === null) {
      problems.push({ line: lineOf(at), problem: 'is no NAME=value, with a name of letters, digits and "_"' });
      at = end + 1;
      continue;
    }
    const begin = at + name[0].length;
    const quote = source[begin];
    if (quote === '"' || quote === "'" || quote === '`') {
      const close = source.indexOf(quote, begin + 1);
      if (close === -1) {
        problems.push({
          line: lineOf(at),
          problem: `the value of ${name[1]} begins with ${quote}, which is never closed`,
        });
        break;
      }
      const raw = source.slice(begin + 1, close);
      values[name[1]!] = quote === '"' ? raw.replaceAll('\\n', '\n') : raw;
      const rest = source.slice(close + 1, endOfLine(source, close)).trim();
      if (rest !== '' && !rest.startsWith('#')) {
        problems.push({ line: lineOf(close), problem: `something follows the quoted value of ${name[1]}` });
      }
      at = endOfLine(source, close) + 1;
    } else {
      values[name[1]!] = source
        .slice(begin, end)
        .replace(/(^|\s)#.*$/, '')
        .trim();
      at = end + 1;
    }
  }
  return { values, problems };
}

function endOfLine(text: string, from: number): number {
  const end = text.indexOf('\n', from);
  return end === -1 ? text.length : end;
}
