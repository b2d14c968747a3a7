/**
 * Loaded once per workflow thread, before any run, and shared by all runs (`preloadModules` of the bundler). Only modules
 * without state of a run may be imported here: otherwise each run would make, and keep, its own copy of them.
 */
import '../interpreter/flow-host.ts';
import '../interpreter/interpret.ts';

/**
 * The SDK takes a stack trace of every promise of every run, looks its frames up in the source map, and keeps it as long as
 * the promise is pending. At the usual 10 frames that cost more CPU than the interpreter itself (`npm run bench cpu`). The
 * nearest few are enough to find where an error of the engine arose.
 */
Error.stackTraceLimit = 4;
