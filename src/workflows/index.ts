import { flowRun } from './flow-run.ts';

/** Workflow types of our own; no flow can have such a name. */
export { timedEntries } from './timed-entries.ts';

/** The default export runs for every other workflow type: one interpreter, all flows. */
export default flowRun;
