import type { RunPosition } from '../plan/notice.ts';

/** Markdown for the Temporal UI: where the person is, since when, what comes next and how to unblock. Asked for live, never stored. */
export function currentDetails({ status, step, kind, since, next, reason }: RunPosition): string {
  const rows = [
    ['status', status],
    ['step', step === null ? null : `\`${step}\` (${kind})`],
    ['since', since],
    ['next', next],
    ['why', reason ?? null],
  ];
  const lines = rows.filter(([, value]) => value !== null).map(([name, value]) => `| ${name} | ${cell(value!)} |`);
  return ['| | |', '| --- | --- |', ...lines].join('\n');
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}
