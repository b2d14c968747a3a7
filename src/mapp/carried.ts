/** What Mapp would not carry as it is: refused here by name, since Mapp itself says nothing and cuts or drops it. */
import type { JsonObject } from '../plan/json.ts';
import { MappError } from './errors.ts';

/** Of a custom attribute (docs.mapp.com "Profile attributes"); imports, which Connect is, cut what is longer without a word. */
const LONGEST_ATTRIBUTE = 2_000;
/** Of a group attribute's name, the longest there are. */
const LONGEST_NAME = 100;
/** Of one event, in bytes of its JSON: Mapp names no limit, and a call is kept under 1 MiB. */
const LARGEST_EVENT = 1024 * 1024;

/** Tab and line ends are texts of messages. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const CONTROL = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/;
const LONE_SURROGATE = /\p{Surrogate}/u;

/** Throws a `MappError` of kind `invalid` where the field's name or text could not arrive as it is. */
export function checkText(what: 'parameter' | 'attribute' | 'field', name: string, text: string): void {
  const found = CONTROL.exec(text) ?? CONTROL.exec(name) ?? LONE_SURROGATE.exec(text) ?? LONE_SURROGATE.exec(name);
  if (found !== null) {
    const code = found[0].charCodeAt(0).toString(16).toUpperCase().padStart(4, '0');
    throw refused(what, name, `holds the character U+${code}, which is no text; remove it`);
  }
  if (what !== 'attribute') return;
  if (text.length > LONGEST_ATTRIBUTE)
    throw refused(what, name, `has ${text.length} characters; Mapp keeps ${LONGEST_ATTRIBUTE} and would cut the rest`);
  if (name.replace(/^\d+:/, '').length > LONGEST_NAME)
    throw refused(what, name, `has a name of ${name.length} characters; Mapp takes ${LONGEST_NAME}`);
}

/** The same for an event as a whole. */
export function checkSize(body: JsonObject): void {
  const bytes = Buffer.byteLength(JSON.stringify(body));
  if (bytes > LARGEST_EVENT)
    throw new MappError('invalid', `the event has ${bytes} bytes; a call to Mapp is kept under ${LARGEST_EVENT}`);
}

function refused(what: string, name: string, why: string): MappError {
  // The name itself may be what is wrong with it.
  return new MappError('invalid', `${what} ${JSON.stringify(name.slice(0, LONGEST_NAME))} ${why}`);
}
