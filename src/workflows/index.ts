import { setWorkflowOptions } from '@temporalio/workflow';
import { flowRun } from './flow-run.ts';

setWorkflowOptions({ versioningBehavior: 'AUTO_UPGRADE' }, flowRun);

/** The default export runs for every workflow type: one interpreter, all flows. */
export default flowRun;
