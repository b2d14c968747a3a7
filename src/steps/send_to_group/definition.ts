import { engageToGroup, parametersToGroup } from '../../diagnostics/codes-names.ts';
import { missingKey } from '../../diagnostics/codes-shape.ts';
import { actingSettings, lowerActing, onUnknownSetting } from '../acting-definition.ts';
import type { StepDefinition } from '../definition.ts';
import { group, lowerGroup } from '../group-definition.ts';
import { findMessage, messageKey } from '../send-definition.ts';

export const definition: StepDefinition<'send_to_group'> = {
  kind: 'send_to_group',
  summary: 'Sends an e-mail to everybody in a group.',
  cost: 'effect',
  what: messageKey,
  settings: {
    group: { schema: group, doc: 'The group, of the catalogue.' },
    ...actingSettings,
    on_unknown: onUnknownSetting,
  },
  lower(step, context) {
    const { name, message } = findMessage(step, 'email', context);
    if (message?.via === 'engage') context.report(step.what.span, engageToGroup(name));
    const node = step.settings.get('group')?.node;
    if (node === undefined && !step.misspelt.includes('group'))
      context.report(step.kindSpan, missingKey('group', 'a step "send_to_group"'));
    const needed = (message?.parameters ?? []).filter((one) => !one.optional).map((one) => one.name);
    if (needed.length > 0) context.report(step.what.span, parametersToGroup(name, needed));
    const [to = { name: '', id: '' }] = node === undefined ? [] : lowerGroup(node, context);
    return { message: { name, id: message?.id ?? name }, group: to, ...lowerActing(step, context, true) };
  },
};
