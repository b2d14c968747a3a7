import * as z from 'zod';
import { textOf } from '../../source/node.ts';
import { actingSettings, lowerActing } from '../acting-definition.ts';
import { checkAttribute } from '../attributes.ts';
import type { StepDefinition } from '../definition.ts';
import { memberGroup, memberGroupSetting } from '../group-definition.ts';

const attribute = z.string().min(1).describe('the name of an attribute');

export const definition: StepDefinition<'unset'> = {
  kind: 'unset',
  summary: 'Clears profile attributes.',
  cost: 'effect',
  what: {
    schema: z.union([attribute, z.array(attribute)]).describe('the name of an attribute, or a list of them'),
    doc: 'The attributes to clear.',
  },
  settings: { group: memberGroupSetting, ...actingSettings },
  lower(step, context) {
    const { what } = step;
    const nodes = what.type === 'list' ? what.items : [what];
    const attributes = nodes.flatMap((node) => {
      const name = textOf(node);
      if (name === null) return [];
      checkAttribute(name, node.span, context);
      return [name];
    });
    return { attributes: [...new Set(attributes)], ...memberGroup(step, context), ...lowerActing(step, context) };
  },
};
