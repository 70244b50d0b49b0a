import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { OWN } from '../../api/kubernetes/resource-type.ts';
import { verdictOf } from '../environment/verdict.ts';
import type { OwnKindsScene } from './own-kinds-scene.ts';
import { newPeer } from './own-objects.ts';
import { PEERS } from './peer-attacks.ts';

/** T60: what the roles of who declares clusters lost, and of an operator, are good for and what not. */ export const testIdentityWriters =
  (scene: () => OwnKindsScene): void => {
    describe('who may write identities', () => {
      const inProd = ['--context', 'prod'];

      test('T60 | RBAC | is not who declares them lost, by any other way', async () => {
        const { declarer } = scene().attackers;
        const known = await declarer.get(OWN.clusterIdentities, { name: PEERS.living });
        expect(await verdictOf(declarer.replace(OWN.clusterIdentities, known))).toBe('RBAC');
        expect(await verdictOf(declarer.create(OWN.clusterIdentities, newPeer(scene().peer)))).toBe('RBAC');
        expect(
          await verdictOf(declarer.apply(OWN.clusterIdentities, newPeer(scene().peer), { fieldManager: 'thief' })),
        ).toBe('RBAC');
        expect(await verdictOf(declarer.remove(OWN.clusterIdentities, { name: PEERS.living }))).toBe('RBAC');
        const written = declarer.replace(OWN.clusterIdentities, known, { subresource: 'status' });
        expect(await verdictOf(written)).toBe('RBAC');
      });

      test('who declares a peer lost needs nothing else, and can take it back', async () => {
        const declarer = await scene().environment.user('declarer');
        const lost = ['cluster', 'declare-lost', PEERS.living, '--reason', 'it burns', ...inProd];
        expect(await declarer.recover(...lost)).toMatchObject({ exitCode: 0 });
        const { spec } = await scene().admin.get(OWN.clusterIdentities, { name: PEERS.living });
        expect(spec.lost?.reason).toBe('it burns');
        const found = ['cluster', 'declare-found', PEERS.living, ...inProd];
        expect(await declarer.recover(...found)).toMatchObject({ exitCode: 0 });
      });

      test('an operator by the ClusterRole alone trusts, exports, imports, revokes and rotates', async () => {
        const operator = await scene().environment.user('platform');
        const file = join(scene().environment.clusters.prod.dir, 'dr.yaml');
        const admins = scene().environment.operator;
        await writeFile(file, (await admins.recover('cluster', 'export', '--context', 'dr')).stdout);
        const run = async (...args: readonly string[]) => {
          const { exitCode, stderr } = await operator.recover(...args);
          expect(exitCode, stderr).toBe(0);
        };
        await run('cluster', 'trust', '-f', file, ...inProd);
        await run('cluster', 'trust', '-f', file, '--users', 'alice', ...inProd);
        const { spec } = await scene().admin.get(OWN.clusterIdentities, { name: 'dr' });
        const kid = spec.keys?.[0]?.kid ?? '';
        await run('cluster', 'revoke-key', 'dr', kid, '--reason', 'stolen', ...inProd);
        await run('cluster', 'rotate-keys', ...inProd);
        const label = { metadata: { labels: { team: 'platform' } } };
        const patched = scene().attackers.platform.mergePatch(OWN.clusterIdentities, { name: 'dr' }, label);
        expect(await verdictOf(patched)).toBe('stored');
        expect(await verdictOf(scene().attackers.platform.remove(OWN.clusterIdentities, { name: 'dr' }))).toBe(
          'stored',
        );
      });
    });
  };
