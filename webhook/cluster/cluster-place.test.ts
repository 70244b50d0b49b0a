import { describe, expect, test } from 'vitest';
import { clusterPlace } from './cluster-place.ts';

const node = (name: string, cloud?: string, region?: string) => ({
  name,
  ...(cloud === undefined ? {} : { cloud }),
  ...(region === undefined ? {} : { region }),
});

describe('a cluster is where', () => {
  test('its nodes say, all of them', () => {
    const nodes = [node('a', 'aws', 'eu-west-1'), node('b', 'aws', 'eu-west-1')];
    expect(clusterPlace(nodes, {})).toEqual({ kind: 'known', cloud: 'aws', region: 'eu-west-1', from: 'Nodes' });
  });

  test('its nodes say, though one that has just joined says nothing yet', () => {
    const nodes = [node('a', 'aws', 'eu-west-1'), node('new')];
    expect(clusterPlace(nodes, {})).toMatchObject({ kind: 'known', from: 'Nodes' });
  });

  test('an operator declares, if no node says anything', () => {
    const place = clusterPlace([node('a'), node('b')], { cloud: 'basement', region: 'berlin' });
    expect(place).toEqual({ kind: 'known', cloud: 'basement', region: 'berlin', from: 'Declared' });
  });

  test('an operator declares, as for the part that no node says', () => {
    const place = clusterPlace([node('a', 'kind')], { region: 'berlin' });
    expect(place).toEqual({ kind: 'known', cloud: 'kind', region: 'berlin', from: 'Declared' });
  });

  test('its nodes say, and an operator declares the same', () => {
    const place = clusterPlace([node('a', 'aws', 'eu-west-1')], { cloud: 'aws', region: 'eu-west-1' });
    expect(place).toMatchObject({ kind: 'known', from: 'Nodes' });
  });
});

describe('a cluster is at no place', () => {
  test('whose nodes say different regions: all of them are listed, the place that most say first', () => {
    const nodes = [
      node('c', 'aws', 'eu-west-2'),
      node('b', 'aws', 'eu-west-1'),
      node('a', 'aws', 'eu-west-1'),
      node('d'),
    ];
    expect(clusterPlace(nodes, {})).toEqual({
      kind: 'contradictory',
      message: 'its nodes say different places: aws/eu-west-1: "a", "b"; aws/eu-west-2: "c"; -/-: "d"',
    });
  });

  test('whose nodes say different clouds, though their region has one name', () => {
    const place = clusterPlace([node('a', 'aws', 'west'), node('b', 'azure', 'west')], {});
    expect(place.kind).toBe('contradictory');
  });

  test('whose nodes disagree, whatever is declared', () => {
    const nodes = [node('a', 'aws', 'eu-west-1'), node('b', 'aws', 'eu-west-2')];
    expect(clusterPlace(nodes, { cloud: 'aws', region: 'eu-west-1' }).kind).toBe('contradictory');
  });

  test.each([{ region: 'us-east-1' }, { cloud: 'azure' }])('whose nodes contradict what is declared: %o', declared => {
    const place = clusterPlace([node('a', 'aws', 'eu-west-1')], declared);
    expect(place).toMatchObject({ kind: 'contradictory', message: expect.stringContaining('aws/eu-west-1: "a"') });
  });

  test.each([
    [[], {}, 'no cloud and no region'],
    [[node('a')], { cloud: 'basement' }, 'no region'],
    [[node('a', 'kind')], {}, 'no region'],
    [[node('a', undefined, 'berlin')], {}, 'no cloud'],
  ])('of which nobody says all: %#', (nodes, declared, missing) => {
    const message = `its nodes say ${missing}, and none is declared`;
    expect(clusterPlace(nodes, declared)).toEqual({ kind: 'unknown', message });
  });

  test('of many nodes some are named and the others counted', () => {
    const many = Array.from({ length: 300 }, (_, index) => node(`n${index}`, 'aws', `r${index % 20}`));
    const { message } = clusterPlace(many, {}) as { readonly message: string };
    expect(message).toContain('10 more');
    expect(message).toContain('12 more places');
    expect(message.length).toBeLessThan(1024);
  });
});
