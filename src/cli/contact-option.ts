import { InvalidArgumentError, Option } from 'commander';
import { parseContact } from '../operate/contact.ts';
import type { IdentifierKind } from '../plan/event.ts';

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

function parse(text: string): ContactOption {
  try {
    return parseContact(text);
  } catch (error) {
    throw new InvalidArgumentError((error as Error).message);
  }
}
