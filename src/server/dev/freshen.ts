/** Makes a sample new: ids, times and the names its people are known by, so that each start of `dev` meets new people. */
import { randomInt, randomUUID } from 'node:crypto';
import type { Json } from '../../plan/json.ts';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const EMAIL = /^[^@\s]+@[^@\s]+$/;
const TIME_KEYS = ['timestamp_ms', 'timestamp_unixtime_ms', 'session_start_unixtime_ms'];

export interface Freshener {
  freshen(sample: Json): Json;
  /** the new addresses, lower case, as the store looks them up */
  readonly addresses: ReadonlySet<string>;
}

export function createFreshener(now: number): Freshener {
  const tag = randomUUID().slice(0, 4);
  const replaced = new Map<string, string>();
  const addresses = new Set<string>();

  const once = (old: string, make: () => string) => {
    const made = replaced.get(old) ?? make();
    replaced.set(old, made);
    return made;
  };

  const text = (key: string, old: string): string => {
    if (UUID.test(old)) return once(old, randomUUID);
    if (EMAIL.test(old)) return once(old.toLowerCase(), () => tagged(old));
    // A range reserved for drama: nobody's number.
    if (/^\+447700900\d{3}$/.test(old)) return once(old, () => `+447700900${String(randomInt(1000)).padStart(3, '0')}`);
    if (key === 'mpid') return once(old, () => String(randomInt(2 ** 47)));
    if (key === 'id') return `${old}-${tag}`;
    return old;
  };

  const tagged = (address: string): string => {
    const [name, host] = address.split('@');
    const made = `${name}+${tag}@${host}`;
    addresses.add(made.toLowerCase());
    return made;
  };

  const walk = (value: Json, key: string, shift: number): Json => {
    if (typeof value === 'string') return text(key, value);
    if (typeof value === 'number') return TIME_KEYS.includes(key) ? value + shift : value;
    if (Array.isArray(value)) return value.map((item) => walk(item, key, shift));
    if (value === null || typeof value !== 'object') return value;
    const isIdentity = 'encoding' in value && 'value' in value;
    return Object.fromEntries(
      Object.entries(value).map(([name, item]) => [
        name,
        isIdentity && name === 'value' && value.type === 'customer'
          ? `${item}-${tag}`
          : walk(item as Json, name, shift),
      ]),
    );
  };

  return {
    addresses,
    freshen(sample) {
      const sent =
        typeof sample === 'object' && sample !== null && 'timestamp_ms' in sample ? sample.timestamp_ms : now;
      return walk(sample, '', now - Number(sent));
    },
  };
}
