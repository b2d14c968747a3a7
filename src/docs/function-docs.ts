/** What each function does, with examples whose values are computed when the page is written. */
export interface FunctionDoc {
  readonly does: string;
  /** expressions over nothing but literals and `now`; none where the function asks the store */
  readonly examples: readonly string[];
}

export const FUNCTION_GROUPS: { readonly [group: string]: { readonly [name: string]: FunctionDoc } } = {
  'Missing values': {
    default: { does: 'The value, or the other one where it is null.', examples: ['default(null, 0)', 'default(7, 0)'] },
    has: { does: 'Whether a field is there: the same as `!= null`.', examples: [] },
  },
  'What the store knows': {
    in_group: { does: 'Whether the contact is in a group of the catalogue.', examples: [] },
    in_flow: { does: 'Whether the contact is inside a flow now.', examples: [] },
    count: {
      does: 'How many events of this name the contact has had since a moment: `ago(…)`, `run.entered_at`, `steps.nudge.at`.',
      examples: [],
    },
  },
  'Dates and times': {
    ago: { does: "The moment that long before now, on the calendar of the flow's zone.", examples: ['ago("30 days")'] },
    shift: {
      does: 'The moment (or date) that much later; earlier with a minus.',
      examples: ['shift(now, "1 month")', 'shift(date("2026-01-31"), "1 month")', 'shift(now, "-2 hours")'],
    },
    date: {
      does: "The date of a text or of a moment, in the flow's zone.",
      examples: ['date("2026-11-27")', 'date(now)'],
    },
    timestamp: {
      does: "The moment that a text names; without an offset, in the flow's zone.",
      examples: ['timestamp("2026-11-27T09:00")', 'timestamp("2026-11-27T09:00:00Z")'],
    },
    format: {
      does: "A moment or a date as text, in the flow's zone, with English names.",
      examples: ['format(now, "d MMM yyyy")', `format(now, "EEEE, HH:mm 'Uhr'")`],
    },
  },
  Text: {
    lower: { does: 'In small letters.', examples: ['lower("Gold")'] },
    upper: { does: 'In capitals.', examples: ['upper("gold")'] },
    trim: { does: 'Without white space at both ends.', examples: ['trim("  Ada ")'] },
    replace: { does: 'Every occurrence replaced.', examples: ['replace("a-b-c", "-", "/")'] },
    split: { does: 'A list of the parts.', examples: ['split("books,music", ",")'] },
    join: { does: 'The items as one text.', examples: ['join(["books", "music"], " and ")'] },
    contains: { does: 'Whether the part stands in the text.', examples: ['"winter sale".contains("sale")'] },
    startsWith: { does: 'Whether the text begins with the part.', examples: ['"DE-10115".startsWith("DE-")'] },
    endsWith: { does: 'Whether the text ends with the part.', examples: ['"ada@example.com".endsWith(".com")'] },
  },
  'Lists and numbers': {
    size: {
      does: 'Characters of a text, items of a list, fields of an object; 0 of null.',
      examples: ['size("gold")', 'size([1, 2, 3])', 'size(null)'],
    },
    exists: { does: 'Whether the condition is true for an item.', examples: ['[5, 20].exists(price, price > 10)'] },
    all: { does: 'Whether it is true for every item.', examples: ['[5, 20].all(price, price > 10)'] },
    filter: { does: 'The items for which it is true.', examples: ['[5, 20].filter(price, price > 10)'] },
    map: { does: 'What the expression makes of each item.', examples: ['[5, 20].map(price, price * 2)'] },
    sum: { does: 'The sum; 0 of an empty or missing list.', examples: ['sum([5, 20])'] },
    min: {
      does: 'The least of a list, or of several values; nulls are passed over.',
      examples: ['min([5, 20])', 'min(3, 8)'],
    },
    max: { does: 'The greatest.', examples: ['max([5, 20])'] },
    round: {
      does: 'To a whole number, or to so many digits; half away from zero.',
      examples: ['round(2.5)', 'round(3.14159, 2)'],
    },
  },
  Conversion: {
    int: {
      does: 'A whole number, from text or a number; null where it is none.',
      examples: ['int("42")', 'int(3.9)', 'int("many")'],
    },
    double: { does: 'A number.', examples: ['double("3.5")'] },
    bool: { does: 'True or false.', examples: ['bool("true")'] },
    string: { does: 'Text.', examples: ['string(42)'] },
  },
};
