import { randomBytes } from 'node:crypto';
import type { Project, SourceType } from '../plan/project.ts';
import type { Environment } from './env-file.ts';

export interface SourceSecrets {
  /** values by source, in the order of their variables; for `startIngest` */
  readonly secrets: { readonly [source: string]: readonly string[] };
  /** in `dev`: values made for missing variables, by variable, to be printed */
  readonly made: { readonly [variable: string]: string };
  /** one line for each variable that is missing or cannot be used; no value is quoted */
  readonly problems: readonly string[];
}

/**
 * Values of the secrets that the project's sources name.
 *
 * @param env environment, `.env` included
 * @param options `dev`: makes a value where a variable is missing
 */
export function sourceSecrets(
  project: Pick<Project, 'sources'>,
  env: Environment,
  options: { readonly dev: boolean },
): SourceSecrets {
  const made: Record<string, string> = {};
  const problems: string[] = [];
  const secrets = Object.fromEntries(
    Object.entries(project.sources).map(([name, source]) => [
      name,
      source.secrets.flatMap((variable) => {
        const value = env[variable];
        if (value === undefined || value === '') {
          if (!options.dev) {
            problems.push(
              `${variable} is not set: the source ${name} (${source.type}) takes its ${source.credential} from it`,
            );
            return [];
          }
          made[variable] ??= madeUp(source.type);
          return [made[variable]];
        }
        if (!/^[\x21-\x7e]+$/.test(value)) {
          // It travels in an HTTP header.
          problems.push(
            `${variable} (the ${source.credential} of the source ${name}) holds blanks or other characters than printable ASCII`,
          );
          return [];
        }
        return [value];
      }),
    ]),
  );
  return { secrets, made, problems: [...new Set(problems)] };
}

/** Senders' libraries know a signing secret by its prefix, and read the rest as base64. */
function madeUp(type: SourceType): string {
  const bytes = randomBytes(24);
  return type === 'standard_webhooks' ? `whsec_${bytes.toString('base64')}` : bytes.toString('base64url');
}
