/** Publishes the project's flows, and again whenever a file is saved: for new entries, never for people inside. */
import { join, relative, sep } from 'node:path';
import { watch } from 'chokidar';
import { CATALOGUE, type LoadedProject, loadProject } from '../../config/project.ts';
import { type PublishReport, publish } from '../../router/publish.ts';
import type { Store } from '../../store/store.ts';
import { SetupError } from '../../system/setup-error.ts';

/** Editors write a file in several steps. */
const QUIET_MS = 80;

export interface Reloading {
  stop(): Promise<void>;
}

/** What is sound is published. A flow that is broken keeps its published version, and so does one whose file is gone while another is broken: it may have been renamed. */
export function publishSound(store: Store, loaded: LoadedProject): Promise<PublishReport> {
  return publish(store, loaded.plans, { partial: loaded.broken });
}

export async function reloadOnSave(
  projectDir: string,
  reloaded: (loaded: LoadedProject) => Promise<void>,
  log: (message: string) => void,
): Promise<Reloading> {
  let timer: NodeJS.Timeout | null = null;
  let work: Promise<void> = Promise.resolve();
  const reload = () => {
    timer = null;
    work = work
      .then(async () => reloaded(await loadProject(projectDir)))
      .catch((error: unknown) => log(error instanceof SetupError ? error.message : `reload failed: ${error}`));
  };
  const watcher = watch([join(projectDir, CATALOGUE), join(projectDir, 'flows')], {
    ignoreInitial: true,
    ignored: (path, stats) => stats?.isFile() === true && !isSource(projectDir, path),
  });
  watcher.on('all', (_event, path) => {
    if (!isSource(projectDir, path)) return;
    if (timer !== null) clearTimeout(timer);
    timer = setTimeout(reload, QUIET_MS);
  });
  await new Promise<void>((resolve) => watcher.once('ready', resolve));
  return {
    async stop() {
      if (timer !== null) clearTimeout(timer);
      await watcher.close();
      await work;
    },
  };
}

function isSource(projectDir: string, path: string): boolean {
  const name = relative(projectDir, path).split(sep).join('/');
  return name === CATALOGUE || (name.startsWith('flows/') && /\.ya?ml$/.test(name));
}
