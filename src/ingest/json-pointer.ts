/** A JSON pointer (RFC 6901): `path` below `at`, which is a pointer itself; `''` is the whole. */
export function pointerTo(at: string, ...path: readonly PropertyKey[]): string {
  return at + path.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}
