/** The file as YAML. */
import type { YamlProblem } from '../source/problem.ts';
import { error, type Finding } from './diagnostic.ts';
import { quoted, quotedList } from './words.ts';

export function yamlFinding(problem: YamlProblem): Finding {
  switch (problem.type) {
    case 'syntax':
      return syntax(problem.says);
    case 'tab':
      return {
        ...error('yaml-tab', 'a tab is used for indentation. YAML takes spaces only'),
        help: 'use two spaces a level',
      };
    case 'directive':
      return {
        ...error('yaml-directive', `the directive ${quoted(problem.text)} is not supported. flows are YAML 1.2`),
        help: 'remove the line',
      };
    case 'several-documents':
      return {
        ...error('yaml-documents', 'a second YAML document begins here. a file holds one'),
        help: 'move it to a file of its own',
      };
    case 'duplicate-key':
      return {
        ...error('duplicate-key', `key ${quoted(problem.key)} is given twice`),
        related: [{ message: 'first given', span: problem.first }],
      };
    case 'key-not-text':
      return error('yaml-key', 'a key must be a text, found a list, a map or an alias');
    case 'merge-not-map':
      return error('yaml-merge', '"<<" merges a map or a list of maps, found another value');
    case 'unknown-anchor':
      return error('yaml-anchor', `unknown anchor ${quoted(problem.name)}. ${anchors(problem.anchors)}`);
    case 'alias-expansion':
      return problem.reason === 'cycle'
        ? error('yaml-expansion', 'this alias stands inside the value that it repeats')
        : error('yaml-expansion', 'the aliases of this file expand to more than 100000 values');
    case 'too-deep':
      return error('yaml-depth', `values are nested more than ${problem.limit} levels deep`);
    case 'unquoted':
      return {
        ...error('unquoted-value', `YAML does not read ${quoted(problem.value)} as one text`),
        help: `quote it: ${problem.line}`,
        replacement: problem.quoted,
      };
  }
}

export type FileKind = 'flow' | 'catalogue' | 'test file';

const HOLDS = { flow: 'flow', catalogue: 'catalogue', 'test file': 'tests' } as const;

export function emptyFile(what: FileKind): Finding {
  return error('empty-file', `the file holds no ${HOLDS[what]}`);
}

function anchors(names: readonly string[]): string {
  return names.length === 0 ? 'the file defines none' : `anchors are ${quotedList(names)}`;
}

/** The parser's words, in ours where an author could not know what it means. */
function syntax(says: string): Finding {
  const missing =
    /^Flow (?:map|sequence) in block collection .* end with a (.)$/.exec(says) ??
    /^Missing closing (.)quote$/.exec(says);
  if (missing !== null) return error('yaml-syntax', `this is not YAML: a closing ${missing[1]} is missing before this`);
  if (/same column|implicit|compact mappings|implicit map key/i.test(says)) {
    const message = 'this is not YAML: the indentation of this line does not fit the lines above it';
    return {
      ...error('yaml-syntax', message),
      help: 'keys of one map, and items of one list, begin at the same column',
    };
  }
  if (/^Unexpected scalar at node end/.test(says)) {
    const message = 'this is not YAML: the value ended before this text';
    return {
      ...error('yaml-syntax', message),
      help: "quote the whole value; inside 'single quotes' an apostrophe is written twice",
    };
  }
  return error('yaml-syntax', `this is not YAML: ${lowerFirst(says)}`);
}

function lowerFirst(text: string): string {
  return text.slice(0, 1).toLowerCase() + text.slice(1);
}
