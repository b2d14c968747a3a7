import { CancellationScope } from '@temporalio/workflow';

/**
 * A scope whose `run` gives back the promise of what it runs: the SDK's own awaits it, which costs two more promises per
 * call (see `plan/task.ts`). Without a time-out of its own there is nothing else that `run` would do.
 */
export class Scope extends CancellationScope {
  protected override runInContext<T>(fn: () => Promise<T>): Promise<T> {
    return fn();
  }
}
