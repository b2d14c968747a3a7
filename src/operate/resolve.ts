import { sql } from 'kysely';
import { type Resolution, resolve as resolveDelivery } from '../delivery/resolve.ts';
import { decideNotice } from '../router/notices.ts';
import type { Store } from '../store/store.ts';

export const RESOLUTIONS = ['sent', 'resend', 'skip'] as const;

/** An effect that nobody can tell the fate of, or that Mapp refused: its run is parked on it until somebody decides. */
export interface ParkedEffect {
  readonly key: string;
  /** workflow id */
  readonly run: string;
  readonly flow: string;
  readonly step: string;
  readonly kind: string;
  readonly target: string;
  readonly state: 'unknown' | 'rejected';
  readonly reason: string | null;
  readonly entry: string;
}

export interface ResolveFilter {
  readonly run?: string;
  readonly flow?: string;
  readonly step?: string;
  readonly state?: 'unknown' | 'rejected';
}
