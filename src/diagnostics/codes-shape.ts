/** Keys, and the form of their values. */
import { error, type Finding } from './diagnostic.ts';
import { quoted, quotedList, suggestion } from './words.ts';

/** `where`: what the key stands in, such as `a step "wait"`. */
export function unknownKey(key: string, where: string, accepted: readonly string[]): Finding {
  const keys = accepted.length === 0 ? 'it takes no keys' : `known keys are ${quotedList(accepted)}`;
  return { ...error('unknown-key', `unknown key ${quoted(key)} in ${where}. ${keys}`), ...suggestion(key, accepted) };
}

export function missingKey(key: string, where: string): Finding {
  return error('missing-key', `${where} needs the key "${key}"`);
}

/** `one of` several keys, of which none is given. */
export function missingOneOf(keys: readonly string[], where: string): Finding {
  return error('missing-key', `${where} needs ${quotedList(keys, 'or')}`);
}

/** `what` is the same for everybody: `"name"`, `a case`. */
export function noExpressionHere(what: string): Finding {
  return {
    ...error('wrong-value', `${what} is taken as it is written: an expression has no place in it`),
    help: 'write it without "${…}"',
  };
}

/** `found`: `a list`, `nothing`, … */
export function wrongType(what: string, accepts: string, found: string): Finding {
  return error('wrong-type', `${what} must be ${accepts}, found ${found}`);
}

export function wrongValue(what: string, accepts: string, found: string, candidates: readonly string[] = []): Finding {
  return {
    ...error('wrong-value', `${what} must be ${accepts}, found ${quoted(found)}`),
    ...suggestion(found, candidates),
  };
}

/** Of an export: `given` by its key `attribute`, else the audience's own name stands for it. */
export function noAttributeName(name: string, given: boolean): Finding {
  return {
    ...error(
      'wrong-value',
      `${quoted(name)} cannot be the name of an attribute: at most 100 characters without ".", "/" and ":", and without spaces at its ends`,
    ),
    ...(!given && { help: 'name the attribute by "attribute", such as "attribute: vip"' }),
  };
}

/** `missing`: fields that the catalogue does not mark as ones that may be missing. */
export function missingFields(event: string, missing: readonly string[]): Finding {
  const fields = missing.length === 1 ? 'field' : 'fields';
  return {
    ...error('missing-key', `event ${quoted(event)} needs the ${fields} ${quotedList(missing)}`),
    help: `give a value in "with", or mark the field in mapp.yaml as one that may be missing: ${missing[0]}: type?`,
  };
}

/** An event that only the engine, or a producer that it knows, tells of. */
export function notEmittable(event: string): Finding {
  return {
    ...error('wrong-value', `"emit" cannot tell of ${quoted(event)}: it happens by itself`),
    help: 'declare an event of your own in mapp.yaml',
  };
}

/** A value that must not be shown, as it may be a secret. */
export function notAVariable(key: string, number: 'one' | 'several' = 'several'): Finding {
  const more = number === 'one' ? '' : ', or several separated by commas';
  return {
    ...error('wrong-value', `"${key}" must be the name of an environment variable${more}`),
    help: 'put the value into the environment or .env, and its name here, such as SHOP_TOKEN',
  };
}

/** A field of an event to Mapp that the engine sets, or that would make another event of it. */
export function reservedField(name: string): Finding {
  return error('wrong-value', `the field ${quoted(name)} has a meaning of its own at Mapp and cannot be given here`);
}

export function notAWebAddress(found: string): Finding {
  return error(
    'wrong-value',
    `"webhook" must be an address that begins with https:// or http://, found ${quoted(found)}`,
  );
}

/** The value is not shown: it may be a secret. */
export function secretInHeader(name: string): Finding {
  return {
    ...error('wrong-value', `the header ${quoted(name)} must not be written into a flow`),
    help: 'put the token into the environment or .env, and its name here: auth: { bearer: NAME }',
  };
}

export function notADate(found: string, written: string): Finding {
  return {
    ...error('wrong-value', `"until" is an expression, and ${quoted(found)} is not one`),
    help: `write ${written}`,
    replacement: written,
  };
}

export function conflictingKeys(key: string, other: string, why: string): Finding {
  return error('conflicting-keys', `"${key}" cannot stand beside "${other}": ${why}`);
}

export function keyWithout(key: string, needed: string): Finding {
  return error('conflicting-keys', `"${key}" has a meaning only with ${needed}`);
}

/** `012`, `1.10`, `0x10`: YAML makes another number of it than is written. */
export function ambiguousNumber(written: string, value: number): Finding {
  return {
    code: 'ambiguous-number',
    severity: 'warning',
    message: `YAML reads ${written} as the number ${value}`,
    help: `quote it to keep it as written: "${written}"; or write ${value}`,
  };
}
