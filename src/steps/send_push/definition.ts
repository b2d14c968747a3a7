import { missingApp, unknownApp } from '../../diagnostics/codes-names.ts';
import { conflictingKeys } from '../../diagnostics/codes-shape.ts';
import type { Named } from '../../plan/plan.ts';
import { textOf } from '../../source/node.ts';
import type { RawStep, StepContext, StepDefinition } from '../definition.ts';
import { text } from '../schemas.ts';
import { lowerSend, messageKey, namedApp, sendSettings } from '../send-definition.ts';

export const definition: StepDefinition<'send_push'> = {
  kind: 'send_push',
  summary: 'Sends a push message.',
  cost: 'effect',
  what: messageKey,
  settings: {
    ...sendSettings,
    app: { schema: text, doc: "An app of the catalogue; default: the message's, else the only one." },
  },
  lower: (step, context) => ({
    ...lowerSend(step, 'push', context),
    app: findApp(step, context),
    ...(isWeb(step, context) && { web: true }),
  }),
};

const NO_APP: Named = { name: '', id: '' };

function isWeb(step: RawStep, { project }: StepContext): boolean {
  return project.messages?.[textOf(step.what) ?? '']?.web === true;
}

function findApp(step: RawStep, context: StepContext): Named {
  const { apps, messages } = context.project;
  const names = Object.keys(apps ?? {});
  const setting = step.settings.get('app')?.node;
  if (isWeb(step, context)) {
    if (setting !== undefined)
      context.report(
        setting.span,
        conflictingKeys('app', 'web: true', 'the message is for browsers, which have no app'),
      );
    return NO_APP;
  }
  if (setting !== undefined) {
    const name = textOf(setting);
    const app = name === null ? NO_APP : namedApp(name, apps);
    if (app === null) context.report(setting.span, unknownApp(name ?? '', names));
    return app ?? NO_APP;
  }
  // A message that is unknown or of another channel has its diagnostic, and may have an app.
  if (messages !== null && messages[textOf(step.what) ?? '']?.channel !== 'push') return NO_APP;
  const ofMessage = messages?.[textOf(step.what) ?? '']?.app;
  // A message's unknown app is a mistake of mapp.yaml, reported there.
  if (ofMessage !== undefined) return namedApp(ofMessage, apps) ?? NO_APP;
  if (names.length !== 1 && !step.misspelt.includes('app')) context.report(step.kindSpan, missingApp(names));
  return names.length === 1 ? namedApp(names[0]!, apps)! : NO_APP;
}
