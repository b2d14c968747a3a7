/** The files of a project, seen together: what `config/project.ts` finds. */
import { error, type Finding } from './diagnostic.ts';
import { quoted } from './words.ts';

export function invalidUtf8(): Finding {
  return {
    ...error('yaml-syntax', 'the file is not UTF-8: its bytes make no characters from here on'),
    help: 'save it as UTF-8',
  };
}

/** `other`: the file that has the name already. */
export function duplicateFlow(flow: string, other: string): Finding {
  return {
    ...error('duplicate-id', `flow ${quoted(flow)} is defined in ${other} already`),
    help: 'give every flow of a project its own name',
  };
}
