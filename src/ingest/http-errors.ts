import type { Socket } from 'node:net';
import type { FastifyReply } from 'fastify';
import { Problem } from './problem.ts';
import { tooManyBytes } from './read-json.ts';

export function sendProblem(reply: FastifyReply, problem: Problem): FastifyReply {
  return reply
    .code(problem.status)
    .headers(problem.headers)
    .type('application/problem+json')
    .send(JSON.stringify(problem));
}

export function asProblem(error: Error & { code?: string; statusCode?: number }): Problem {
  if (error instanceof Problem) return error;
  if (error.code === 'FST_ERR_CTP_BODY_TOO_LARGE') return tooManyBytes();
  const status = error.statusCode ?? 500;
  if (status < 500)
    return new Problem('bad_request', 'the request broke off, or its length is not what its header says');
  return new Problem('internal', 'an error was logged here; sending the same again later may help');
}

export function notFound(): Problem {
  return new Problem('not_found', 'events go to POST /v1/events or POST /v1/sources/<name>');
}

/** A request that Node could not read at all gets its answer here, past fastify. */
export function answerUnreadable(error: Error, socket: Socket, timeoutMs: number): void {
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  const late = (error as NodeJS.ErrnoException).code === 'ERR_HTTP_REQUEST_TIMEOUT';
  const problem = late
    ? new Problem('request_timeout', `a request must arrive within ${timeoutMs / 1000} seconds`)
    : new Problem('bad_request', 'this is not an HTTP request that can be read');
  const body = JSON.stringify(problem);
  const head = [
    `HTTP/1.1 ${problem.status} ${late ? 'Request Timeout' : 'Bad Request'}`,
    'Content-Type: application/problem+json',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}
