/** The Mapp sandbox in a process of its own, so that its CPU is nobody else's. Nothing is kept on disk. */
import { startSandbox } from '../../src/sandbox/sandbox.ts';
import { benchProject } from '../support/flows.ts';
import { serveParent } from '../support/parent-link.ts';
import { SANDBOX_ACCOUNT } from '../support/settings.ts';

const sandbox = await startSandbox({ port: 0, dir: null, credentials: SANDBOX_ACCOUNT, project: benchProject() });
serveParent(sandbox.url, { stop: () => sandbox.close() });
