import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { EXAMPLE_KEY, EXAMPLE_KID } from '../../test/fakes/example-key.ts';
import { uidOf } from '../../test/fakes/fake-authority.ts';
import { FakeInstall } from '../../test/fakes/fake-install.ts';
import { FakeTerminal } from '../../test/fakes/fake-terminal.ts';
import { KubeconfigFolder } from '../../test/fakes/kubeconfig-folder.ts';
import { run } from '../run.ts';

const IDENTITIES = 'clusteridentities.kubectl-recover.io';

let prod: FakeInstall;
let dr: FakeInstall;
let folder: KubeconfigFolder;

beforeEach(async () => {
  folder = new KubeconfigFolder();
  [prod, dr] = await Promise.all([FakeInstall.start(), FakeInstall.start()]);
  prod.putIdentity('self', { spec: {}, status: { clusterID: uidOf('cluster prod'), keys: [EXAMPLE_KEY] } });
  dr.putIdentity('self', { spec: {}, status: { clusterID: uidOf('cluster dr'), keys: [EXAMPLE_KEY] } });
  const spec = { clusterID: uidOf('cluster lab'), keys: [EXAMPLE_KEY] };
  prod.putIdentity('lab', { spec });
  folder.write('lab.yaml', JSON.stringify(fileOf('lab', spec)));
});
afterEach(async () => {
  await Promise.all([prod.stop(), dr.stop()]);
  folder.remove();
});

const fileOf = (name: string, spec: object) => ({
  ...{ apiVersion: 'kubectl-recover.io/v1alpha1', kind: 'ClusterIdentity', metadata: { name }, spec },
});

/** What a login without some rights is told by a command in `prod`. */
const toldBy = async (argv: readonly string[]): Promise<string> => {
  const cluster = { 'insecure-skip-tls-verify': true };
  const KUBECONFIG = folder.write('config', [
    { name: 'prod', server: prod.url, cluster },
    { name: 'dr', server: dr.url, cluster },
  ]);
  const terminal = new FakeTerminal({ env: { KUBECONFIG } });
  const files = argv.map(word => (word === 'FILE' ? folder.pathOf('lab.yaml') : word));
  expect(await run(files, terminal)).toBe(1);
  return terminal.talk;
};

const bindingOf = (role: string, context = 'prod'): string =>
  `it is in the ClusterRole "${role}"; an admin of the cluster gives it: kubectl create clusterrolebinding alice-${role} --clusterrole=${role} --user=alice --context=${context}`;

const TRUST = ['cluster', 'trust', '--from-context', 'dr'];
const EACH_OTHER = ['cluster', 'trust', '--contexts', 'prod,dr', '--yes'];
const REVOKE = ['cluster', 'revoke-key', 'lab', EXAMPLE_KID, '--reason', 'x'];
const LOST = ['cluster', 'declare-lost', 'lab', '--reason', 'x'];
const INSTALL = ['install', '--image', 'registry.example.com/catalogue:1.0.0', '--yes'];

describe('whichever right is lacking, the ClusterRole for all of the command is named', () => {
  test.each<[string, readonly string[], readonly string[]]>([
    ['kubectl-recover-operator', TRUST, ['list', 'patch']],
    ['kubectl-recover-operator', [...TRUST, '--speaks-for', 'lab'], ['get', 'list', 'patch']],
    ['kubectl-recover-operator', [...TRUST, '--dry-run=server'], ['list', 'patch']],
    ['kubectl-recover-operator', ['cluster', 'trust', '--from-context', 'prod'], ['get', 'list', 'patch']],
    ['kubectl-recover-operator', ['cluster', 'trust', '-f', 'FILE', '--users', 'bob'], ['list', 'patch']],
    ['kubectl-recover-operator', EACH_OTHER, ['get', 'list', 'patch']],
    ['kubectl-recover-operator', REVOKE, ['get', 'patch']],
    ['kubectl-recover-operator', ['cluster', 'rotate-keys'], ['get', 'patch']],
    ['kubectl-recover-declare-lost', LOST, ['get', 'patch']],
  ])('%s for %j', async (role, argv, verbs) => {
    for (const verb of verbs) {
      prod.lacking.clear();
      prod.lacking.add(`${verb} ${IDENTITIES}`);
      expect(await toldBy(argv)).toContain(`cannot ${verb} resource`);
      expect(await toldBy(argv)).toContain(bindingOf(role));
    }
  });

  test.each<[readonly string[], readonly string[]]>([
    [INSTALL, ['list deployments.apps', 'list validatingadmissionpolicybindings.admissionregistration.k8s.io']],
    [['mode'], ['list validatingadmissionpolicybindings.admissionregistration.k8s.io']],
    [
      ['mode', 'enforce', '--yes', '--force'],
      [
        'list validatingadmissionpolicybindings.admissionregistration.k8s.io',
        'patch validatingadmissionpolicybindings.admissionregistration.k8s.io',
      ],
    ],
  ])('that of an admin of the cluster for %j', async (argv, rights) => {
    for (const right of rights) {
      prod.lacking.clear();
      prod.lacking.add(right);
      expect(await toldBy(argv)).toContain('as ClusterRole "cluster-admin" makes one');
    }
  });
});

describe('what is only read takes the smallest one', () => {
  test.each([
    ['get', ['cluster', 'export']],
    ['list', ['cluster', 'keys']],
    ['list', [...TRUST, '--dry-run=client']],
    ['get', [...EACH_OTHER, '-o', 'yaml']],
    ['get', [...REVOKE, '--dry-run=client']],
    ['get', ['cluster', 'rotate-keys', '--dry-run=client']],
  ])('%s, for %j', async (verb, argv) => {
    prod.lacking.add(`${verb} ${IDENTITIES}`);
    expect(await toldBy(argv)).toContain('--clusterrole=kubectl-recover-auditor --user=alice --context=prod');
  });

  test('in the source of a trust, which is only asked for its keys', async () => {
    dr.lacking.add(`get ${IDENTITIES}`);
    const told = await toldBy(TRUST);
    expect(told).toContain('--clusterrole=kubectl-recover-auditor --user=alice --context=dr');
    expect(told).toContain('in cluster "prod" the command takes the ClusterRole "kubectl-recover-operator"');
  });
});

test('of clusters that are to trust each other the one that refused is named', async () => {
  dr.lacking.add(`patch ${IDENTITIES}`);
  expect(await toldBy(EACH_OTHER)).toContain(bindingOf('kubectl-recover-operator', 'dr'));
});
