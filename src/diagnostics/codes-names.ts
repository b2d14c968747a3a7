/** Names of the catalogue, `mapp.yaml`. */
import { error, type Finding } from './diagnostic.ts';
import { count, known, quoted, quotedList, suggestion } from './words.ts';

/** `channel`: the messages listed are those of that channel; null: of all. */
export function unknownMessage(name: string, channel: string | null, messages: readonly string[]): Finding {
  return unknown('unknown-message', 'message', name, messages, channel === null ? 'message' : `${channel} message`);
}

export function unknownGroup(name: string, groups: readonly string[]): Finding {
  return unknown('unknown-group', 'group', name, groups);
}

export function unknownAttribute(name: string, attributes: readonly string[]): Finding {
  return unknown('unknown-attribute', 'attribute', name, attributes);
}

export function unknownParameter(name: string, message: string, parameters: readonly string[]): Finding {
  return unknown('unknown-parameter', 'parameter', name, parameters, `parameter of message "${message}"`);
}

export function unknownEvent(name: string, events: readonly string[]): Finding {
  return unknown('unknown-event', 'event', name, events);
}

/** `key`: where it stands, such as `exit_on`. */
export function onlyInOn(event: string, key: string): Finding {
  return error('conflicting-keys', `the event "${event}" starts flows: it has a place in "on", not in "${key}"`);
}

/** `flows`: those of the project. */
export function unknownFlow(name: string, flows: readonly string[]): Finding {
  return unknown('unknown-flow', 'flow', name, flows);
}

/** `sources`: those that tell of contacts. */
export function unknownSource(name: string, sources: readonly string[]): Finding {
  return unknown('unknown-source', 'source', name, sources);
}

/** `sends`: ids of the flow's messages. */
export function unknownStepId(id: string, sends: readonly string[]): Finding {
  return unknown('unknown-step', 'step', id, sends, 'message step');
}

export function unknownApp(name: string, apps: readonly string[]): Finding {
  return unknown('unknown-app', 'app', name, apps);
}

export function unknownField(name: string, event: string, fields: readonly string[]): Finding {
  return unknown('unknown-field', 'field', name, fields, `field of event "${event}"`);
}

export function unknownTimeZone(name: string, zones: readonly string[], contact: boolean): Finding {
  return {
    ...error(
      'unknown-time-zone',
      `unknown time zone ${quoted(name)}. a zone is an IANA name such as "Europe/Berlin"${contact ? ', or "contact"' : ''}`,
    ),
    ...suggestion(name, zones),
  };
}

/** Names of other systems. */
const OTHER_TYPES: { readonly [name: string]: string } = {
  integer: 'int',
  number: 'double',
  float: 'double',
  decimal: 'double',
  boolean: 'bool',
  text: 'string',
  datetime: 'timestamp',
  time: 'timestamp',
};

export function unknownType(text: string, types: readonly string[]): Finding {
  const bare = text.replace(/\?$/, '').toLowerCase();
  return {
    ...error(
      'unknown-type',
      `unknown type ${quoted(text)}. types are ${quotedList(types)}; [type] is a list, { field: type } a map`,
    ),
    ...(Object.hasOwn(OTHER_TYPES, bare) ? { help: `did you mean "${OTHER_TYPES[bare]}"?` } : suggestion(bare, types)),
  };
}

export function missingParameters(message: string, missing: readonly string[]): Finding {
  return {
    ...error(
      'missing-parameter',
      `message "${message}" needs the ${missing.length === 1 ? 'parameter' : 'parameters'} ${quotedList(missing)}`,
    ),
    help: `give ${count(missing.length, 'value')} in "with", or mark the parameter in mapp.yaml as one that may be missing: ${missing[0]}?`,
  };
}

export function parametersToGroup(message: string, needed: readonly string[]): Finding {
  return {
    ...error(
      'missing-parameter',
      `message "${message}" needs the ${needed.length === 1 ? 'parameter' : 'parameters'} ${quotedList(needed)}, and a message to a group takes none`,
    ),
    help: `send another message, or mark the parameter in mapp.yaml as one that may be missing: ${needed[0]}?`,
  };
}

export function missingApp(apps: readonly string[]): Finding {
  const why =
    apps.length === 0 ? 'mapp.yaml lists no apps' : `mapp.yaml lists ${count(apps.length, 'app')}: ${quotedList(apps)}`;
  return {
    ...error('missing-app', `a push message needs an app. ${why}`),
    help: 'name one in "app", here or at the message in mapp.yaml',
  };
}

export function wrongChannel(message: string, channel: string, kind: string): Finding {
  const right = `send_${channel}`;
  return {
    ...error('wrong-channel', `"${kind}" cannot send message "${message}": its channel is ${channel}`),
    help: `use "${right}"`,
  };
}

/** Mapp Engage sends to one contact at a time. */
export function engageToGroup(message: string): Finding {
  return {
    ...error(
      'wrong-channel',
      `"send_to_group" cannot send message "${message}": it is sent by Engage, one contact at a time`,
    ),
    help: 'list the message once more in mapp.yaml, under another name and without "via: engage"',
  };
}

export function wrongAttributeType(attribute: string, type: string, found: string): Finding {
  return error('wrong-attribute-type', `attribute "${attribute}" is declared as ${type}, found ${found}`);
}

function unknown(code: Finding['code'], noun: string, name: string, names: readonly string[], listed = noun): Finding {
  return { ...error(code, `unknown ${noun} ${quoted(name)}. ${known(listed, names)}`), ...suggestion(name, names) };
}
