import { expect, test } from 'vitest';
import { uidOf } from '../../test/fakes/fake-authority.ts';
import { clusterOfUrn, clusterUrn, gateUrn, holderUrn, placeUrn } from './urns.ts';

const id = uidOf('cluster prod');

test('a cluster is found again in its URN', () => {
  expect(clusterOfUrn(clusterUrn(id))).toBe(id);
});

test.each([
  gateUrn(id),
  holderUrn(id),
  placeUrn('aws', id),
  id,
  '',
  `${clusterUrn(id)}\n`,
  ` ${clusterUrn(id)}`,
  `${clusterUrn(id)}/x`,
  `${clusterUrn(id)}x`,
  clusterUrn(id).toUpperCase(),
  clusterUrn(id.slice(1)),
  clusterUrn('__proto__'),
  `x${clusterUrn(id)}`,
])('%j is no URN of a cluster', urn => {
  expect(clusterOfUrn(urn)).toBeUndefined();
});

test('no two parties share a URN', () => {
  const urns = [clusterUrn('x'), gateUrn('x'), holderUrn('x'), placeUrn('x', 'x')];
  expect(new Set(urns).size).toBe(urns.length);
});
