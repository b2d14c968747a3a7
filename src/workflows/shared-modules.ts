/**
 * Loaded once per workflow thread, before any run, and shared by all runs (`preloadModules` of the bundler): the whole bundle,
 * the SDK's part of it included. Otherwise each run would evaluate, and keep, a copy of every module, which is more than all
 * the rest that a sleeping run holds (`npm run bench bundle`). So no module of the bundle may hold anything of a run: what is
 * of a run lives in `FlowHost` and `TemporalWorld`. The SDK freezes what the modules export.
 */
import './index.ts';

/**
 * The SDK takes a stack trace of every promise of every run, looks its frames up in the source map, and keeps it as long as
 * the promise is pending (`plan/task.ts`). At the usual 10 frames that cost more CPU than the interpreter itself
 * (`npm run bench cpu`). The nearest few are enough to find where an error of the engine arose.
 */
Error.stackTraceLimit = 4;
