import { describe, expect, test } from 'vitest';
import type { RestoreChoice } from '../../api/kinds/recovery.ts';
import { problemOf } from '../../test/fakes/problem-of.ts';
import { type RestoreFlags, restoreChoice } from './restore-choice.ts';

const flags: RestoreFlags = {
  map: [],
  includeResources: [],
  excludeResources: [],
  volumes: 'restore',
  existingResources: 'keep',
};

const choose = (given: Partial<RestoreFlags>): RestoreChoice => restoreChoice({ ...flags, ...given });

const refusal = (given: Partial<RestoreFlags>) => problemOf(() => choose(given));

test('without flags it is the whole group with its volumes, and nothing that is there is touched', () => {
  expect(choose({})).toStrictEqual({ volumes: 'Restore', existingResources: 'Keep' });
});

test('each flag stands in the choice', () => {
  const choice = choose({
    map: ['shop=shop-test', 'shop-db=shop-db-test'],
    includeResources: ['deployments.apps', 'services'],
    excludeResources: ['secrets'],
    selector: 'app=shop,tier=',
    volumes: 'skip',
    existingResources: 'update',
  });
  expect(choice).toStrictEqual({
    namespaceMapping: { shop: 'shop-test', 'shop-db': 'shop-db-test' },
    includedResources: ['deployments.apps', 'services'],
    excludedResources: ['secrets'],
    labelSelector: { matchLabels: { app: 'shop', tier: '' } },
    volumes: 'Skip',
    existingResources: 'Update',
  });
});

describe('a mapping', () => {
  test.each(['', '=', 'shop', 'shop=', '=shop', 'shop=a=b', 'shop==a', 'shop->a'])('cannot be "%s"', async pair => {
    expect(await refusal({ map: ['shop-db=x', pair] })).toEqual({
      code: 'UsageError',
      message: `"${pair}" is no mapping`,
      mend: 'write --map OLD=NEW',
    });
  });

  test.each(['shop-b', 'shop-a'])('has one target for each namespace, even if it is "%s" again', async again => {
    expect(await refusal({ map: ['shop=shop-a', `shop=${again}`] })).toEqual({
      code: 'UsageError',
      message: 'namespace "shop" is mapped twice',
      mend: 'give each --map once',
    });
  });

  test.each(['__proto__', 'constructor', 'toString'])('from "%s" is kept for the cluster to refuse', name => {
    expect(JSON.stringify(choose({ map: [`${name}=x`] }))).toContain(`"namespaceMapping":{"${name}":"x"}`);
  });

  test('from "__proto__" twice is refused', async () => {
    expect((await refusal({ map: ['__proto__=x', '__proto__=y'] })).message).toBe(
      'namespace "__proto__" is mapped twice',
    );
  });
});

describe('resources', () => {
  test.each(['includeResources', 'excludeResources'] as const)('%s are lists, and each counts once', flag => {
    const choice = choose({ [flag]: ['pods,services', 'pods', 'configmaps'] });
    expect(Object.values(choice)).toContainEqual(['pods', 'services', 'configmaps']);
  });

  test.each(
    (
      [
        ['includeResources', '--include-resources'],
        ['excludeResources', '--exclude-resources'],
      ] as const
    ).flatMap(([flag, name]) => ['', ',', 'pods,', ',pods', 'pods,,services'].map(value => ({ flag, name, value }))),
  )('an empty name in $name "$value" does not come to mean everything', async ({ flag, name, value }) => {
    expect(await refusal({ [flag]: [value] })).toEqual({
      code: 'UsageError',
      message: `"${value}" is no list of resources`,
      mend: `write ${name} deployments.apps,services`,
    });
  });
});

describe('a selector', () => {
  test.each([
    ['app=shop', { app: 'shop' }],
    ['app==shop', { app: 'shop' }],
    ['app=', { app: '' }],
    ['app=shop, tier=web', { app: 'shop', tier: 'web' }],
    ['app.kubernetes.io/name=shop', { 'app.kubernetes.io/name': 'shop' }],
  ])('may be "%s"', (selector, matchLabels) => {
    expect(choose({ selector })).toStrictEqual({
      labelSelector: { matchLabels },
      volumes: 'Restore',
      existingResources: 'Keep',
    });
  });

  test.each([
    ['', ''],
    ['app', 'app'],
    ['!app', '!app'],
    ['app!=shop', 'app!=shop'],
    ['app===shop', 'app===shop'],
    ['=shop', '=shop'],
    ['app=shop,', ''],
    ['app=shop,tier', 'tier'],
    ['app in (a,b)', 'app in (a'],
    ['app notin (a)', 'app notin (a)'],
    ['app = shop', 'app = shop'],
    ['app=a b', 'app=a b'],
    ['!app=shop', '!app=shop'],
    ['app tier=web', 'app tier=web'],
  ])('cannot be "%s"', async (selector, term) => {
    expect(await refusal({ selector })).toEqual({
      code: 'UsageError',
      message: `"${term}" is no selector that is supported here`,
      mend: 'write -l key=value,key2=value2',
    });
  });

  test('cannot ask for two values of one label, which no object has', async () => {
    expect(await refusal({ selector: 'app=shop,app=billing' })).toEqual({
      code: 'UsageError',
      message: 'label "app" is selected twice',
      mend: 'write each key once',
    });
  });

  test('of "__proto__" is kept, since without it every object would be meant', () => {
    expect(JSON.stringify(choose({ selector: '__proto__=x' }))).toContain('"matchLabels":{"__proto__":"x"}');
  });
});
