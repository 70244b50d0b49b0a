import { expect, test } from 'vitest';
import { waitEstablished } from './wait-established.ts';

const served = { status: { conditions: [{ type: 'Established', status: 'True' }] } };

test('a kind without conditions yet is waited for', async () => {
  const answers = [
    [served, {}],
    [served, { status: {} }],
    [served, { status: { conditions: null } }],
    [served, { status: { conditions: [{ type: 'NamesAccepted', status: 'True' }] } }],
    [served, { status: { conditions: [{ type: 'Established', status: 'False' }] } }],
    [served, served],
  ];
  let asked = 0;
  await waitEstablished(() => Promise.resolve(JSON.stringify({ items: answers[asked++] })));
  expect(asked).toBe(answers.length);
});
