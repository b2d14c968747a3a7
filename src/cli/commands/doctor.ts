import { type LoadedProject, loadProject } from '../../config/project.ts';
import { readSettings } from '../../config/settings.ts';
import { sourceSecrets } from '../../config/source-secrets.ts';
import { ConnectClient, type ConnectSettings } from '../../mapp/connect.ts';
import { EngageClient, type EngageSettings } from '../../mapp/engage.ts';
import type { Check } from '../../operate/check.ts';
import { openProjectStore, projectTemporal } from '../../operate/connect.ts';
import { findDev } from '../../operate/dev-file.ts';
import { checkEngage, withoutEngage } from '../../operate/engage-checks.ts';
import { checkMapp } from '../../operate/mapp-checks.ts';
import { attempt, checkStore, checkTemporal } from '../../operate/server-checks.ts';
import type { Plan } from '../../plan/plan.ts';
import type { Cli } from '../cli.ts';
import type { CommonOptions, Register } from '../command.ts';
import { environment } from '../environment.ts';
import { counted, paint, printJson } from '../output.ts';
import { projectDir } from '../project.ts';

interface DoctorOptions {
  readonly adopt?: boolean;
}

export const register: Register = (program, run) => {
  program
    .command('doctor')
    .description('Checks every connection and credential, and every id that the flows use, and says what to do.')
    .option('--adopt', 'from now on the runs of this store live on the present Temporal: the old one is gone for good')
    .action(run(doctor));
};

async function doctor(cli: Cli, options: DoctorOptions & CommonOptions): Promise<number> {
  const checks: Check[] = [];
  const tell = (found: readonly Check[]) => {
    checks.push(...found);
    if (!options.json) for (const one of found) cli.out(line(cli, one));
  };
  await examine(cli, options, tell);
  const problems = checks.filter((one) => !one.ok).length;
  if (options.json) printJson(cli, { ok: problems === 0, checks });
  else cli.out(problems === 0 ? 'all is well\n' : `${counted(problems, 'problem')}\n`);
  return problems === 0 ? 0 : 1;
}

/** In the order in which one thing needs the other. */
async function examine(
  cli: Cli,
  options: DoctorOptions & CommonOptions,
  tell: (found: readonly Check[]) => void,
): Promise<void> {
  tell([nodeCheck(process.versions.node)]);
  const dir = projectDir(cli, options);
  const { found: loaded, failed } = await attempt('project', () => loadProject(dir));
  if (loaded === undefined) return tell([failed!]);
  tell([projectCheck(loaded)]);
  const env = environment(cli, dir);
  const dev = findDev(dir);
  // `flows dev` makes what is missing, so only what a production start would miss counts without one.
  // Nor where its Temporal is adopted while it does not run.
  const ownServer = dev === null && !env.TEMPORAL_ADDRESS;
  const byDev = dev !== null || (options.adopt === true && ownServer);
  const { settings, problems } = readSettings(env, { dev: byDev });
  const sources = loaded.project === null ? [] : sourceSecrets(loaded.project, env, { dev: byDev }).problems;
  tell(settingsChecks([...problems, ...sources]));

  const store = await checkStore(() => openProjectStore(dir, env, dev));
  tell(store.checks);
  try {
    const temporal = await attempt('Temporal', async () => projectTemporal(env, dev));
    tell(
      temporal.found === undefined
        ? [temporal.failed!]
        : await checkTemporal(temporal.found, store.opened?.store ?? null, {
            adopt: options.adopt === true,
            ownServer,
          }),
    );
  } finally {
    await store.opened?.close();
  }
  const sandbox = settings?.mapp ? null : (dev?.sandbox ?? null);
  if (sandbox !== null) tell([{ check: 'Mapp', ok: true, detail: `the sandbox of \`flows dev\`, ${sandbox}` }]);
  else if (settings?.mapp) {
    tell(await connectChecks(settings.mapp, loaded.plans));
    tell(settings.engage === null ? withoutEngage(loaded.plans) : [await engageCheck(settings.engage)]);
  }
}

async function connectChecks(settings: ConnectSettings, plans: readonly Plan[]): Promise<Check[]> {
  const connect = new ConnectClient(settings);
  try {
    return await checkMapp(connect, settings.url, plans);
  } finally {
    await connect.close();
  }
}

async function engageCheck(settings: EngageSettings): Promise<Check> {
  const engage = new EngageClient(settings);
  try {
    return await checkEngage(engage, settings.url);
  } finally {
    await engage.close();
  }
}

function nodeCheck(version: string): Check {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const check = { check: 'Node', ok: major > 20 || (major === 20 && minor >= 19), detail: version };
  return check.ok ? check : { ...check, remedy: 'Install Node 20.19 or newer.' };
}

function projectCheck({ flows, diagnostics }: LoadedProject): Check {
  const errors = diagnostics.filter((one) => one.severity === 'error').length;
  const detail = `${counted(flows.length, 'sound flow')}${errors === 0 ? '' : `, ${counted(errors, 'error')}`}`;
  return { check: 'project', ok: errors === 0, detail, ...(errors === 0 ? {} : { remedy: 'See `flows check`.' }) };
}

function settingsChecks(problems: readonly string[]): Check[] {
  if (problems.length === 0) return [{ check: 'settings', ok: true, detail: 'complete' }];
  return problems.map((detail) => ({ check: 'settings', ok: false, detail }));
}

function line(cli: Cli, { check, ok, detail, remedy }: Check): string {
  const mark = ok ? paint(cli, 'green', 'ok     ') : paint(cli, 'red', 'problem');
  return `${mark}  ${check}: ${detail}\n${remedy === undefined ? '' : `         ${remedy}\n`}`;
}
