import { chmodSync, existsSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import type { Recovery } from '../../api/kinds/recovery.ts';
import { verifyAccessChain } from '../../api/tokens/access-chain.ts';
import { accessToken } from '../../api/tokens/kinds.ts';
import { decodeToken } from '../../api/tokens/verify-token.ts';
import { shown } from '../../test/environment/shown.ts';
import { codeOf } from '../../test/fakes/code-of.ts';
import { keysOf, NOW } from '../../test/fakes/fake-authority.ts';
import { FakeCatalogue } from '../../test/fakes/fake-catalogue.ts';
import { FakeTerminal, type TerminalSetting } from '../../test/fakes/fake-terminal.ts';
import { KubeconfigFolder } from '../../test/fakes/kubeconfig-folder.ts';
import { run } from '../run.ts';

let prod: FakeCatalogue;
let dr: FakeCatalogue;
let folder: KubeconfigFolder;
let file: string;

const POINT = {
  backup: 'night',
  source: '5f0e0c1e-0000-4000-8000-000000000001',
  startTime: '2026-03-02T03:00:00Z',
  namespaces: ['shop'],
  phase: 'Completed',
  usable: true,
};

beforeEach(async () => {
  [prod, dr] = await Promise.all([FakeCatalogue.start('prod'), FakeCatalogue.start('dr')]);
  folder = new KubeconfigFolder();
  file = folder.pathOf('shop.yaml');
  prod.answer = { points: [POINT] };
});

afterEach(async () => {
  await Promise.all([prod.stop(), dr.stop()]);
  folder.remove();
});

const recover = async (argv: readonly string[], setting: TerminalSetting = {}) => {
  const cluster = { 'insecure-skip-tls-verify': true };
  const KUBECONFIG = folder.write('config', [
    { name: 'prod', server: prod.url, cluster },
    { name: 'dr', server: dr.url, cluster },
    { name: 'nowhere', server: 'http://127.0.0.1:9', cluster },
  ]);
  const terminal = new FakeTerminal({ env: { KUBECONFIG }, ...setting });
  const exitCode = await run(argv, terminal);
  return { exitCode, talk: terminal.talk, data: terminal.data, terminal };
};

const prepare = (...argv: readonly string[]) => recover(['prepare', 'shop', '--latest', '-o', file, ...argv]);
const FOR_PLACE = ['--to-cloud', 'gce', '--to-region', 'europe-west3'] as const;
const use = (...argv: readonly string[]) => recover(['-f', file, '--context', 'dr', '--yes', ...argv]);

const fileContent = (): Recovery => parse(readFileSync(file, 'utf8')) as Recovery;
const accessOf = ({ spec }: Recovery) => decodeToken(accessToken, spec.accessToken).claims;

describe('prepare', () => {
  test('writes a Recovery that only its user may read, bound to one point, one place and one token', async () => {
    const { exitCode, talk, data } = await prepare(...FOR_PLACE);
    expect({ exitCode, data }).toEqual({ exitCode: 0, data: '' });
    expect(talk).toContain('prepared "shop" from night for any cluster in gce/europe-west3, until 2026-03-03T11:59:00');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const access = accessOf(fileContent());
    expect(access).toMatchObject({
      aud: 'urn:kubectl-recover:place:gce:europe-west3',
      point: { backup: 'night', source: POINT.source },
      destination: { cloud: 'gce', region: 'europe-west3' },
    });
    expect(prod.asked.at(-1)?.prepare).toEqual({
      accessTokenID: access.jti,
      point: access.point,
      destination: { cloud: 'gce', region: 'europe-west3' },
      restoreDigest: access.restoreDigest,
      lifeSeconds: 86_400,
    });
    expect(dr.server.requests).toEqual([]);
  });

  test('keeps no key: nothing in the file can sign, and the chain is whole but for its holder', async () => {
    await prepare(...FOR_PLACE);
    expect(readFileSync(file, 'utf8')).not.toMatch(/PRIVATE|"d"/);
    const { accessToken: token } = fileContent().spec;
    // The fake grants to a holder of its own; what is signed by another key is told by the verifier.
    const verdict = () => verifyAccessChain(token, { grantKey: keysOf([prod.cluster], 'Grant'), now: NOW });
    expect(await codeOf(verdict)).toBe('TokenUntrusted');
  });

  test.each([
    [['--to-cluster', '9b2e0c1e-0000-4000-8000-000000000009'], { clusterID: '9b2e0c1e-0000-4000-8000-000000000009' }],
    [FOR_PLACE, { cloud: 'gce', region: 'europe-west3' }],
  ])('by hand for %j asks for no more than that', async (flags, destination) => {
    expect((await prepare(...flags)).exitCode).toBe(0);
    expect(prod.asked.at(-1)?.prepare?.destination).toEqual(destination);
  });

  test('between two contexts asks the destination for its ID', async () => {
    expect((await prepare('--from-context', 'prod', '--context', 'dr')).exitCode).toBe(0);
    expect(accessOf(fileContent()).destination).toEqual({ cluster: dr.cluster.id });
  });

  test('for a destination that cannot be reached takes the only one that the owners allow, and says why', async () => {
    prod.answer = { points: [POINT], group: groupAllowing({ cloud: 'gce', region: 'europe-west3' }) };
    const { exitCode, talk } = await prepare('--from-context', 'prod', '--context', 'nowhere');
    expect(exitCode).toBe(0);
    expect(talk).toContain('the destination is any cluster in gce/europe-west3: cluster "nowhere" cannot be reached');
    expect(accessOf(fileContent()).destination.clusterUnavailable).toContain('cannot be reached');
  });

  test('for a destination that cannot be reached guesses nothing among several', async () => {
    const group = groupAllowing({ cloud: 'gce', region: 'europe-west3' }, { cloud: 'aws', region: 'eu-west-1' });
    prod.answer = { points: [POINT], group };
    const { exitCode, talk } = await prepare('--from-context', 'prod', '--context', 'nowhere');
    expect({ exitCode, there: existsSync(file) }).toEqual({ exitCode: 1, there: false });
    expect(talk).toContain('--to-cloud and --to-region');
  });

  test('says nothing of a destination: which one?', async () => {
    const { exitCode, talk } = await prepare('--context', 'prod');
    expect(exitCode).toBe(2);
    expect(talk).toContain('prepared for which destination?');
  });

  test('overwrites no file, unless it is forced; then the file is a new one', async () => {
    writeFileSync(folder.pathOf('precious'), 'precious', { mode: 0o644 });
    symlinkSync(folder.pathOf('precious'), file);
    expect((await prepare(...FOR_PLACE)).exitCode).toBe(2);
    expect(prod.asked).toEqual([]);
    expect((await prepare(...FOR_PLACE, '--force')).exitCode).toBe(0);
    expect(readFileSync(folder.pathOf('precious'), 'utf8')).toBe('precious');
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  test.each(['59s', '169h', '8d'])('lives no %s', async duration => {
    expect((await prepare(...FOR_PLACE, '--duration', duration)).exitCode).toBe(2);
    expect(prod.asked).toEqual([]);
  });
});

const groupAllowing = (...destinations: readonly { readonly cloud: string; readonly region: string }[]) => ({
  id: `${POINT.source}/${POINT.source}`,
  namespace: 'shop',
  name: 'shop',
  namespaces: [],
  owners: [],
  destinations: [...destinations],
  ready: true,
});

describe('-f', () => {
  test('registers what the file holds, with nothing of the file’s own, and writes down where', async () => {
    await prepare(...FOR_PLACE);
    const { annotations: _, ...metadata } = fileContent().metadata;
    const prepared = { ...fileContent(), metadata };
    const { exitCode, talk } = await use();
    expect(exitCode).toBe(0);
    expect(talk).toContain('recovered "shop" from night in cluster "dr"');
    expect(dr.registered).toEqual([prepared]);
    expect(fileContent().metadata.annotations).toEqual({ 'kubectl-recover.io/registered-in': dr.cluster.id });
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  test('a second time follows what is there', async () => {
    await prepare(...FOR_PLACE);
    await use();
    const { exitCode, talk } = await use();
    expect(exitCode).toBe(0);
    expect(talk).toContain('it is not repeated');
    expect(dr.registered).toHaveLength(1);
  });

  test('registered in one cluster goes to no other of the place', async () => {
    await prepare(...FOR_PLACE);
    await use();
    const { exitCode, talk } = await recover(['-f', file, '--context', 'prod', '--yes']);
    expect(exitCode).toBe(3);
    expect(talk).toContain('(TokenUsed)');
    expect(prod.registered).toEqual([]);
  });

  test('is written down before it is sent: a crash in between leaves it to this cluster alone', async () => {
    await prepare(...FOR_PLACE);
    dr.onRegister = () => {
      expect(fileContent().metadata.annotations).toEqual({ 'kubectl-recover.io/registered-in': dr.cluster.id });
      return 'cut';
    };
    expect((await use()).exitCode).toBe(1);
    expect(fileContent().metadata.annotations).toEqual({ 'kubectl-recover.io/registered-in': dr.cluster.id });
  });

  test('a refusal frees it again', async () => {
    await prepare(...FOR_PLACE);
    dr.onRegister = () => 'refuse';
    expect((await use()).exitCode).toBe(3);
    expect(fileContent().metadata.annotations).toBeUndefined();
  });

  test('a file that cannot be written to is not sent', async () => {
    await prepare(...FOR_PLACE);
    const isRoot = process.getuid?.() === 0;
    if (!isRoot) chmodSync(folder.path, 0o500);
    const read = isRoot ? '/proc/self/environ' : file;
    const { exitCode } = await recover(['-f', read, '--context', 'dr', '--yes']);
    chmodSync(folder.path, 0o700);
    expect({ exitCode, sent: dr.registered }).toEqual({ exitCode: 2, sent: [] });
  });

  test('a dry run writes nothing, not even into the file', async () => {
    await prepare(...FOR_PLACE);
    const before = readFileSync(file, 'utf8');
    expect((await use('--dry-run=server')).talk).toContain('would allow this recovery');
    expect((await use('--dry-run=client')).exitCode).toBe(0);
    expect(readFileSync(file, 'utf8')).toBe(before);
  });

  test('somebody else is refused, before and after it was registered', async () => {
    await prepare(...FOR_PLACE);
    dr.username = 'bob';
    expect((await use()).talk).toContain('(RequesterMismatch)');
    dr.username = 'alice';
    await use();
    dr.username = 'bob';
    const { exitCode, talk } = await use();
    expect(exitCode).toBe(3);
    expect(talk).toContain('you are "bob"');
    expect(dr.registered).toHaveLength(1);
  });

  test('prepared for one cluster goes to no other', async () => {
    await prepare('--from-context', 'prod', '--context', 'dr');
    const { talk } = await recover(['-f', file, '--context', 'prod', '--yes']);
    expect(talk).toContain('(DestinationMismatch)');
    expect(prod.registered).toEqual([]);
    expect((await use()).exitCode).toBe(0);
    expect(fileContent().metadata.annotations).toBeUndefined();
  });

  test('after its life is not sent', async () => {
    await prepare(...FOR_PLACE);
    const now = new Date(NOW.getTime() + 86_400_000);
    const { talk, exitCode } = await recover(['-f', file, '--context', 'dr', '--yes'], {
      now,
      env: { KUBECONFIG: folder.pathOf('config') },
    });
    await expect(shown('-f shop.yaml --context dr --yes', { exitCode, stdout: '', stderr: talk })).toMatchFileSnapshot(
      join(import.meta.dirname, '..', '..', 'test', 'golden', 'refusals', 'prepare', 'after-its-life-is-not-sent.txt'),
    );
    expect(talk).toContain('(TokenExpired)');
    expect({ exitCode, sent: dr.registered }).toEqual({ exitCode: 3, sent: [] });
  });

  test.each([
    'none',
    '',
    'kind: Recovery',
    '{"kind":"ConfigMap"}',
    '- a\n- b',
    '&a [*a, *a]',
  ])('a file that is no prepared recovery is refused: %j', async content => {
    writeFileSync(file, content);
    const { exitCode, talk } = await use();
    expect(exitCode).toBe(2);
    expect(talk).toContain('kubectl recover prepare');
    expect(dr.server.requests).toEqual([]);
  });

  test.each([
    [['shop']],
    [['--latest']],
    [['--point', 'night']],
    [['--map', 'a=b']],
    [['--to-cluster', 'x']],
    [['--volumes', 'skip']],
    [['--reason', 'why']],
    [['--from-context', 'prod']],
  ])('says all of it: %j beside it is refused', async flags => {
    await prepare(...FOR_PLACE);
    const { exitCode, talk } = await recover([...flags, '-f', file, '--context', 'dr']);
    expect(exitCode).toBe(2);
    expect(talk).toContain('the file says all of it');
  });
});

describe('recover between two clusters', () => {
  const between = (...argv: readonly string[]) =>
    recover(['shop', '--latest', '--from-context', 'prod', '--context', 'dr', '--yes', ...argv]);

  test('by cloud and region does not ask the destination, which would have told its ID', async () => {
    const { exitCode, talk } = await between(...FOR_PLACE);
    expect(exitCode).toBe(0);
    expect(talk).toContain('the destination is any cluster in gce/europe-west3: named by hand');
    expect(dr.asked).toEqual([]);
    const [registered] = dr.registered;
    expect(registered && accessOf(registered).destination).toMatchObject({ cloud: 'gce', region: 'europe-west3' });
  });

  test('a destination that does not tell its ID is named by the only place that the owners allow', async () => {
    dr.isSilent = true;
    prod.destinations = [{ cloud: 'gce', region: 'europe-west3' }];
    const { exitCode, talk } = await between();
    expect(exitCode).toBe(0);
    expect(talk).toContain('has not answered it in 15 s');
    const [registered] = dr.registered;
    expect(registered && accessOf(registered).destination).toMatchObject({
      cloud: 'gce',
      clusterUnavailable: expect.stringContaining('has not answered'),
    });
  });

  test('a destination that does not tell its ID is not guessed among several', async () => {
    dr.isSilent = true;
    prod.destinations = [{ cloud: 'gce', region: 'europe-west3' }, { clusterID: POINT.source }];
    const { exitCode, talk } = await between();
    expect({ exitCode, sent: dr.registered }).toEqual({ exitCode: 1, sent: [] });
    expect(talk).toContain('(CatalogueMissing)');
  });

  test('a destination that does not tell its ID can be named by it', async () => {
    dr.isSilent = true;
    expect((await between('--to-cluster', dr.cluster.id)).exitCode).toBe(0);
    const [registered] = dr.registered;
    expect(registered && accessOf(registered).destination).toEqual({ cluster: dr.cluster.id });
  });

  test('the cluster that gives the proof cannot be named by its place', async () => {
    const { exitCode, talk } = await recover(['shop', '--latest', '--context', 'prod', ...FOR_PLACE]);
    expect(exitCode).toBe(3);
    expect(talk).toContain('(ClusterIdentifierAvailable)');
    expect(prod.asked).toEqual([]);
  });

  test.each([
    [['--to-cloud', 'gce']],
    [['--to-region', 'x']],
    [['--to-cluster', 'a', ...FOR_PLACE]],
    [['--to-cloud=', '--to-region=x']],
  ])('%j is no destination', async flags => {
    expect((await between(...flags)).exitCode).toBe(2);
    expect(prod.asked).toEqual([]);
  });
});
