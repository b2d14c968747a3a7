import type { Project, Source } from '../plan/project.ts';
import { SetupError } from '../system/setup-error.ts';
import type { SourceAdapter } from './source-adapter.ts';
import { ADAPTERS } from './sources/registry.ts';

export interface ConfiguredSource {
  readonly name: string;
  readonly adapter: SourceAdapter;
  readonly secrets: readonly string[];
  readonly credential: Source['credential'];
  readonly settings: Pick<Source, 'addresses' | 'backfill' | 'consent'>;
  /** no credentials, but only this machine may post */
  readonly loopbackOnly: boolean;
}

export interface ConfiguredSources {
  /** those of `POST /v1/events`; the credentials tell them apart. Empty: nothing is there */
  readonly api: readonly ConfiguredSource[];
  /** those of `POST /v1/sources/<name>` */
  readonly named: ReadonlyMap<string, ConfiguredSource>;
}

/**
 * The project's sources with the code that reads them and the values of their secrets.
 *
 * @throws SetupError no source at all (but in `dev`), a source without a secret; all at once
 */
export function configureSources(
  project: Project,
  secrets: { readonly [source: string]: readonly string[] },
  dev: boolean,
): ConfiguredSources {
  const problems: string[] = [];
  const api: ConfiguredSource[] = [];
  const named = new Map<string, ConfiguredSource>();
  for (const [name, settings] of Object.entries(project.sources)) {
    const { type, secrets: variables, credential } = settings;
    const adapter = ADAPTERS[type];
    const values = (secrets[name] ?? []).filter((secret) => secret !== '');
    if (values.length === 0) {
      problems.push(`source "${name}" has no secret: set ${variables.join(', ') || `its ${credential} in mapp.yaml`}.`);
    } else {
      const source = { name, adapter, secrets: values, credential, settings, loopbackOnly: false };
      if (type === 'api') api.push(source);
      else named.set(name, source);
    }
  }
  if (!dev && Object.keys(project.sources).length === 0) {
    problems.push('mapp.yaml declares no source, so nothing could send events: add one under `sources`.');
  }
  if (problems.length > 0) throw new SetupError(problems.join('\n'));
  if (dev && api.length === 0) {
    const open = { secrets: [], credential: 'token', settings: {}, loopbackOnly: true } as const;
    api.push({ name: 'api', adapter: ADAPTERS.api, ...open });
  }
  return { api, named };
}
