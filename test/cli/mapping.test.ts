import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { flows, projectWith } from './cli.ts';

const FILES = {
  'mapp.yaml': `
project: shop
messages:
  hello: { channel: email, id: "1", parameters: [coupon?] }
attributes: { Hobbies: string }
events: { newsletter_signup: {} }
`,
  'flows/welcome.yaml': `
flow: welcome
on: newsletter_signup
steps:
  - send_email: hello
    set: { Hobbies: chess }
`,
};

let remove = () => {};
afterEach(() => remove());

test('mapping: every subtype on stdout, one as a file to import, all into a directory', async () => {
  const made = projectWith(FILES);
  remove = made.remove;
  const all = await flows(made.dir, ['mapping']);
  expect(all).toMatchObject({ code: 0, err: expect.stringContaining('email: add by hand, with location "user"') });
  expect(all.out).toContain('# subtype user\nNONE,source,destination\n');
  expect(all.out).toContain('CUSTOM,Hobbies,Hobbies\n');
  const email =
    'cols,cold\ncoupon,coupon\nemail,email\nexternalTransactionFormula,externalTransactionFormula\nmessageId,messageId\nuserID,userID\n';
  expect(await flows(made.dir, ['mapping', '--subtype', 'email'])).toMatchObject({ code: 0, out: email });
  const written = await flows(made.dir, ['mapping', '--out', 'mapping', '--json']);
  const { files } = JSON.parse(written.out) as { files: string[] };
  expect(files).toEqual(['user', 'email'].map((name) => join(made.dir, 'mapping', `mapping-${name}.csv`)));
  expect(readFileSync(files[1]!, 'utf8')).toBe(email);
  expect(await flows(made.dir, ['mapping', '--subtype', 'coupon'])).toMatchObject({
    code: 1,
    err: expect.stringContaining('it sends user, email'),
  });
});
