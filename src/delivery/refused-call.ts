import type { BodyLimit } from './body-limit.ts';
import type { Splits } from './split.ts';

/** A call of several events that Mapp refused. */
export interface RefusedCall {
  readonly keys: readonly string[];
  readonly bytes: number;
  readonly status: number | undefined;
}

/** Sees to it that its events come back in smaller calls: because there were too many bytes, or to find which of them it is. */
export function learnFrom(
  { keys, bytes, status }: RefusedCall,
  { size, splits, log }: { readonly size: BodyLimit; readonly splits: Splits; readonly log: (message: string) => void },
): void {
  const refused = `Mapp Connect refused a call of ${keys.length} events with ${status}`;
  const before = size.bytes;
  if (status === 413 && size.refused(bytes)) {
    if (size.bytes < before)
      log(`${refused}: ${bytes} bytes are too many; calls have ${size.bytes} now, as MAPP_BATCH_BYTES would say`);
  } else {
    log(`${refused}: they go in smaller ones, to find which`);
    splits.divide(keys);
  }
}
