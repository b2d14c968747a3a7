import { SetupError } from '../system/setup-error.ts';

/**
 * Where `…/integration/{id}` begins, from what an operator wrote: `https://host`, `https://host/charon`,
 * `https://host/charon/api/v1/` are all the same place. A host that serves without the `/charon` prefix is named with its
 * path, `https://host/api/v1`. Throws a SetupError for anything else.
 */
export function connectBase(url: string): { readonly origin: string; readonly path: string } {
  const refuse = (found: string) =>
    new SetupError(
      `MAPP_CONNECT_URL ${found}; expected the cluster's address, such as "https://jamie.g.shortest-route.com/charon/api/v1"`,
    );
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
  const path = parsed.pathname.replace(/\/+$/, '');
  if (path === '') return { origin: parsed.origin, path: '/charon/api/v1' };
  return { origin: parsed.origin, path: /\/api\/v\d+$/.test(path) ? path : `${path}/api/v1` };
}
