/** Quiet hours, caps and lateness of messages, as a flow and `mapp.yaml` write them alike. */
import { alwaysQuiet } from '../diagnostics/codes-flow.ts';
import type { Reporter } from '../diagnostics/diagnostic.ts';
import type { Cap } from '../plan/limits.ts';
import type { Plan } from '../plan/plan.ts';
import type { Project } from '../plan/project.ts';
import { child, entry, type MapNode, textOf, type YamlNode } from '../source/node.ts';
import { timeZone } from '../steps/time-zone.ts';
import { minutesOf, positivePeriod, weekdayNumbers } from '../steps/wait-settings.ts';
import { CHANNELS } from './limits-schema.ts';

/** What `mapp.yaml` says for all flows. */
export type ProjectLimits = Pick<Project, 'quiet_hours' | 'caps' | 'on_late'>;

/** `root`: the top of a flow or of the catalogue. Absent where nothing is written. */
export function lowerLimits(root: MapNode, of: Cap['of'], reporter: Reporter): ProjectLimits {
  const quiet = child(root, 'quiet_hours');
  const caps = child(root, 'frequency_cap');
  const late = textOf(child(root, 'on_late'));
  const lowered = quiet?.type === 'map' ? lowerQuietHours(quiet, reporter) : null;
  return {
    ...(lowered !== null && { quiet_hours: lowered }),
    ...(caps !== undefined && { caps: lowerCaps(caps, of, reporter) }),
    ...((late === 'send' || late === 'skip' || late === 'next_window') && { on_late: late }),
  };
}

/** The flow's own quiet hours and lateness stand in place of the project's; caps hold both. */
export function limitsOfPlan(
  own: ProjectLimits,
  project: Project,
  timezone: string,
): Pick<Plan, 'quiet_hours' | 'caps' | 'on_late'> {
  const quiet = own.quiet_hours ?? project.quiet_hours;
  const caps = [...(own.caps ?? []), ...(project.caps ?? [])];
  const late = own.on_late ?? project.on_late ?? 'send';
  return {
    ...(quiet !== undefined && { quiet_hours: { ...quiet, timezone: quiet.timezone ?? timezone } }),
    ...(caps.length > 0 && { caps }),
    ...(late !== 'send' && { on_late: late }),
  };
}

function lowerQuietHours(map: MapNode, reporter: Reporter): Project['quiet_hours'] | null {
  const from = textOf(child(map, 'from'));
  const to = textOf(child(map, 'to'));
  if (from === null || to === null) return null;
  const days = child(map, 'weekdays');
  const zone = child(map, 'timezone');
  const channels = child(map, 'channels');
  const weekdays = days === undefined ? undefined : weekdayNumbers(days);
  const wholeDays = minutesOf(from) === minutesOf(to);
  if (wholeDays && (weekdays === undefined || weekdays.length === 7)) {
    reporter.report(entry(map, 'to')!.value.span, alwaysQuiet());
  }
  return {
    from: minutesOf(from),
    to: minutesOf(to),
    ...(weekdays !== undefined && { weekdays }),
    ...(zone !== undefined && { timezone: timeZone(zone, reporter.report.bind(reporter), 'or contact') }),
    ...(channels?.type === 'list' && {
      channels: CHANNELS.filter((one) => channels.items.some((item) => textOf(item) === one)),
    }),
  };
}

function lowerCaps(node: YamlNode, of: Cap['of'], reporter: Reporter): Cap[] {
  const items = node.type === 'list' ? node.items : [node];
  return items.flatMap((item): Cap[] => {
    if (item.type !== 'map') return [];
    const per = child(item, 'per');
    const channel = CHANNELS.find((one) => one === textOf(child(item, 'channel')));
    const messages = Number(textOf(child(item, 'messages')));
    if (per === undefined) return [];
    const period = positivePeriod(per, { report: reporter.report.bind(reporter) });
    return [{ messages, per: period, ...(channel !== undefined && { channel }), of }];
  });
}
