import type { Json } from '../../plan/json.ts';
import { authorization, matchesSecret } from '../secrets.ts';
import type { SourceAdapter } from '../source-adapter.ts';
import { absorbed, type Found } from './absorb.ts';
import { readCallbackItem } from './mapp-feedback-callback.ts';
import { readQueueItem } from './mapp-feedback-queue.ts';
import { readWhiteboardCall } from './mapp-feedback-whiteboard.ts';
import { isObject } from './values.ts';

/**
 * What Mapp says of messages after it took them, over HTTP: Connect's feedback callback (a JSON array), items of Engage's response
 * queue as `async/pollByType` answers them, and the HTTP request of a Whiteboard. One item or an array of them; kinds may
 * be mixed. It absorbs: nothing is known of how Mapp repeats a callback that was refused.
 */
export const mappFeedback: SourceAdapter = {
  type: 'mapp_feedback',
  scheme: 'Bearer',
  // A Whiteboard's request says what its author chose.
  contentType: 'any',

  authenticate({ headers }, secrets) {
    const token = authorization(headers.authorization, 'Bearer');
    return token !== null && matchesSecret(token, secrets) ? 'accepted' : 'refused';
  },

  parse(request) {
    const items: readonly Json[] = Array.isArray(request.body) ? request.body : [request.body];
    const found = items.map((body): Found => {
      if (isObject(body) && Object.hasOwn(body, 'event')) return { read: readWhiteboardCall(request, body), body };
      if (isObject(body) && Array.isArray(body.output)) return { read: readQueueItem(request, body), body };
      if (isObject(body) && Object.hasOwn(body, 'errorCode')) return { read: readCallbackItem(request, body), body };
      return { read: UNKNOWN, body };
    });
    return absorbed(request, found);
  },
};

const UNKNOWN =
  'unknown_feedback: neither an object with "event" (a Whiteboard\'s request), nor with "errorCode" (Connect\'s callback), nor with "output" (a response-queue item)';
