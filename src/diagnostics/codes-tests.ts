/** Test files. */
import { error, type Finding } from './diagnostic.ts';
import { known, quoted, suggestion } from './words.ts';

export function unknownFlow(name: string, flows: readonly string[]): Finding {
  return {
    ...error('wrong-value', `the project has no flow ${quoted(name)}. ${known('flow', flows)}`),
    ...suggestion(name, flows),
  };
}

/** `steps`: the ids that would do, of steps of `kind` where one is needed. */
export function unknownStep(id: string, steps: readonly string[], kind?: string): Finding {
  const noun = kind === undefined ? 'step' : `${kind} step`;
  return { ...error('unknown-step', `unknown ${noun} ${quoted(id)}. ${known(noun, steps)}`), ...suggestion(id, steps) };
}

export function beforeTheStart(at: string, start: string): Finding {
  return {
    ...error('wrong-value', `${at} lies before the start of the case, ${start}`),
    help: 'what happened before a case belongs into its "history"',
  };
}
