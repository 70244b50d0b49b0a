import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { AccessRequest } from '../../api/kinds/access-request.ts';
import { CORE } from '../../api/kubernetes/core-types.ts';
import { OWN } from '../../api/kubernetes/resource-type.ts';
import { GROUP_VERSION, REQUESTS_NAMESPACE } from '../../api/names.ts';
import { NOW } from '../../test/fakes/fake-authority.ts';
import { LiveCatalogue } from '../../test/fakes/live-catalogue.ts';

let catalogue: LiveCatalogue;

beforeEach(async () => {
  catalogue = await LiveCatalogue.create();
});

afterEach(() => catalogue.stop());

const secondsAgo = (seconds: number): string =>
  `${new Date(NOW.getTime() - seconds * 1000).toISOString().slice(0, 19)}Z`;

describe('whether this cluster has told a user its ID', () => {
  const putRequest = (status: 'True' | 'False', answeredSecondsAgo: number): void => {
    const condition = { type: 'Answered', status, reason: 'Answered', message: '' } as const;
    const request: AccessRequest = {
      apiVersion: GROUP_VERSION,
      kind: 'AccessRequest',
      metadata: { namespace: REQUESTS_NAMESPACE, name: 'a'.repeat(32) },
      spec: { requester: { username: 'alice' }, wants: {} },
      status: { conditions: [{ ...condition, lastTransitionTime: secondsAgo(answeredSecondsAgo) }] },
    };
    catalogue.server.put(OWN.accessRequests, request);
  };

  const hasAnswered = async (username = 'alice', before = NOW): Promise<boolean> => {
    await catalogue.follow();
    return catalogue.state.hasAnswered(username, before);
  };

  test('it has, within the hour before', async () => {
    putRequest('True', 3600);
    expect(await hasAnswered()).toBe(true);
  });

  test('it has not, more than an hour before', async () => {
    putRequest('True', 3601);
    expect(await hasAnswered()).toBe(false);
  });

  test('it has not, while the question waited for its answer: what counts is when it was answered', async () => {
    putRequest('True', 10);
    expect(await hasAnswered('alice', new Date(NOW.getTime() - 11_000))).toBe(false);
  });

  test('a refusal tells nothing', async () => {
    putRequest('False', 10);
    expect(await hasAnswered()).toBe(false);
  });

  test('what others were told tells a user nothing', async () => {
    putRequest('True', 10);
    expect(await hasAnswered('bob')).toBe(false);
  });

  test('what was told this very moment counts', async () => {
    putRequest('True', 0);
    expect(await hasAnswered()).toBe(true);
  });
});

test('what is out of sight is named, and decides nothing', async () => {
  await catalogue.follow();
  expect(catalogue.state.staleResources()).toEqual([]);
  catalogue.nowMs += 200_000;
  expect(catalogue.state.staleResources().length).toBeGreaterThan(5);
  expect(() => catalogue.state.policies()).toThrow(expect.objectContaining({ code: 'StateUnavailable' }) as Error);
});

test('this cluster is none of its peers, under whatever ID it is written', async () => {
  const { id } = catalogue.cluster;
  catalogue.putIdentity('self', { clusterID: id });
  await catalogue.follow();
  expect(catalogue.state.peer(id)).toBeUndefined();
  expect(catalogue.state.allPeers()).toEqual([]);
});

test('a cluster whose nodes contradict what is declared has no place in what it signs', async () => {
  catalogue.server.put(CORE.nodes, {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name: 'stray', labels: { 'topology.kubernetes.io/region': 'us-east-1' } },
    spec: { providerID: 'aws:///us-east-1a/i-0' },
  });
  await catalogue.follow();
  const { cluster, place } = catalogue.state.self();
  expect(cluster).toEqual({ id: catalogue.cluster.id });
  expect(place).toMatchObject({ kind: 'contradictory', message: expect.stringContaining('aws/us-east-1: "stray"') });
});
