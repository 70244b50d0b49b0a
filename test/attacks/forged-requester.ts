import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { KubeObject } from '../../api/kinds/object-meta.ts';
import type { Requester } from '../../api/kinds/requester.ts';
import { OWN } from '../../api/kubernetes/resource-type.ts';
import { ANNOTATIONS } from '../../api/names.ts';
import { getGrant, type HeldGrant, recoveryFor } from '../environment/api-user.ts';
import { verdictOf } from '../environment/verdict.ts';
import { INSIDERS, type Insider, type OwnKindsScene } from './own-kinds-scene.ts';
import {
  NOBODYS_UID,
  newApproval,
  newGroup,
  newRequest,
  OBJECTS,
  OWN_KINDS,
  REQUESTER_RULE,
  userOf,
} from './own-objects.ts';
import { type AdmissionPart, type PutBack, takeAway } from './take-away.ts';

/** T67: who asks says in the body that he is somebody else. */ export const testForgedRequester = (
  scene: () => OwnKindsScene,
): void => {
  describe('the requester in the body', () => {
    const forger = async (): Promise<Requester> => ({ ...(await userOf(scene().attackers.editor)), username: 'alice' });

    test('T67 | is overwritten with who asks', async () => {
      const made = await scene().attackers.editor.create(OWN.accessRequests, newRequest(await forger()), {
        dryRun: true,
      });
      expect(made.spec.requester).toEqual(await userOf(scene().attackers.editor));
      const approved = await scene().attackers.editor.create(
        OWN.recoveryApprovals,
        newApproval(scene().recovery, await forger()),
        {
          dryRun: true,
        },
      );
      expect(approved.spec.requester?.username).toBe('editor');
    });

    test('T67 | of an ApplicationGroup, which is an annotation, too', async () => {
      const forged = newGroup({ annotations: { [ANNOTATIONS.requester]: JSON.stringify({ username: 'alice' }) } });
      const made = await scene().admin.create(OWN.applicationGroups, forged, { dryRun: true });
      const { username } = JSON.parse(made.metadata.annotations?.[ANNOTATIONS.requester] ?? '');
      expect(username).toBe((await userOf(scene().admin)).username);
    });

    test('T67 | wall 5 reads a name with quotes and backslashes as the webhook writes it', async () => {
      const { prod } = scene().environment.clusters;
      const name = 'acme\\dora "d"';
      await prod.apply({
        apiVersion: 'rbac.authorization.k8s.io/v1',
        kind: 'RoleBinding',
        metadata: { name: 'admin-dora', namespace: 'shop' },
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'admin' },
        subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name }],
      });
      const change = '{"spec":{"destinations":[{"cloud":"aws","region":"us-east-1"}]}}';
      const patch = ['patch', 'appgroup', 'shop', '-n', 'shop', '--type=merge', '-p', change];
      const answer = await prod.kubectl(...patch, '--dry-run=server', '-o', 'json', `--as=${name}`, '--as-group=g"1');
      const { metadata } = JSON.parse(answer) as KubeObject;
      const { username, groups } = JSON.parse(metadata.annotations?.[ANNOTATIONS.requester] ?? '');
      expect({ username, groups }).toEqual({ username: name, groups: ['g"1', 'system:authenticated'] });
    });

    describe('with the mutating webhook away', () => {
      /** What a forger may say of himself, from who he is. */
      const lies: Readonly<Record<string, (truth: Requester) => Requester | undefined>> = {
        'somebody else': truth => ({ ...truth, username: 'alice' }),
        'a further group': truth => ({ ...truth, groups: [...(truth.groups ?? []), 'system:masters'] }),
        'no groups': ({ groups: _, ...truth }) => truth,
        'a UID of another': truth => ({ ...truth, uid: NOBODYS_UID }),
        'something extra': truth => ({ ...truth, extra: { 'test.example/scope': ['everything'] } }),
        'nobody at all': () => undefined,
      };
      const forgers = (['editor', 'pipeline'] as const).flatMap(who =>
        Object.keys(lies).map(lie => [who, lie] as const),
      );
      let putBack: PutBack;

      const forged = async (who: Insider, lie: string): Promise<string[]> => {
        const requester = lies[lie]?.(await userOf(scene().attackers[who]));
        const destination = scene().environment.clusters.prod.clusterId;
        const registration = await recoveryFor({ held, backup: 'whole', destination });
        const spec = { ...registration.spec, ...(requester === undefined ? {} : { requester }) };
        return Promise.all([
          verdictOf(scene().attackers[who].create(OWN.accessRequests, newRequest(requester))),
          verdictOf(scene().attackers[who].create(OWN.recoveryApprovals, newApproval(scene().recovery, requester))),
          verdictOf(scene().attackers[who].create(OWN.recoveries, { ...registration, spec })),
        ]);
      };

      /** Of alice, which makes her worth being taken for. */
      let held: HeldGrant;

      const probe = (): Promise<string> =>
        verdictOf(scene().attackers.editor.create(OWN.accessRequests, newRequest(), { dryRun: true }));
      const theWebhook = (): AdmissionPart => ({
        cluster: scene().environment.clusters.prod,
        kind: 'MutatingWebhookConfiguration',
        name: 'kubectl-recover',
        probe,
      });

      beforeAll(async () => {
        held = await getGrant(scene().attackers.alice, 'shop/shop');
        putBack = await takeAway(theWebhook());
      });

      afterAll(async () => {
        await putBack?.();
      });

      test('who says the truth is heard', async () => {
        for (const who of INSIDERS.filter(name => name !== 'velero')) {
          const requester = await userOf(scene().attackers[who]);
          const write = scene().attackers[who].create(OWN.accessRequests, newRequest(requester), { dryRun: true });
          expect(await verdictOf(write)).toBe('stored');
        }
      });

      test.each(forgers)('T67 | requester rule | RequesterMismatch | %s says he is %s', async (who, lie) => {
        expect(await forged(who, lie)).toEqual(Array(3).fill(`${REQUESTER_RULE}: RequesterMismatch`));
      });

      const forgedAnnotations: Readonly<Record<string, string>> = {
        'somebody else': '{"username":"alice"}',
        'two at once': '{"username":"USER","username":"alice"}',
        'himself with another’s groups': '{"username":"USER","groups":["system:masters"]}',
        'no JSON': 'alice',
      };

      test.each(
        Object.entries(forgedAnnotations),
      )('T67 | wall 5 | RequesterMismatch | a group registered by %s', async (_lie, value) => {
        for (const who of ['editor', 'pipeline'] as const) {
          const { username } = await userOf(scene().attackers[who]);
          const annotations = { [ANNOTATIONS.requester]: value.replaceAll('USER', username) };
          const made = scene().attackers[who].create(OWN.applicationGroups, newGroup({ annotations }));
          expect(await verdictOf(made)).toBe(`${OWN_KINDS}: RequesterMismatch`);
          const changed = scene().attackers[who].mergePatch(
            OWN.applicationGroups,
            { namespace: 'shop', name: 'shop' },
            { metadata: { annotations }, spec: { destinations: [{ cloud: 'aws', region: 'us-east-1' }] } },
          );
          expect(await verdictOf(changed)).toBe(`${OWN_KINDS}: RequesterMismatch`);
        }
      });

      test('T67 | wall 5 | RequesterMismatch | a group changed in the name of who registered it', async () => {
        const change = { spec: { destinations: [{ cloud: 'aws', region: 'us-east-1' }] } };
        for (const who of ['editor', 'pipeline'] as const) {
          const at = { namespace: 'shop', name: 'shop' };
          const changed = scene().attackers[who].mergePatch(OWN.applicationGroups, at, change);
          expect(await verdictOf(changed)).toBe(`${OWN_KINDS}: RequesterMismatch`);
        }
      });

      test('T67 | a group registered by its requester, by his own word, is heard', async () => {
        const { username, uid, groups } = await userOf(scene().attackers.pipeline);
        const annotations = { [ANNOTATIONS.requester]: JSON.stringify({ username, uid, groups }) };
        const made = scene().attackers.pipeline.create(OWN.applicationGroups, newGroup({ annotations }), {
          dryRun: true,
        });
        expect(await verdictOf(made)).toBe('stored');
      });

      describe('and the requester rule with it', () => {
        let putRuleBack: PutBack;

        beforeAll(async () => {
          putRuleBack = await takeAway({
            cluster: scene().environment.clusters.prod,
            kind: 'ValidatingAdmissionPolicyBinding',
            name: REQUESTER_RULE,
            probe,
          });
        });

        afterAll(async () => {
          await putRuleBack?.();
        });

        test.each(forgers)('T67 | webhook | RequesterMismatch | %s says he is %s', async (who, lie) => {
          expect(await forged(who, lie)).toEqual(Array(3).fill(`${OBJECTS}: RequesterMismatch`));
        });
      });
    });
  });
};
