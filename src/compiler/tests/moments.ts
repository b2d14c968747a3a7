/** Moments of a case: absolute ones, and those counted from its start on the contact's calendar. */

import { conflictingKeys, wrongValue } from '../../diagnostics/codes-shape.ts';
import { beforeTheStart } from '../../diagnostics/codes-tests.ts';
import type { Finding } from '../../diagnostics/diagnostic.ts';
import { isNegative, negate } from '../../plan/duration.ts';
import { addDuration, isoWithOffset, momentOfText } from '../../plan/local-time.ts';
import type { Duration } from '../../plan/plan.ts';
import { entry, type MapNode, textOf, type YamlNode } from '../../source/node.ts';
import type { Span } from '../../source/text.ts';
import { fixedPeriod } from '../../steps/wait-settings.ts';

/** A Monday morning, for cases to which the day does not matter. */
const DEFAULT_START = '2026-01-05T10:00';

type Report = (span: Span, finding: Finding) => void;

export class Moments {
  readonly start: number;
  private readonly zone: string;
  private readonly report: Report;

  /** `zone`: the contact's, else the project's; holds for every moment written without an offset */
  constructor(start: YamlNode | undefined, zone: string, report: Report) {
    this.zone = zone;
    this.report = report;
    this.start = (start && this.moment(start)) ?? momentOfText(DEFAULT_START, zone)!;
  }

  /** When an item of `events` happens: `after` the start, `at` a moment, or at the start. */
  of(item: MapNode): number {
    const after = entry(item, 'after');
    const at = entry(item, 'at');
    if (after !== undefined && at !== undefined) {
      this.report(at.keySpan, conflictingKeys('at', 'after', 'an event happens once'));
    }
    if (after !== undefined) return this.shifted(this.period(after.value));
    const moment = at === undefined ? this.start : (this.moment(at.value) ?? this.start);
    if (moment < this.start) this.report(at!.value.span, beforeTheStart(textOf(at!.value)!, this.shown(this.start)));
    return moment;
  }

  /** A period before the start. */
  before(period: YamlNode | undefined): number {
    return period === undefined ? this.start : this.shifted(negate(this.period(period)));
  }

  private shifted(duration: Duration): number {
    return addDuration(this.start, duration, this.zone);
  }

  private period(node: YamlNode): Duration {
    const duration = fixedPeriod(node, { report: this.report });
    if (isNegative(duration)) this.report(node.span, wrongValue('a period', 'zero or more', textOf(node) ?? ''));
    return duration;
  }

  private moment(node: YamlNode): number | null {
    const text = textOf(node);
    if (text === null) return null;
    const moment = momentOfText(text.trim(), this.zone);
    if (moment === null)
      this.report(node.span, wrongValue('a moment', `like ${this.shown(Date.UTC(2026, 2, 27, 9))}`, text));
    return moment;
  }

  private shown(moment: number): string {
    return isoWithOffset(moment, this.zone).replace('.000', '');
  }
}
