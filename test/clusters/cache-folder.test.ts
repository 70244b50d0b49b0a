import { expect, test } from 'vitest';
import { cacheFolder } from './cache-folder.ts';

test('KUBECTL_RECOVER_CACHE wins', () => {
  expect(cacheFolder({ KUBECTL_RECOVER_CACHE: '/own', XDG_CACHE_HOME: '/xdg' })).toBe('/own');
});

test('XDG_CACHE_HOME is next', () => {
  expect(cacheFolder({ XDG_CACHE_HOME: '/xdg' })).toBe('/xdg/kubectl-recover');
});

test('an empty variable counts as not set', () => {
  expect(cacheFolder({ KUBECTL_RECOVER_CACHE: '', XDG_CACHE_HOME: '' })).toMatch(/\/\.cache\/kubectl-recover$/);
});
