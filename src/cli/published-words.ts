import type { FlowChanges } from '../router/flow-changes.ts';

const MEANS: { readonly [status in FlowChanges['published'][number]['status']]: string } = {
  active: 'for new entries',
  draft: 'a draft now: nobody enters, people inside finish',
  paused: 'paused now: nobody enters, people inside hold',
  draining: 'draining now: nobody enters, people inside finish',
  stopped: 'stopped now: nobody enters, people inside exit',
};

/** One line for each flow that publishing changes, such as `published welcome 1f2e…: paused now: …`. */
export function publishedLines(
  { published, removed, held }: FlowChanges,
  verbs: { readonly published: string; readonly removed: string },
): string[] {
  return [
    ...published
      .filter(({ changed }) => changed)
      .map(({ flow, hash, status }) => `${verbs.published} ${flow} ${hash}: ${MEANS[status]}\n`),
    ...removed.map(
      (flow) =>
        `${verbs.removed} ${flow}: nobody enters, ${
          held.includes(flow)
            ? 'people inside stay held, as it was paused, until it comes back'
            : 'people inside finish'
        }\n`,
    ),
  ];
}
