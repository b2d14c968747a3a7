import { flowRun } from './flow-run.ts';

/** The default export runs for every workflow type: one interpreter, all flows. */
export default flowRun;
