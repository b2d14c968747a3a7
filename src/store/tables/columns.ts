/** Columns as they are read, inserted and updated. Timestamps arrive as Date, bigint as text, jsonb parsed. */
import type { ColumnType } from 'kysely';

/** jsonb: read as T, written as text (`json()` of `store.ts`), so that arrays are not taken for Postgres arrays */
export type Jsonb<T> = ColumnType<T, string, string>;
export type NullableJsonb<T> = ColumnType<T | null, string | null | undefined, string | null>;
export type Time = ColumnType<Date, Date | string, Date | string>;
export type NullableTime = ColumnType<Date | null, Date | string | null | undefined, Date | string | null>;
export type GeneratedTime = ColumnType<Date, Date | string | undefined, Date | string>;
