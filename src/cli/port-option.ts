import { InvalidArgumentError, Option } from 'commander';

/** `--port N`, 0 to 65535. */
export function portOption(description: string): Option {
  return new Option('--port <n>', description).argParser((text) => {
    const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
    if (!(port <= 65_535)) throw new InvalidArgumentError('Write a number from 0 to 65535.');
    return port;
  });
}
