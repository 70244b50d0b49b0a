import { clusterUrn, placeUrn } from '../../api/tokens/urns.ts';
import { NOW, uidOf } from '../../test/fakes/fake-authority.ts';
import type { RecoveryScenario } from '../../test/fakes/recovery-scenario.ts';
import { testAllowances, testRefusals } from '../../test/fakes/refusals.ts';

const ELSEWHERE = uidOf('cluster elsewhere');
const HOUR_MS = 3_600_000;

const byPlace = (scenario: RecoveryScenario): void => scenario.nameThePlace();

const loseThePlace = (state: RecoveryScenario['state'], here: RecoveryScenario['here']): void => {
  const place = { kind: 'contradictory', message: 'its nodes say different places' } as const;
  state.selfView = { ...state.selfView, cluster: { id: here.id }, place };
};

const answeredAgo = (milliseconds: number, username = 'alice') => ({
  username,
  time: new Date(NOW.getTime() - milliseconds),
});

testRefusals('destination', [
  {
    why: 'another cluster',
    code: 'DestinationMismatch',
    flaw: ({ access }) => {
      access.destination = { cluster: ELSEWHERE };
      access.aud = `urn:kubectl-recover:cluster:${ELSEWHERE}`;
    },
  },
  {
    why: 'this cluster, but the audience is another',
    code: 'DestinationMismatch',
    flaw: ({ access }) => {
      access.aud = `urn:kubectl-recover:cluster:${ELSEWHERE}`;
    },
  },
  {
    why: 'another cluster, but the audience is this one',
    code: 'DestinationMismatch',
    flaw: ({ access }) => {
      access.destination = { cluster: ELSEWHERE };
    },
  },
  {
    why: 'the audience of this cluster’s gate',
    code: 'DestinationMismatch',
    flaw: ({ access, here }) => {
      access.aud = `urn:kubectl-recover:gate:${here.id}`;
    },
  },
  {
    why: 'a cluster and a cloud at once',
    code: 'DestinationMismatch',
    flaw: ({ access, here }) => {
      access.destination = { cluster: here.id, cloud: 'aws' };
    },
  },
  {
    why: 'a cluster and a region at once',
    code: 'DestinationMismatch',
    flaw: ({ access, here }) => {
      access.destination = { cluster: here.id, region: 'eu-central-1' };
    },
  },
  {
    why: 'no destination at all',
    code: 'DestinationMismatch',
    flaw: ({ access }) => {
      access.destination = {};
    },
  },
  {
    why: 'another cloud',
    code: 'DestinationMismatch',
    origin: 'peer',
    given: byPlace,
    flaw: ({ access }) => {
      access.destination = { ...access.destination, cloud: 'gcp' };
      access.aud = placeUrn('gcp', 'eu-west-1');
    },
  },
  {
    why: 'another region',
    code: 'DestinationMismatch',
    origin: 'peer',
    given: byPlace,
    flaw: ({ access }) => {
      access.destination = { ...access.destination, region: 'eu-central-1' };
      access.aud = placeUrn('aws', 'eu-central-1');
    },
  },
  {
    why: 'a place, but the audience is another',
    code: 'DestinationMismatch',
    origin: 'peer',
    given: byPlace,
    flaw: ({ access }) => {
      access.aud = placeUrn('aws', 'eu-central-1');
    },
  },
  {
    why: 'a place, but the audience is this cluster',
    code: 'DestinationMismatch',
    origin: 'peer',
    given: byPlace,
    flaw: ({ access, here }) => {
      access.aud = here.urn;
    },
  },
  {
    why: 'a place without the reason for naming no cluster',
    code: 'DestinationMismatch',
    origin: 'peer',
    given: byPlace,
    flaw: ({ access }) => {
      access.destination = { cloud: 'aws', region: 'eu-west-1' };
    },
  },
  {
    why: 'a place without region',
    code: 'DestinationMismatch',
    origin: 'peer',
    given: byPlace,
    flaw: ({ access }) => {
      access.destination = { cloud: 'aws', clusterUnavailable: 'it does not answer' };
    },
  },
  {
    why: 'a place, while this cluster does not know where it is',
    code: 'DestinationMismatch',
    origin: 'peer',
    given: byPlace,
    flaw: ({ state, here }) => {
      loseThePlace(state, here);
    },
  },
  {
    why: 'no place, while this cluster does not know where it is',
    code: 'DestinationMismatch',
    origin: 'peer',
    given: byPlace,
    flaw: ({ access, state, here }) => {
      loseThePlace(state, here);
      access.destination = { clusterUnavailable: 'it does not answer' };
      access.aud = 'urn:kubectl-recover:place:undefined:undefined';
    },
  },
  {
    why: 'data of a peer without allowed destinations',
    code: 'DestinationNotAllowed',
    origin: 'peer',
    flaw: ({ grant }) => {
      delete grant.destinations;
    },
  },
  {
    why: 'data of a peer that may go nowhere',
    code: 'DestinationNotAllowed',
    origin: 'peer',
    flaw: ({ grant }) => {
      grant.destinations = [];
    },
  },
  {
    why: 'data that may go to other places only',
    code: 'DestinationNotAllowed',
    origin: 'peer',
    flaw: ({ grant, source }) => {
      grant.destinations = [
        { clusterID: ELSEWHERE },
        { clusterID: source.id },
        { cloud: 'aws', region: 'eu-central-1' },
        { cloud: 'gcp', region: 'eu-west-1' },
        { cloud: 'aws' },
        { region: 'eu-west-1' },
        {},
      ];
    },
  },
  {
    why: 'data that may go to another cluster of this very place',
    code: 'DestinationNotAllowed',
    origin: 'peer',
    given: ({ grant }) => {
      grant.destinations = [{ cloud: 'aws', region: 'eu-west-1' }];
    },
    flaw: ({ grant }) => {
      grant.destinations = [{ clusterID: ELSEWHERE, cloud: 'aws', region: 'eu-west-1' }];
    },
  },
  {
    why: 'data that may go to a place, while this cluster does not know where it is',
    code: 'DestinationNotAllowed',
    origin: 'peer',
    given: ({ grant }) => {
      grant.destinations = [{ cloud: 'aws', region: 'eu-west-1' }, {}];
    },
    flaw: ({ state, here }) => {
      loseThePlace(state, here);
    },
  },
  ...(['home', 'gone', 'lost'] as const).map(origin => ({
    why: `a place, though this cluster gave the proof itself (${origin})`,
    code: 'ClusterIdentifierAvailable' as const,
    origin,
    flaw: byPlace,
  })),
  {
    why: 'a place that was prepared, though this cluster had told its ID before that',
    code: 'ClusterIdentifierAvailable',
    origin: 'peer',
    given: scenario => {
      byPlace(scenario);
      scenario.prepare();
    },
    flaw: ({ state, grant }) => {
      state.answers.push({ username: 'alice', time: new Date(grant.iat * 1000 - 60_000) });
    },
  },
  {
    why: 'another cluster than the one that it was prepared for',
    code: 'DestinationMismatch',
    origin: 'peer',
    given: scenario => scenario.prepare(),
    flaw: scenario => {
      scenario.access.destination = { cluster: ELSEWHERE };
      scenario.access.aud = clusterUrn(ELSEWHERE);
      scenario.prepare();
    },
  },
  ...[0, 1, 600_000, HOUR_MS].map(ago => ({
    why: `a place, though this cluster told its ID ${ago} ms before`,
    code: 'ClusterIdentifierAvailable' as const,
    origin: 'peer' as const,
    given: byPlace,
    flaw: ({ state }: RecoveryScenario) => {
      state.answers.push(answeredAgo(ago));
    },
  })),
]);

testAllowances('destination', [
  { why: 'the cluster by its ID', given: () => undefined },
  { why: 'the cluster by its place', origin: 'peer', given: byPlace },
  {
    why: 'the place that was prepared, whatever this cluster told since',
    origin: 'peer',
    given: scenario => {
      byPlace(scenario);
      scenario.prepare();
      scenario.state.answers.push(answeredAgo(1000));
    },
  },
  {
    why: 'the cluster that it was prepared for, by its ID',
    origin: 'peer',
    given: scenario => scenario.prepare(),
  },
  {
    why: 'the place, though this cluster told its ID more than an hour ago, or told others',
    origin: 'peer',
    given: scenario => {
      byPlace(scenario);
      scenario.state.answers.push(answeredAgo(HOUR_MS + 1), answeredAgo(-1), answeredAgo(600_000, 'bob'));
    },
  },
  {
    why: 'the cluster by its ID, told just before',
    given: ({ state }) => {
      state.answers.push(answeredAgo(1000));
    },
  },
  {
    why: 'data that goes back to where it came from, whatever the owners allow',
    given: ({ grant }) => {
      grant.destinations = [{ clusterID: ELSEWHERE }];
    },
  },
  {
    why: 'one of several destinations',
    origin: 'peer',
    given: ({ grant, here }) => {
      grant.destinations = [{ clusterID: ELSEWHERE }, { cloud: 'gcp', region: 'x' }, { clusterID: here.id }];
    },
  },
  {
    why: 'the place of this cluster',
    origin: 'peer',
    given: ({ grant }) => {
      grant.destinations = [{ cloud: 'aws', region: 'eu-west-1' }];
    },
  },
]);
