import { expect, test } from 'vitest';
import { compileProject } from '../compiler/catalogue.ts';
import { compile } from '../compiler/compile.ts';
import { SourceText } from '../source/text.ts';
import { fieldMappings, mappingCsv } from './mapping.ts';

const CATALOGUE = `
project: shop
mapp: { key_field: flows_key, subtypes: { abandonedcart: abandonedCart } }
messages:
  welcome: { channel: email, id: "1", parameters: [coupon?, "odd,name?"] }
groups: { vips: "10144" }
attributes: { FirstName: string, Hobbies: string, Tier: string }
events: { signup: {} }
`;
const FLOW = `
flow: test
on: signup
steps:
  - send_email: welcome
    with: { coupon: X }
    set: { Hobbies: chess }
  - set: { Tier: gold }
    group: vips
  - save: abandoned_cart
    with: { sku: a, price: 3 }
  - start_automation: trial
    with: { plan: pro }
`;

test('everything that flows send has its row, in the file of its subtype', () => {
  const { project } = compileProject(new SourceText('mapp.yaml', CATALOGUE));
  const { plan, diagnostics } = compile(new SourceText('test.yaml', FLOW), project!);
  expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
  const mappings = fieldMappings(project!, [plan!]);
  expect(
    Object.fromEntries(
      mappings.map((one, at) => [
        one.subtype,
        mappingCsv(one, at === 0)
          .trim()
          .split('\n'),
      ]),
    ),
  ).toEqual({
    user: [
      'NONE,source,destination',
      'STANDARD,email,Email',
      'STANDARD,mobileNumber,MobileNumber',
      'STANDARD,externalID,Identifier',
      'STANDARD,userID,userID',
      'STANDARD,group,group',
      'STANDARD,delete,delete',
      'STANDARD,subscribe,subscribe',
      'STANDARD,doubleOptIn,doubleOptIn',
      'MEMBER,10144:Tier,10144:Tier',
      'STANDARD,FirstName,FirstName',
      'CUSTOM,Hobbies,Hobbies',
    ],
    email: [
      'cols,cold',
      'coupon,coupon',
      'email,email',
      'externalTransactionFormula,externalTransactionFormula',
      'flows_key,flows_key',
      'messageId,messageId',
      '"odd,name","odd,name"',
      'userID,userID',
    ],
    abandonedCart: ['cols,cold', 'email,email', 'mobileNumber,mobileNumber', 'price,price', 'sku,sku', 'userID,userID'],
    automation: [
      'cols,cold',
      'email,email',
      'external_event,external_event',
      'mobileNumber,mobileNumber',
      'plan,plan',
      'userID,userID',
    ],
  });
  expect(mappings.find(({ subtype }) => subtype === 'email')!.userRows).toEqual([
    { type: 'CUSTOM', source: 'Hobbies', destination: 'Hobbies' },
  ]);
});
