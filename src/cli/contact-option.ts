import { InvalidArgumentError, Option } from 'commander';
import { parseContact } from '../operate/contact.ts';
import type { IdentifierKind } from '../plan/event.ts';
import { CliError } from './cli.ts';

export interface ContactOption {
  readonly kind: IdentifierKind;
  readonly value: string;
}

/** `--contact email=ada@example.com`. */
export function contactOption(description: string): Option {
  return new Option('--contact <kind=value>', description).argParser(parse);
}

/** The same, to be given several times. */
export function contactsOption(description: string): Option {
  return new Option('--contact <kind=value...>', description).argParser<ContactOption[]>((text, before) => [
    ...(before ?? []),
    parse(text),
  ]);
}

/** The contact that is a command's argument; throws CliError, wrong usage. */
export function contactArgument(text: string): ContactOption {
  try {
    return parseContact(text);
  } catch (error) {
    throw new CliError((error as Error).message, { exitCode: 2 });
  }
}

function parse(text: string): ContactOption {
  try {
    return parseContact(text);
  } catch (error) {
    throw new InvalidArgumentError((error as Error).message);
  }
}
