/** What each diagnostic is about, and how to get rid of it. */
import type { Code } from '../diagnostics/code.ts';

/** Groups in the order of the page; every code is in one, which the compiler checks below. */
export const DIAGNOSTIC_NOTES = {
  'The file as YAML': {
    'yaml-syntax':
      'The text is not YAML. The message says what the parser missed; the mistake is there or in the line above.',
    'yaml-tab': 'YAML indents by spaces only. Set the editor to two spaces a level.',
    'yaml-directive': 'Flows are YAML 1.2 without directives. Remove the line with `%`.',
    'yaml-documents': 'A file holds one flow. Move what stands behind `---` to a file of its own.',
    'yaml-key':
      'A key is a text. Two opening braces, as in `{{ name }}`, make a map with a map as key: write `"${name}"`.',
    'yaml-merge': '`<<` merges a map, or a list of maps. Give it an alias of a map.',
    'yaml-anchor': 'An alias names an anchor that stands before it in the same file. Define it, or correct the name.',
    'yaml-expansion':
      'Aliases that repeat aliases grow beyond all bounds, or stand inside themselves. Write the values out.',
    'yaml-depth': 'Nobody can read this deep. Let a step `start_flow` hand over to a flow of its own.',
    'unquoted-value': 'YAML would cut or turn this value into something else. Take the quoted line from the help.',
    'duplicate-key': 'YAML maps have each key once. Remove one, or make a list of two entries.',
    'empty-file': 'The file holds nothing. Write a flow, or delete it.',
  },
  'Keys and values': {
    'unknown-key': 'The key has no meaning here. Take the nearest name, or look at the keys listed.',
    'missing-key': 'Without this key it has no meaning. Add it.',
    'wrong-type':
      'The value has the wrong form: a list where a text is wanted, or the like. The message names the form.',
    'wrong-value': 'The form is right, the value is not. The message names what is accepted.',
    'conflicting-keys': 'Two keys contradict each other, or one means nothing without another. Keep the one you mean.',
    'ambiguous-number': 'YAML reads another number than is written. Quote it where it is a text, such as an id.',
  },
  'Names of the catalogue': {
    'unknown-message': 'The message is not in `mapp.yaml`. Correct the name, or add the message there.',
    'unknown-group': 'The group is not in `mapp.yaml`. Correct the name, or add the group there.',
    'unknown-source': '`sources` of `mapp.yaml` has no producer of this name. Correct the name, or declare it there.',
    'unknown-attribute': 'The attribute is not in `mapp.yaml`. Correct the name, or add it there with its type.',
    'unknown-parameter':
      'The message takes no such parameter. Correct the name, or add it to the message in `mapp.yaml`.',
    'unknown-event': 'The event is neither in `mapp.yaml` nor a reserved one. Correct the name, or declare it there.',
    'unknown-flow': 'There is no flow of this name in the project. Correct the name.',
    'unknown-app': 'The app is not in `mapp.yaml`. Correct the name, or add it there.',
    'unknown-time-zone':
      'A zone is a name of the IANA list, such as `Europe/Berlin`; abbreviations have no summer time.',
    'unknown-field': 'The event is declared without this field. Correct the name, or add the field in `mapp.yaml`.',
    'unknown-type': 'Types are `string int double bool date timestamp any`, `[type]` and `{ field: type }`.',
    'missing-parameter':
      'The message cannot be sent without this parameter. Give it in `with`, or mark it with `?` in `mapp.yaml`.',
    'missing-app': 'A push message goes out through an app, and it is not clear which. Name it.',
    'wrong-channel': 'The message belongs to another channel. Use the step of that channel.',
    'wrong-attribute-type': 'The value has another type than the attribute. Convert it, by `int(…)` or the like.',
  },
  'Steps and flow': {
    'unknown-step-kind': 'No step of this kind exists. Take the nearest name.',
    'missing-step-kind': 'A step says what it does by one key, its kind. Add it.',
    'several-step-kinds': 'A step does one thing. Begin a new one with `- `.',
    'duplicate-id': 'Ids and flow names are unique. Choose another one.',
    'duplicate-case': 'A value can take one way only. Remove one of the cases.',
    'split-sum': 'The arms do not share out everybody. Let the percents sum to 100; a holdout is an arm without steps.',
    'loop-without-wait':
      'The rounds follow each other at once. Add a wait to the round. Repeats within one another make an error of it, where they come to over 1,000 rounds. The same is said of flows that start each other, by `start_flow` or `emit`, with nothing that waits in between: such a person is let go after 100 of these rounds.',
    'dead-step': 'Nobody can reach the step. Move it before the exit, or delete it.',
    'missing-timeout': 'Those for whom the event never comes wait for ever. Add `timeout`.',
    'unmatched-event':
      "In a flow with `key`, another order's event would count as this one's. Add `match`, or `match: []`.",
    'never-comes':
      'Nothing that happens can satisfy the entry: its condition is always false, or it is about a message that this flow does not send. A person would wait or stay in vain. Compare with a field of the event, or name a message of this flow. A warning: `start_flow` names a flow without `from_flow` in its `on`, which starts nothing.',
    'removed-step':
      'Said when a flow with `on_change: migrate` is published (`flows apply`, `flows dev`): people stand at a step that the new version lacks. They finish on their own version. Keep the id on the step that takes its place.',
    'plan-too-large': 'The plan travels with every run, and Temporal bounds what can travel. Split the flow.',
  },
  Expressions: {
    'expression-syntax': 'The text is no expression. The marker stands where it stops being one.',
    'expression-type': 'The types do not go together. Convert one side, or compare with something of its type.',
    'may-be-missing':
      'Where the value is missing the comparison is false, or worse. Say what is meant by `default(value, …)`.',
    'step-not-passed':
      'Some paths to this place do not pass the step. Assign what you need to a variable on every path.',
    'unknown-function': 'There is no such function: see [expressions](expressions.md).',
    'unknown-name': 'Names begin with `event`, `contact`, `vars` and their kin; text stands in quotes.',
    'unknown-step': 'A step is named by its `id`. Give it one, or correct the name.',
    'wrong-arguments': 'The function takes something else. The help shows how it is written.',
  },
} as const satisfies { readonly [group: string]: { readonly [code in Code]?: string } };

type Told = { [G in keyof typeof DIAGNOSTIC_NOTES]: keyof (typeof DIAGNOSTIC_NOTES)[G] }[keyof typeof DIAGNOSTIC_NOTES];
/** A code without a note does not compile: it is named in the error. */
export const NOT_TOLD: { readonly [code in Exclude<Code, Told>]: never } = {};
