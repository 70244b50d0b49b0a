import { expect, test } from 'vitest';
import { changesText, type Listing, listingText } from './listing.ts';
import { parseOutput } from './output.ts';

interface Item {
  readonly name: string;
  readonly state: string;
}

const listing: Listing<Item> = {
  titles: ['NAME', 'STATE'],
  rowOf: ({ name, state }) => [name, state],
  nameOf: ({ name }) => `item/${name}`,
};
const shop = { name: 'shop', state: 'ready' };
const billing = { name: 'billing', state: 'new' };
const format = (text: string) => parseOutput(text, ['name', 'wide']);

test.each([
  [undefined, 'NAME      STATE\nshop      ready\nbilling   new\n'],
  [format('wide'), 'NAME      STATE\nshop      ready\nbilling   new\n'],
  [format('name'), 'item/shop\nitem/billing\n'],
  [format('jsonpath={.items[*].name}'), 'shop billing'],
  [format('custom-columns=N:.name'), 'N\nshop\nbilling\n'],
])('a list as %j', (output, text) => {
  expect(listingText([shop, billing], listing, output)).toBe(text);
});

test.each([
  [undefined, 'billing   new\n'],
  [format('name'), 'item/billing\n'],
  [format('json'), '{\n  "name": "billing",\n  "state": "new"\n}\n'],
  [format('yaml'), '---\nname: billing\nstate: new\n'],
  [format('jsonpath={.name}'), 'billing'],
  [format('custom-columns=N:.name'), 'billing\n'],
])('what changed, as %j, stands below what was shown before', (output, text) => {
  expect(changesText([billing], [shop, billing], listing, output)).toBe(text);
});
