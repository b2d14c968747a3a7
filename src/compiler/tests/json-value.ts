import type { Json } from '../../plan/json.ts';
import type { YamlNode } from '../../source/node.ts';

/** The value as data. What could not be read (it is reported) is null. */
export function jsonOf(node: YamlNode | undefined): Json {
  switch (node?.type) {
    case 'scalar':
      return node.value;
    case 'list':
      return node.items.map(jsonOf);
    case 'map':
      return Object.fromEntries(node.entries.map(({ key, value }) => [key, jsonOf(value)]));
    default:
      return null;
  }
}
