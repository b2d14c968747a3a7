import {
  isGrpcServiceError,
  ServiceError,
  WorkflowNotFoundError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
} from '@temporalio/client';
import { NoAnswer } from './temporal-call.ts';

/** gRPC status codes that say something of their own; every other one is passing trouble. */
const DEADLINE_EXCEEDED = 4;
const INVALID_ARGUMENT = 3;
const RESOURCE_EXHAUSTED = 8;
const UNAVAILABLE = 14;

/**
 * `gone`: no open run has this id · `permanent`: Temporal will never take this very request · `away`: nobody answers at all ·
 * `passing`: everything else, a wrong credential and a missing namespace among it, since a person can put that right
 */
export type Trouble = 'gone' | 'permanent' | 'away' | 'passing';

/** What an error of a call to Temporal means for the notice that was being sent. */
export function troubleOf(error: unknown): Trouble {
  if (error instanceof WorkflowNotFoundError) return 'gone';
  if (error instanceof NoAnswer) return 'away';
  // An update waits for a worker, so its time being over says nothing about the server.
  if (error instanceof WorkflowUpdateRPCTimeoutOrCancelledError) return 'passing';
  const cause = error instanceof ServiceError ? error.cause : error;
  if (!isGrpcServiceError(cause)) return 'passing';
  switch (cause.code as number) {
    case UNAVAILABLE:
    case DEADLINE_EXCEEDED:
      return 'away';
    case INVALID_ARGUMENT:
      // The namespace lacks one of ours, and gets it when somebody registers it.
      return /search attribute/i.test(cause.message) ? 'passing' : 'permanent';
    case RESOURCE_EXHAUSTED:
      return /larger than max/i.test(cause.message) ? 'permanent' : 'passing';
    default:
      return 'passing';
  }
}

/** The error and what caused it, on one line of at most 300 characters. */
export function reasonOf(error: unknown): string {
  const messages: string[] = [];
  for (let at: unknown = error; at instanceof Error && messages.length < 4; at = at.cause) {
    if (!messages.includes(at.message)) messages.push(at.message);
  }
  const text = messages.length > 0 ? messages.join(': ') : String(error);
  return text.replace(/\s+/g, ' ').slice(0, 300);
}
