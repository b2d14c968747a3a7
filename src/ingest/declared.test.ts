import { expect, test } from 'vitest';
import type { EventShapes, Field, FieldType } from '../plan/event.ts';
import type { Json } from '../plan/json.ts';
import { convertDeclared } from './declared.ts';

const field = (type: FieldType, optional = true): Field => ({ type, optional });
const shape = (type: FieldType): EventShapes => ({ e: { x: field(type) } });

const CASES: [type: FieldType, given: Json, converted: Json][] = [
  ['string', 5, '5'],
  ['string', true, 'true'],
  ['int', ' 2 ', 2],
  ['int', '2.0', 2],
  ['double', '189.90', 189.9],
  ['double', '-1e3', -1000],
  ['bool', 'True', true],
  ['bool', 'f', false],
  ['bool', 1, true],
  ['date', '2026-03-27', '2026-03-27'],
  ['date', '2026-03-27T23:30:00+02:00', '2026-03-27'],
  ['timestamp', '2026-03-27T23:30:00+02:00', '2026-03-27T21:30:00.000Z'],
  ['timestamp', '1777629661500', '2026-05-01T10:01:01.500Z'],
  ['any', { a: 1 }, { a: 1 }],
  [{ list: 'int' }, ['1', 2], [1, 2]],
  [{ fields: { y: field('double') } }, { y: '1.5', z: '1' }, { y: 1.5, z: '1' }],
];

test.each(CASES)('%j: %j becomes %j', (type, given, converted) => {
  expect(convertDeclared(shape(type), 'e', { x: given })).toEqual({ data: { x: converted }, notes: [] });
});

const FAILURES: [type: FieldType, given: Json][] = [
  ['int', '1.5'],
  ['int', '9007199254740993'],
  ['double', '1,234.50'],
  ['double', ''],
  ['double', true],
  ['double', '0x10'],
  ['bool', 'perhaps'],
  ['bool', {}],
  ['date', '2026-02-30'],
  ['date', 'tomorrow'],
  ['timestamp', '2026-03-27T10:00:00'],
  ['string', { a: 1 }],
  [{ list: 'int' }, '1'],
  [{ fields: {} }, 'text'],
];

test.each(FAILURES)('%j: %j becomes null and is noted', (type, given) => {
  const { data, notes } = convertDeclared(shape(type), 'e', { x: given });
  expect(data).toEqual({ x: null });
  expect(notes).toEqual([{ pointer: '/data/x', detail: expect.stringMatching(/^is not an? .*; it counts as null$/) }]);
});

test('an item of a list that cannot be converted is null by itself', () => {
  const { data, notes } = convertDeclared(shape({ list: 'int' }), 'e', { x: ['1', 'two'] });
  expect(data).toEqual({ x: [1, null] });
  expect(notes.map((note) => note.pointer)).toEqual(['/data/x/1']);
});

test('a field that must be there and is not is noted; others are not', () => {
  const shapes = { e: { must: field('string', false), may: field('string') } };
  expect(convertDeclared(shapes, 'e', {}).notes.map((note) => note.pointer)).toEqual(['/data/must']);
  expect(convertDeclared(shapes, 'e', { must: null }).notes).toHaveLength(1);
});

test('what is not declared stays as it is', () => {
  const data = { x: '5', toString: '7' };
  expect(convertDeclared(shape('int'), 'other', data)).toEqual({ data, notes: [] });
  expect(convertDeclared(null, 'e', data)).toEqual({ data, notes: [] });
  expect(convertDeclared(shape('int'), 'toString', data)).toEqual({ data, notes: [] });
  expect(convertDeclared(shape('int'), 'e', data).data).toEqual({ x: 5, toString: '7' });
});
