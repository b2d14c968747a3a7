import { existsSync, readFileSync } from 'node:fs';

/** The version in the nearest package.json above this file: `src`, `dist` and a bench's build lie at different depths. */
export function programVersion(): string {
  let url = new URL('../package.json', import.meta.url);
  while (!existsSync(url) && url.pathname !== '/package.json') url = new URL('../package.json', url);
  return (JSON.parse(readFileSync(url, 'utf8')) as { version: string }).version;
}
