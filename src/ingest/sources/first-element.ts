const [QUOTE, BACKSLASH, COMMA] = ['"', '\\', ','].map((one) => one.charCodeAt(0));
const OPENING = new Set([...'[{'].map((one) => one.charCodeAt(0)));
const CLOSING = new Set([...']}'].map((one) => one.charCodeAt(0)));
const BLANK = new Set([...' \t\r\n'].map((one) => one.charCodeAt(0)));

/**
 * The bytes of the first element of a JSON array, or null where the bytes do not begin one. They are cut out, not parsed:
 * who sent them is not known yet.
 */
export function firstElement(bytes: Buffer): Buffer | null {
  let at = 0;
  while (BLANK.has(bytes[at]!)) at++;
  if (bytes[at] !== '['.charCodeAt(0)) return null;
  at++;
  while (BLANK.has(bytes[at]!)) at++;
  const start = at;
  let depth = 0;
  let inText = false;
  for (; at < bytes.length; at++) {
    const byte = bytes[at]!;
    if (inText) {
      if (byte === BACKSLASH) at++;
      else if (byte === QUOTE) inText = false;
    } else if (byte === QUOTE) inText = true;
    else if (depth === 0 && (byte === COMMA || CLOSING.has(byte))) return trimmed(bytes, start, at);
    else if (OPENING.has(byte)) depth++;
    else if (CLOSING.has(byte)) depth--;
  }
  return null;
}

function trimmed(bytes: Buffer, start: number, end: number): Buffer {
  let last = end;
  while (last > start && BLANK.has(bytes[last - 1]!)) last--;
  return bytes.subarray(start, last);
}
