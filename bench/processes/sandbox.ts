/** The Mapp sandbox in a process of its own, so that its CPU is nobody else's. Asked, it tells the memory it takes (bytes). */
import { startSandbox } from '../../src/sandbox/sandbox.ts';
import { benchProject } from '../support/flows.ts';
import { serveParent, settingsFromParent } from '../support/parent-link.ts';
import { SANDBOX_ACCOUNT } from '../support/settings.ts';

/** Without a folder nothing is kept on disk. */
const { dir = null } = settingsFromParent<{ readonly dir?: string }>();
const sandbox = await startSandbox({ port: 0, dir, credentials: SANDBOX_ACCOUNT, project: benchProject() });
serveParent(sandbox.url, { answer: () => process.memoryUsage().rss, stop: () => sandbox.close() });
