/**
 * Work that may take time: what an async function would be elsewhere. Steps, the interpreter and a `World` are written as
 * generators, and one hands its work to another by `yield*`; only a `World` ever stops at a promise.
 *
 * Why not async functions: of each promise that a workflow makes, the SDK takes a stack trace, looks its frames up in the
 * source map, and keeps it until the promise is settled. A level of async functions costs at least two promises; a level of
 * generators costs none (`npm run bench cpu bundle`).
 */
export type Task<T> = Generator<PromiseLike<unknown>, T, unknown>;

/** Stops until `promise` is settled; answers or throws what it holds. */
export function* settled<T>(promise: PromiseLike<T>): Task<T> {
  return (yield promise) as T;
}

/** Runs a task, to its first stop before this returns; what it throws rejects the promise. */
export async function drive<T>(task: Task<T>): Promise<T> {
  let stop = task.next();
  while (!stop.done) {
    let value: unknown;
    try {
      value = await stop.value;
    } catch (error) {
      stop = task.throw(error);
      continue;
    }
    stop = task.next(value);
  }
  return stop.value;
}
