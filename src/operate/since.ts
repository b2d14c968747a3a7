import { negate, parseDuration } from '../plan/duration.ts';
import { addDuration, momentOfText } from '../plan/local-time.ts';

/** A moment (ISO 8601; without an offset UTC) or a period before `now` (`2 hours`); null when it is neither. */
export function parseSince(text: string, now: Date): Date | null {
  const moment = momentOfText(text, 'UTC');
  if (moment !== null) return new Date(moment);
  const period = parseDuration(text);
  return period === null ? null : new Date(addDuration(now.getTime(), negate(period), 'UTC'));
}
