import { expect, test } from 'vitest';
import { KNOWN_VELERO } from '../../api/velero/known-velero.ts';
import type { Deployment } from '../cluster/deployments.ts';
import { type Definition, judgeDefinitions, judgeVersions } from './velero-version.ts';

const velero = (image: string, name = 'velero'): Deployment => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { namespace: 'velero', name },
  spec: { template: { spec: { containers: [{ image }] } } },
});

test.each([
  ['velero/velero:v1.18.3', 'ok', 'is v1.18.3, which this version is tested with'],
  ['registry.example:5000/velero/velero:v1.18.0-rc.1@sha256:00', 'ok', 'is v1.18.0-rc.1'],
  ['velero/velero:v1.180.0', 'warning', 'is v1.180.0; this version is tested with 1.18'],
  ['velero/velero:v1.15.2', 'warning', 'is v1.15.2'],
  ['velero/velero:latest', 'ok', 'does not tell its version'],
  ['velero/velero@sha256:00', 'ok', 'does not tell its version'],
])('T86: an image %s: %s', (image, state, what) => {
  expect(judgeVersions([velero(image), velero('x:v1.0.0', 'another')])).toMatchObject([
    { state, what: expect.stringContaining(what) },
  ]);
});

const definition = (name: keyof typeof KNOWN_VELERO, more: { field?: string; phase?: string } = {}): Definition => {
  const { fields, phases } = KNOWN_VELERO[name];
  const names = [...fields, ...(more.field === undefined ? [] : [more.field])];
  const spec = { properties: Object.fromEntries(names.map(field => [field, {}])) };
  const phase = { enum: [...phases, ...(more.phase === undefined ? [] : [more.phase])] };
  const openAPIV3Schema = { properties: { spec, status: { properties: { phase } } } };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name },
    spec: { versions: [{ name: 'v1', schema: { openAPIV3Schema } }] },
  };
};

test('T86: what the tested Velero has is known, and an older one with less is too', () => {
  expect(judgeDefinitions([definition('restores.velero.io'), definition('backups.velero.io')])).toEqual([]);
  expect(judgeDefinitions([])).toEqual([]);
});

test('T86: a field or phase that nobody judged is named', () => {
  const found = judgeDefinitions([
    definition('restores.velero.io', { field: 'restoreEverything' }),
    definition('backups.velero.io', { phase: 'Resumed' }),
  ]);
  expect(found).toMatchObject([
    { state: 'warning', what: 'restores.velero.io has fields that this version does not know: "restoreEverything"' },
    { state: 'warning', what: 'backups.velero.io has phases that this version does not know: "Resumed"' },
  ]);
});
