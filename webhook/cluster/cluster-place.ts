import type { PlaceView } from '../state/views.ts';
import type { NodePlace } from './cluster-caches.ts';

/** What an operator declared in `ClusterIdentity/self`. */
export interface DeclaredPlace {
  readonly cloud?: string | undefined;
  readonly region?: string | undefined;
}

type Part = 'cloud' | 'region';

const PARTS: readonly Part[] = ['cloud', 'region'];

const MOST_NODES = 5;
const MOST_PLACES = 8;

/** As `provider/region`, with a dash for what the node does not say. */
const placeText = ({ cloud = '-', region = '-' }: Omit<NodePlace, 'name'>): string => `${cloud}/${region}`;

const namesText = (names: readonly string[]): string => {
  const shown = names.slice(0, MOST_NODES).map(name => `"${name}"`);
  const more = names.length - shown.length;
  return [...shown, ...(more > 0 ? [`${more} more`] : [])].join(', ');
};

/** Each place with the nodes that say it, the one that most say first. */
const listed = (nodes: readonly NodePlace[]): string => {
  const byPlace = Map.groupBy(
    nodes.toSorted((a, b) => (a.name < b.name ? -1 : 1)),
    placeText,
  );
  const places = [...byPlace].toSorted(([, a], [, b]) => b.length - a.length);
  const shown = places
    .slice(0, MOST_PLACES)
    .map(([place, members]) => `${place}: ${namesText(members.map(({ name }) => name))}`);
  const more = places.length - shown.length;
  return [...shown, ...(more > 0 ? [`${more} more places`] : [])].join('; ');
};

/**
 * Where a cluster is, by its nodes; what no node says may be declared. A node that says nothing counts for nothing: one
 * that has just joined has no provider ID until its cloud's controller gives it one. Nodes that contradict each other,
 * or what is declared, are not outvoted: then the cluster is at no place.
 */
export const clusterPlace = (nodes: readonly NodePlace[], declared: DeclaredPlace): PlaceView => {
  const said = (part: Part): string[] => [...new Set(nodes.flatMap(node => node[part] ?? []))];
  if (PARTS.some(part => said(part).length > 1)) {
    return { kind: 'contradictory', message: `its nodes say different places: ${listed(nodes)}` };
  }
  const [[byNodes], [regionByNodes]] = [said('cloud'), said('region')];
  const denied = PARTS.find(part => declared[part] !== undefined && said(part).some(value => value !== declared[part]));
  if (denied !== undefined) {
    return {
      kind: 'contradictory',
      message: `"${declared[denied]}" is declared as its ${denied}, but its nodes say otherwise: ${listed(nodes)}`,
    };
  }
  const cloud = byNodes ?? declared.cloud;
  const region = regionByNodes ?? declared.region;
  if (cloud === undefined || region === undefined) {
    const missing = PARTS.filter(part => (part === 'cloud' ? cloud : region) === undefined).join(' and no ');
    return { kind: 'unknown', message: `its nodes say no ${missing}, and none is declared` };
  }
  const isDeclared = byNodes === undefined || regionByNodes === undefined;
  return { kind: 'known', cloud, region, from: isDeclared ? 'Declared' : 'Nodes' };
};
