import type { IncomingHttpHeaders } from 'node:http';
import type { Dispatcher } from 'undici';

export interface Exchange {
  readonly origin: string;
  /** with its query */
  readonly path: string;
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly headers: { readonly [name: string]: string };
  readonly body: Buffer | null;
}

/** `body` may be cut short where the connection ended, or time ran out, after the status had come. */
export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  readonly complete: boolean;
}

/** No status came. `sent`: the first byte may have left, so that the other side may have taken the request. */
export class NoAnswer extends Error {
  override readonly name = 'NoAnswer';
  readonly sent: boolean;
  readonly timedOut: boolean;

  constructor(sent: boolean, timedOut: boolean, cause: Error | null) {
    super('no answer', { cause });
    this.sent = sent;
    this.timedOut = timedOut;
  }
}

/**
 * One HTTP request and its answer, within `timeoutMs` in all. Written over `dispatch` and not `request`, since only a
 * handler is told when the request is about to be written: that moment parts "not taken" from "nobody knows".
 */
export function exchange(dispatcher: Dispatcher, request: Exchange, timeoutMs: number): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let head: Pick<Answer, 'status' | 'headers'> | null = null;
    let controller: Dispatcher.DispatchController | null = null;
    let timedOut = false;

    const settle = (complete: boolean, cause: Error | null) => {
      clearTimeout(timer);
      if (head === null) reject(new NoAnswer(controller !== null, timedOut, cause));
      else resolve({ ...head, body: Buffer.concat(chunks), complete });
    };
    const timer = setTimeout(() => {
      timedOut = true;
      settle(false, null);
      controller?.abort(new Error('time is over'));
    }, timeoutMs);

    const handler: Dispatcher.DispatchHandler = {
      onRequestStart(started) {
        if (timedOut) started.abort(new Error('time was over before the request was written'));
        else controller = started;
      },
      onResponseStart(_controller, status, headers) {
        if (status >= 200) head = { status, headers };
      },
      onResponseData(_controller, chunk) {
        chunks.push(chunk);
      },
      onResponseEnd() {
        settle(true, null);
      },
      onResponseError(_controller, error) {
        settle(false, error);
      },
    };
    dispatcher.dispatch({ ...request }, handler);
  });
}
