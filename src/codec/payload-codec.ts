import { createHmac } from 'node:crypto';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import type { Payload, PayloadCodec, SerializationContext } from '@temporalio/common';
import { personOfRun } from '../plan/run-id.ts';
import { STORE_KEY } from '../store/crypto/key-table.ts';
import type { Vault } from '../store/crypto/vault.ts';
import { decrypt, encrypt } from '../system/aes-gcm.ts';

/** `encoding` of what we encrypt; Temporal's samples use the same word. */
const ENCODING = 'binary/encrypted';
/** Metadata: whose key it is, the id of a person or `STORE_KEY`. */
const KEY = 'flows-key';

/** What may be asked for in the store: the metadata of a payload that was changed may hold anything. */
const ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Below this, compressing saves nothing. */
const COMPRESS_FROM = 512;
/** First byte of what is encrypted. */
const FORM = { plain: 0, deflated: 1 } as const;

/**
 * Payloads in Temporal's histories, compressed and encrypted (AES-256-GCM), those of a run under the key of its person:
 * whose key is destroyed cannot be read any more. The SDK tells the id of the workflow that a payload belongs to, on
 * clients, workers and in activities (its serialization context); what belongs to no run goes under the store's key.
 * Reading needs no context: the key's id stands in the metadata. Payloads from before the key was set are read as they are.
 *
 * @param unreadable what to do with a payload whose key is destroyed: `tell` puts a sentence in its place, so that lists
 *   and the UI go on; `fail`: nothing may act on it
 */
export function encryptingCodec(vault: Vault, unreadable: 'tell' | 'fail'): PayloadCodec {
  // Its own, because the store's key also looks up identifiers.
  const common = createHmac('sha256', vault.storeKey).update('payloads').digest();
  return {
    async encode(payloads, context) {
      if (payloads.length === 0) return payloads;
      const id = keyIdOf(context);
      const key = id === STORE_KEY ? common : (await vault.keys.provide([id])).get(id)!;
      return payloads.map((payload) => ({
        metadata: { encoding: Buffer.from(ENCODING), [KEY]: Buffer.from(id) },
        data: encrypt(key, packed(payload)),
      }));
    },
    async decode(payloads) {
      const owners = new Set(payloads.filter(isOurs).map(ownerOf));
      const ids = new Set([...owners].filter((id) => id !== STORE_KEY && ID.test(id)));
      const keys = ids.size === 0 ? null : await vault.keys.find([...ids]);
      return payloads.map((payload) => {
        if (!isOurs(payload)) return payload;
        const id = ownerOf(payload);
        const key = id === STORE_KEY ? common : keys?.get(id);
        const bytes = key === undefined || key === 'destroyed' ? null : decrypt(key, payload.data ?? new Uint8Array());
        if (bytes !== null) return unpacked(bytes);
        const why =
          key === 'destroyed' ? 'this person was erased' : 'its key is not in this store, or the payload was changed';
        if (unreadable === 'fail') throw new Error(`a payload cannot be read: ${why}`);
        return told(why);
      });
    },
  };
}

function keyIdOf(context: SerializationContext | undefined): string {
  return personOfRun(context?.workflowId ?? '') ?? STORE_KEY;
}

function textOf(payload: Payload, name: string): string {
  const bytes = payload.metadata?.[name];
  return bytes === undefined || bytes === null ? '' : Buffer.from(bytes).toString();
}

function isOurs(payload: Payload): boolean {
  return textOf(payload, 'encoding') === ENCODING && textOf(payload, KEY) !== '';
}

function ownerOf(payload: Payload): string {
  return textOf(payload, KEY);
}

/** Form, length of the metadata as JSON with base64 values, metadata, data. */
function packed({ metadata, data }: Payload): Buffer {
  const head = Buffer.from(
    JSON.stringify(
      Object.fromEntries(
        Object.entries(metadata ?? {}).map(([name, value]) => [name, Buffer.from(value).toString('base64')]),
      ),
    ),
  );
  const length = Buffer.alloc(4);
  length.writeUInt32BE(head.length);
  // Where there is none the SDK may have an empty array, such as in what a workflow without a result answers.
  const bytes = Buffer.concat([length, head, Buffer.from(data ?? [])]);
  if (bytes.length >= COMPRESS_FROM) {
    const deflated = deflateRawSync(bytes);
    if (deflated.length < bytes.length) return Buffer.concat([Buffer.of(FORM.deflated), deflated]);
  }
  return Buffer.concat([Buffer.of(FORM.plain), bytes]);
}

function unpacked(all: Buffer): Payload {
  const bytes = all[0] === FORM.deflated ? inflateRawSync(all.subarray(1)) : all.subarray(1);
  const end = 4 + bytes.readUInt32BE(0);
  const head = JSON.parse(bytes.subarray(4, end).toString()) as { [name: string]: string };
  return {
    metadata: Object.fromEntries(Object.entries(head).map(([name, value]) => [name, Buffer.from(value, 'base64')])),
    data: bytes.subarray(end),
  };
}

function told(why: string): Payload {
  return {
    metadata: { encoding: Buffer.from('json/plain') },
    data: Buffer.from(JSON.stringify({ unreadable: why })),
  };
}
