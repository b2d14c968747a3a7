/** Keys of a flow and of `mapp.yaml` that keep messages back (LANGUAGE.md §2). */
import * as z from 'zod';
import { clockTime, period, weekdays, zone } from '../steps/schemas.ts';

export const CHANNELS = ['email', 'sms', 'push'] as const;
const channel = z.enum(CHANNELS);

const quietHours = z
  .strictObject({
    from: clockTime,
    to: clockTime,
    weekdays: weekdays.optional(),
    timezone: zone.optional(),
    channels: z.array(channel).min(1).describe('a list of channels such as [sms, push]').optional(),
  })
  .describe('a map of "from" and "to", with "weekdays", "timezone" and "channels"');

const cap = z
  .strictObject({
    messages: z.int().min(1).max(1000).describe('a number from 1 to 1000'),
    per: period,
    channel: channel.optional(),
  })
  .describe('a map of "messages" and "per", with "channel"');

export const limitKeys = {
  quiet_hours: quietHours.optional(),
  frequency_cap: z
    .union([cap, z.array(cap).min(1)])
    .describe('a map of "messages" and "per", or a list of such maps')
    .optional(),
  on_late: z.enum(['send', 'skip', 'next_window']).optional(),
};
