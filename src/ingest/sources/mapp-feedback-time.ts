import { readTimestamp } from '../timestamp.ts';

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** Hours before UTC of the abbreviations that Mapp's clusters (Europe, United States) may print. */
const ZONES: { readonly [zone: string]: number } = {
  ...{ UTC: 0, GMT: 0, Z: 0, WET: 0, WEST: 1, BST: 1, CET: 1, CEST: 2, EET: 2, EEST: 3 },
  ...{ EST: -5, EDT: -4, CST: -6, CDT: -5, MST: -7, MDT: -6, PST: -8, PDT: -7 },
};

const JAVA_DATE = /^[A-Z][a-z]{2} ([A-Z][a-z]{2}) (\d{1,2}) (\d{2}:\d{2}:\d{2}) ([A-Z]{1,5}) (\d{4})$/;

/**
 * Milliseconds of a date as Java prints it (`Thu Apr 13 14:19:10 CEST 2023`), which is how Connect's feedback tells time, or of
 * any form that we take elsewhere. Null: none of them, or an abbreviation that is not known.
 */
export function readJavaDate(given: string): number | null {
  const match = JAVA_DATE.exec(given.trim());
  if (match === null) return readTimestamp(given);
  const [, month = '', day = '', clock = '', zone = '', year = ''] = match;
  const number = MONTHS.indexOf(month) + 1;
  const hours = ZONES[zone];
  if (number === 0 || hours === undefined) return null;
  const local = readTimestamp(`${year}-${String(number).padStart(2, '0')}-${day.padStart(2, '0')}T${clock}Z`);
  return local === null ? null : local - hours * 3_600_000;
}
