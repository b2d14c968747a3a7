import { SetupError } from '../system/setup-error.ts';

/**
 * Where `…/integration/{id}` begins, from what an operator wrote: `https://host`, `https://host/charon`,
 * `https://host/charon/api/v1/` are all the same place. A host that serves without the `/charon` prefix is named with its
 * path, `https://host/api/v1`. Throws a SetupError for anything else.
 */
export function connectBase(url: string): ApiBase {
  const { origin, path } = parts('MAPP_CONNECT_URL', url, 'https://jamie.g.shortest-route.com/charon/api/v1');
  if (path === '') return { origin, path: '/charon/api/v1' };
  return { origin, path: /\/api\/v\d+$/.test(path) ? path : `${path}/api/v1` };
}

/**
 * Where `/contact/get` and the other methods of Engage REST begin: `https://host`, `https://host/system` (some tenants
 * have a path of their own) and the same with `/api/rest` or `/api/rest/v19` behind it. A version that is given stays.
 * Throws a SetupError for anything else.
 */
export function engageBase(url: string): ApiBase {
  const { origin, path } = parts('MAPP_ENGAGE_URL', url, 'https://engage.example.com/api/rest/v19');
  const [, system = '', version = 'v19'] = /^(.*?)(?:\/api\/rest(?:\/(v\d+))?)?$/.exec(path)!;
  return { origin, path: `${system}/api/rest/${version}` };
}

interface ApiBase {
  readonly origin: string;
  readonly path: string;
}

function parts(variable: string, url: string, example: string): ApiBase {
  const refuse = (found: string) =>
    new SetupError(`${variable} ${found}; expected the address of your system, such as "${example}"`);
  let parsed: URL;
  try {
    parsed = new URL(url.trim());
  } catch {
    throw refuse(`is not a URL: ${JSON.stringify(url)}`);
  }
  if (parsed.protocol !== 'https:' && parsed.protocol !== 'http:')
    throw refuse(`is not an http or https URL: "${url}"`);
  if (parsed.username !== '' || parsed.password !== '') throw refuse('holds a user name or password');
  if (parsed.search !== '' || parsed.hash !== '') throw refuse('holds a query or fragment');
  return { origin: parsed.origin, path: parsed.pathname.replace(/\/+$/, '') };
}
