import { eventShapes } from '../../compiler/events.ts';
import { canEqual, describe, isOpen, typeOf } from '../../compiler/expressions/types.ts';
import { unknownEvent, unknownField } from '../../diagnostics/codes-names.ts';
import { missingFields, notEmittable, wrongType } from '../../diagnostics/codes-shape.ts';
import { nearest } from '../../diagnostics/nearest.ts';
import type { Project } from '../../plan/project.ts';
import { reservedEvent } from '../../plan/reserved-events.ts';
import { textOf } from '../../source/node.ts';
import { isFraction } from '../attributes.ts';
import type { RawStep, StepContext, StepDefinition } from '../definition.ts';
import { handoverSettings, lowerHandover } from '../handover-definition.ts';
import { eventName } from '../schemas.ts';

export const definition: StepDefinition<'emit'> = {
  kind: 'emit',
  summary: 'Tells other flows of an event.',
  cost: 'effect',
  what: {
    schema: eventName,
    doc: 'An event of the catalogue. It goes to every flow that starts by it or waits for it, except, for the same contact, the flow it comes from.',
  },
  settings: handoverSettings,
  lower(step, context) {
    const event = textOf(step.what) ?? '';
    const fields = checkEvent(event, step, context);
    const given: string[] = [];
    const lowered = lowerHandover(step, context, (name, place, { type, expr }) => {
      given.push(name);
      if (fields === null) return;
      const field = Object.hasOwn(fields, name) ? fields[name] : undefined;
      if (field === undefined) {
        context.report(place.key, unknownField(name, event, Object.keys(fields)));
      } else if (!isOpen(type) && !canEqual(typeOf(field.type, true), type)) {
        context.report(place.value, wrongType(`"${name}"`, describe(typeOf(field.type, true)), describe(type)));
      } else if (field.type === 'int' && isFraction(expr)) {
        context.report(place.value, wrongType(`"${name}"`, 'a whole number', String(expr)));
      }
    });
    const names = Object.keys(fields ?? {});
    // A misspelt field is one mistake, not an unknown one and a missing one.
    const misspelt = given.filter((name) => !names.includes(name)).map((name) => nearest(name, names));
    const missing = names.filter(
      (name) => fields?.[name]?.optional === false && !given.includes(name) && !misspelt.includes(name),
    );
    if (missing.length > 0 && !step.misspelt.includes('with'))
      context.report(step.what.span, missingFields(event, missing));
    return { event, ...lowered };
  },
};

/** The fields that the catalogue declares, or the language of a reserved event; null where they are not checked. */
function checkEvent(event: string, { what }: RawStep, { project, report }: StepContext): Fields {
  if (what.type === 'broken') return null;
  const reserved = reservedEvent(event);
  if (reserved?.ours === true) {
    report(what.span, notEmittable(event));
    return null;
  }
  const shapes = eventShapes(project);
  if (Object.hasOwn(shapes, event)) return shapes[event]!;
  if (project.events !== null && reserved === null) {
    report(what.span, unknownEvent(event, Object.keys(project.events)));
  }
  return null;
}

type Fields = NonNullable<Project['events']>[string] | null;
