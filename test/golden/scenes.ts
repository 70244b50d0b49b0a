import { EXAMPLE_KEY, EXAMPLE_KID } from '../fakes/example-key.ts';
import { failureStatus, sendJson } from '../fakes/fake-api-server.ts';
import { uidOf } from '../fakes/fake-authority.ts';
import { conditionOf, type FakeCatalogue } from '../fakes/fake-catalogue.ts';
import type { FakeInstall } from '../fakes/fake-install.ts';
import { kubeconfigText } from '../fakes/kubeconfig-folder.ts';
import { PARTIALLY_FAILED, RECOVERED, RESTORING, STARTING } from '../fakes/recovery-statuses.ts';
import { expiredGrant, stampedBackup } from './token-files.ts';
import type { Scene } from './transcript.ts';
import {
  away,
  type Cause,
  catalogue,
  failing,
  installed,
  pair,
  RECOVERY_NAME,
  refusing,
  serving,
  settling,
  underWay,
  type WorldMaker,
  withPeer,
} from './worlds.ts';

/** How a scene ends. A refusal is a no of the cluster to this person, a failure everything else that goes wrong. */
export type Outcome = 'success' | 'refusal' | 'failure';

/** The scenes of a command: what is played, by how it ends. */
export type CommandScenes = Readonly<Record<Outcome, readonly Omit<Scene, 'name'>[]>>;

const NOT_OWNER = [
  'NotOwner',
  'you own no group "shop" in this cluster — see what you own with: kubectl recover group list',
] as const;

const NOT_SEEN = 'the catalogue has not seen all groups yet — try again in a moment';

const notOwner: WorldMaker = catalogue(fake => {
  fake.refusal = NOT_OWNER;
});

/** Who asks for a group that they own is told of it, else of all that they own. */
const ownsOther: WorldMaker = catalogue(fake => {
  const { groups = [] } = fake.answer;
  const { handler } = fake.server;
  fake.server.handler = (request, response) => {
    fake.answer = { ...fake.answer, groups: request.body.includes('"shpo"') ? [] : groups };
    handler(request, response);
  };
});

const claiming: WorldMaker = catalogue(fake => {
  const id = `${uidOf('cluster prod')}/${uidOf('group shop')}`;
  fake.answer = { claim: { id, namespace: 'shop', name: 'shop', namespaces: ['shop', 'shop-db'] } };
});

const notAdmin: WorldMaker = catalogue(fake => {
  fake.refusal = [
    'NamespaceAdminRequired',
    '"alice" is not admin of namespace "shop", which was made anew (may not create rolebindings there) — who made it gives an owner of the group the ClusterRole admin there; then that owner claims the group',
  ];
});

const refusedBy = (kinds: readonly string[], ...causes: readonly Cause[]): WorldMaker =>
  installed(fake => {
    const { api } = fake.server;
    api.handler = refusing(kinds, causes, api.handler);
  });

const TWO_CHECKS: readonly Cause[] = [
  {
    field: 'targets',
    reason: 'NamespaceTaken',
    message: 'namespace "shop-db" belongs to another group — recover beside it with: --map shop-db=shop-db-restored',
  },
  {
    field: 'policy',
    reason: 'PolicyDenied',
    message:
      'RecoveryPolicy "default" does not allow existingResources Update — ask an operator; the shipped policy is RecoveryPolicy "default"',
  },
];

const registrationRefused: WorldMaker = catalogue(({ server }) => {
  server.handler = refusing(['Recovery'], TWO_CHECKS, server.handler);
});

const ending = (reason: string, message: string): WorldMaker =>
  catalogue((fake: FakeCatalogue) => {
    fake.recoveryStatus = { conditions: [conditionOf('Succeeded', 'False', reason, message)] };
  });

/** A point with a ConfigMap that was changed since, a Secret that is gone, and an Event, which never comes back. */
const planned: WorldMaker = catalogue(fake => {
  const object = (type: string, name: string) => ({ type, namespace: 'shop', name, digest: 'sha256:0' });
  const objects = [
    ...[object('v1/ConfigMap', 'settings'), object('v1/Secret', 'payment')],
    ...[object('v1/Event', 'web.1'), object('v1/Event', 'web.2')],
    { ...object('v1/ConfigMap', 'kube-root-ca.crt'), maker: { name: 'root-ca-certificate-publisher-controller' } },
  ];
  fake.answer = { ...fake.answer, plan: { backup: 'nightly-2', objects, contentsRead: true } };
  const kinds = ['ConfigMap', 'Secret', 'Event'];
  fake.serve('/api/v1', {
    resources: kinds.map(kind => ({ name: `${kind.toLowerCase()}s`, kind, namespaced: true })),
  });
  for (const kind of kinds) {
    const items = kind === 'ConfigMap' ? [{ metadata: { name: 'settings' }, data: { motd: 'mine' } }] : [];
    fake.serve(`/api/v1/namespaces/shop/${kind.toLowerCase()}s`, { metadata: {}, items });
  }
});

/** The login has no right but those that everybody has. */
const withoutRights = (fake: FakeInstall): void => {
  fake.lacking.add('*');
};

const forbidden: WorldMaker = installed(withoutRights);

const fromStepToStep: WorldMaker = catalogue(fake => {
  fake.recoveryStatuses = [{}, RESTORING, RESTORING, STARTING];
  fake.recoveryStatus = RECOVERED;
});

const withKeys: WorldMaker = installed(fake =>
  fake.putIdentity('self', { spec: {}, status: { clusterID: uidOf('cluster prod'), keys: [EXAMPLE_KEY] } }),
);
/** A catalogue that answers an owner, who may read no ClusterIdentity. */
const ownerOnly = (refusal?: FakeCatalogue['refusal']): WorldMaker =>
  catalogue(fake => {
    fake.refusal = refusal;
    const { handler } = fake.server;
    fake.server.handler = (request, response) => {
      if (request.url.includes('/clusteridentities')) sendJson(response, 403, failureStatus(403, 'Forbidden'));
      else handler(request, response);
    };
  });

const loginRejected = failing(401, 'Unauthorized');

const TRUST = ['cluster', 'trust', '--from-context', 'dr', '--context', 'prod'];
const INSTALL = ['install', '--image', 'registry.example.com/catalogue:1.0.0'];
const CREATE = ['group', 'create', 'shop', '--namespaces', 'shop,shop-db', '--owner', 'user:alice'];
const LOST = { reason: 'region on fire', since: '2026-03-02T06:00:00Z' };

/** What somebody types who is new here, or in a hurry: a wrong letter, a word too many, another order. */
const SLIPS: readonly (readonly string[])[] = [
  ['pionts', 'shop'],
  ['shop', 'points'],
  ['restore', 'shop'],
  ['shop', 'latest'],
  ['shop', '--latset'],
  ['shop', '--limit', '5'],
  ['shop', '--at'],
  ['shop', '--volumes', 'none'],
  ['shop', '-n', 'shop', '-n', 'mail'],
  ['shop', '--latest', '--context', 'prd'],
  ['shop', '--latest', '--user', 'alice'],
  ['shop', '--latest', '--kubeconfig', '/none'],
  ['--version'],
];

const NO_CURRENT = kubeconfigText([{ name: 'prod' }, { name: 'dr' }], '');

/**
 * Scenes of each command, by its words after `kubectl recover`. Whoever adds a command adds its scenes; an outcome that a
 * command cannot have stands as an empty list in `IMPOSSIBLE`.
 */
export const SCENES: Readonly<Record<string, CommandScenes>> = {
  '': {
    success: [
      { argv: ['shop', '--latest', '--yes'], world: catalogue() },
      { argv: ['shop'], world: catalogue(), where: 'terminal', answers: ['1', 'y'] },
      { argv: ['shop', '--latest', '--yes', '--dry-run=client'], world: catalogue() },
      { argv: ['shop', '--latest', '--yes', '-o', 'name'], world: catalogue() },
      { argv: ['shop', '--latest', '--yes'], world: fromStepToStep },
    ],
    refusal: [
      { argv: ['shop', '--latest', '--yes'], world: registrationRefused },
      { argv: ['shop', '--latest', '--yes', '-o', 'json'], world: registrationRefused },
      { argv: ['shop', '--latest', '--yes', '--map', 'shop=other'], world: notOwner },
    ],
    failure: [
      { argv: [] },
      { argv: ['shop', '--frob'] },
      { argv: ['shop', '--frob', '-o', 'json'] },
      { argv: ['shop'], world: catalogue(), where: 'pipe' },
      {
        argv: ['shop', '--latest', '--yes', '--timeout', '1h'],
        world: ending('RestoreFailed', 'Velero could not run it — look at its log'),
      },
      {
        argv: ['shop', '--latest', '--yes', '--reason', 'x'],
        world: catalogue(fake => {
          fake.recoveryStatus = PARTIALLY_FAILED;
        }),
      },
      { argv: ['shop', '--point', 'nightly-1', '--yes'], world: catalogue() },
      { argv: ['shop', '--point', 'nightly-9'], world: catalogue() },
      { argv: ['shop', '--latest', '-q'], world: away },
      ...SLIPS.map(argv => ({ argv })),
    ],
  },
  'group create': {
    success: [{ argv: CREATE, world: settling() }, { argv: [...CREATE, '--dry-run=client'] }],
    refusal: [
      {
        argv: CREATE,
        world: refusedBy(['ApplicationGroup'], {
          field: 'namespaces',
          reason: 'NamespaceAdminRequired',
          message: 'you are not admin of namespace "shop-db" — an admin of it gives you the ClusterRole "admin" there',
        }),
      },
    ],
    failure: [{ argv: ['group', 'create', 'shop'] }, { argv: CREATE, world: away }],
  },
  'group list': {
    success: [{ argv: ['group', 'list'], world: catalogue() }],
    refusal: [
      {
        argv: ['group', 'list'],
        world: catalogue(fake => {
          fake.refusal = ['StateUnavailable', NOT_SEEN];
        }),
      },
    ],
    failure: [
      { argv: ['group', 'list'], world: loginRejected },
      { argv: ['group', 'lst'] },
      {
        argv: ['group', 'list', '--kubeconfig', '/home/alice/empty'],
        files: () => Promise.resolve({ empty: '' }),
      },
      {
        argv: ['group', 'list', '--kubeconfig', '/home/alice/chosen-nothing'],
        files: () => Promise.resolve({ 'chosen-nothing': NO_CURRENT }),
      },
    ],
  },
  'group show': {
    success: [{ argv: ['group', 'show', 'shop'], world: catalogue() }],
    refusal: [{ argv: ['group', 'show', 'shop'], world: notOwner }],
    failure: [
      { argv: ['group', 'show', 'shop'], world: failing(404, 'NotFound') },
      { argv: ['group', 'show', 'shpo'], world: ownsOther },
    ],
  },
  'group claim': {
    success: [
      { argv: ['group', 'claim', 'shop'], world: claiming },
      { argv: ['group', 'claim', 'shop', '--dry-run', 'server'], world: claiming },
    ],
    refusal: [{ argv: ['group', 'claim', 'shop'], world: notAdmin }],
    failure: [{ argv: ['group', 'claim', 'shop', '--dry-run', 'client'], world: claiming }],
  },
  'cluster show': {
    success: [
      { argv: ['cluster', 'show'], world: withPeer(LOST) },
      { argv: ['cluster', 'show'], world: ownerOnly() },
    ],
    // Who may not read the identities is told by the catalogue; that one may refuse.
    refusal: [{ argv: ['cluster', 'show'], world: ownerOnly(['StateUnavailable', NOT_SEEN]) }],
    failure: [{ argv: ['cluster', 'show'], world: away }],
  },
  'cluster trust': {
    success: [
      { argv: TRUST, world: pair([EXAMPLE_KEY]) },
      { argv: [...TRUST, '--users', 'alice', '--dry-run=client'], world: pair([EXAMPLE_KEY]) },
      { argv: ['cluster', 'trust', '--from-context', 'prod'], world: withKeys },
    ],
    refusal: [{ argv: ['cluster', 'trust', '--from-context', 'prod'], world: forbidden }],
    failure: [{ argv: ['cluster', 'trust'] }],
  },
  'cluster export': {
    success: [{ argv: ['cluster', 'export', '--name', 'prod'], world: withKeys }],
    refusal: [{ argv: ['cluster', 'export'], world: forbidden }],
    failure: [{ argv: ['cluster', 'export'], world: installed() }],
  },
  'cluster revoke-key': {
    success: [
      { argv: ['cluster', 'revoke-key', 'self', EXAMPLE_KID, '--reason', 'the Secret was read'], world: withKeys },
    ],
    refusal: [
      { argv: ['cluster', 'revoke-key', 'dr', EXAMPLE_KID, '--reason', 'the Secret was read'], world: forbidden },
    ],
    failure: [{ argv: ['cluster', 'revoke-key', 'self', 'nonsense', '--reason', 'x'], world: withKeys }],
  },
  'cluster keys': {
    success: [{ argv: ['cluster', 'keys'], world: installed() }],
    refusal: [{ argv: ['cluster', 'keys'], world: forbidden }],
    failure: [{ argv: ['cluster', 'keys'], world: away }],
  },
  'cluster rotate-keys': {
    success: [
      { argv: ['cluster', 'rotate-keys'], world: withKeys },
      { argv: ['cluster', 'rotate-keys', '--use', 'stamp', '--dry-run=client'], world: withKeys },
    ],
    refusal: [{ argv: ['cluster', 'rotate-keys', '--dry-run=server'], world: forbidden }],
    failure: [{ argv: ['cluster', 'rotate-keys', 'nonsense'] }],
  },
  'cluster declare-lost': {
    success: [{ argv: ['cluster', 'declare-lost', 'dr', '--reason', 'region on fire'], world: withPeer() }],
    refusal: [{ argv: ['cluster', 'declare-lost', 'dr', '--reason', 'region on fire'], world: forbidden }],
    failure: [{ argv: ['cluster', 'declare-lost', 'mars', '--reason', 'region on fire'], world: withPeer() }],
  },
  'cluster declare-found': {
    success: [{ argv: ['cluster', 'declare-found', 'dr'], world: withPeer(LOST) }],
    refusal: [{ argv: ['cluster', 'declare-found', 'dr'], world: forbidden }],
    failure: [{ argv: ['cluster', 'declare-found', 'mars'], world: withPeer() }],
  },
  stamp: {
    success: [
      {
        argv: ['stamp', 'from-before', '--reason', 'made before the group was registered'],
        world: catalogue(fake => {
          fake.answer = { stamp: { backup: 'from-before', outcome: 'Adopted', groups: ['shop/shop', 'mail/mail'] } };
        }),
      },
    ],
    refusal: [
      {
        argv: ['stamp', 'from-before'],
        world: catalogue(fake => {
          fake.refusal = [
            'Forbidden',
            '"alice" lacks the RBAC verb "stamp" on restores.velero.io — it is in the ClusterRole kubectl-recover-operator',
          ];
        }),
      },
    ],
    failure: [{ argv: ['stamp'] }, { argv: ['stamp', 'from-before', '--reattest'] }],
  },
  points: {
    success: [
      { argv: ['points', 'shop'], world: catalogue() },
      { argv: ['points', 'shop', '-o', 'wide'], world: catalogue() },
      { argv: ['points', 'shop', '-o', 'yaml'], world: catalogue() },
      {
        argv: ['points', 'none'],
        world: catalogue(fake => {
          fake.answer = { points: [] };
        }),
      },
    ],
    refusal: [
      { argv: ['points', 'shop'], world: notOwner },
      { argv: ['points', 'shop', '-o', 'json'], world: notOwner },
    ],
    failure: [
      { argv: ['points', 'shop'], world: away },
      { argv: ['points', 'shop', '--limit', '0'] },
      { argv: ['points'] },
      { argv: ['points', 'shop', '--map', 'shop=new'] },
    ],
  },
  completion: {
    success: [{ argv: ['completion', 'print'] }],
    refusal: [],
    failure: [{ argv: ['completion', 'install'] }, { argv: ['completion'] }],
  },
  inspect: {
    success: [
      { argv: ['inspect', '/home/alice/backup.yaml', '--keys', '/home/alice/prod.yaml'], files: stampedBackup },
    ],
    // Nothing is refused by a cluster here: what does not hold ends like a refusal.
    refusal: [
      { argv: ['inspect', '/home/alice/backup.yaml'], files: stampedBackup },
      { argv: ['inspect', '/home/alice/old.txt', '--keys', '/home/alice/prod.yaml'], files: expiredGrant },
    ],
    failure: [{ argv: ['inspect', '/none'] }, { argv: ['inspect', 'eyJ9.eyJ9.eyJ9'] }],
  },
  plan: {
    success: [{ argv: ['plan', 'shop', '--latest'], world: planned }],
    refusal: [{ argv: ['plan', 'shop', '--latest'], world: notOwner }],
    failure: [{ argv: ['plan', 'shop', '--latest'], world: catalogue() }],
  },
  prepare: {
    success: [
      {
        argv: ['prepare', 'shop', '--latest', '--to-cluster', uidOf('cluster dr'), '-o', '/home/alice/shop.yaml'],
        world: catalogue(),
      },
    ],
    refusal: [
      {
        argv: ['prepare', 'shop', '--latest', '--to-cluster', uidOf('cluster dr'), '-o', 'shop.yaml'],
        world: notOwner,
      },
    ],
    failure: [{ argv: ['prepare', 'shop'] }],
  },
  status: {
    success: [
      { argv: ['status', 'shop'], world: catalogue() },
      { argv: ['status', 'shop', '-o', 'wide'], world: catalogue() },
      { argv: ['status', RECOVERY_NAME], world: underWay(RESTORING) },
      { argv: ['status', RECOVERY_NAME], world: underWay(STARTING) },
      { argv: ['status', RECOVERY_NAME], world: underWay(RECOVERED) },
      { argv: ['status', RECOVERY_NAME, '-q'], world: underWay(RESTORING) },
    ],
    refusal: [{ argv: ['status', 'shop'], world: notOwner }],
    failure: [{ argv: ['status', uidOf('none').replaceAll('-', '')], world: catalogue() }],
  },
  install: {
    success: [
      { argv: [...INSTALL, '--yes'], world: serving() },
      { argv: [...INSTALL, '--dry-run=server'], world: serving(), where: 'terminal', answers: ['y'] },
      {
        argv: [...INSTALL, '--yes', '--dry-run=client', '-o', 'custom-columns=KIND:.kind,NAME:.metadata.name'],
        world: serving(),
      },
    ],
    refusal: [{ argv: [...INSTALL, '--yes'], world: forbidden }],
    failure: [
      { argv: ['install', '--yes'], world: away },
      { argv: ['install', '--yes'], world: serving() },
    ],
  },
  uninstall: {
    success: [
      { argv: ['uninstall', '--forget-keys', '--yes'], world: serving() },
      { argv: ['uninstall', '--forget-keys', '--dry-run=client'], world: serving() },
      { argv: ['uninstall', '--forget-keys', '--dry-run=server', '-q'], world: serving() },
      { argv: ['uninstall', '--forget-keys', '--yes'], world: catalogue() },
    ],
    refusal: [{ argv: ['uninstall', '--forget-keys', '--yes'], world: serving(withoutRights) }],
    failure: [
      { argv: ['uninstall', '--forget-keys'], world: serving(), where: 'pipe' },
      { argv: ['uninstall', '--forget-keys'], world: serving(), where: 'terminal', answers: ['n'] },
      { argv: ['uninstall', '--yes'] },
      { argv: ['uninstall', '--yes', '--forget-keys', '--export', 'prod.yaml'] },
      { argv: ['uninstall', '--yes', '--forget-keys', '-o', 'json'] },
      { argv: ['uninstall', '--forget-keys', '--yes'], world: away },
    ],
  },
  check: {
    success: [{ argv: ['check'], world: installed() }],
    refusal: [
      {
        argv: ['check'],
        world: installed(fake => {
          fake.lacking.add('*');
        }),
      },
    ],
    failure: [
      {
        argv: ['check'],
        world: installed(fake => {
          fake.catalogue = 'dead';
        }),
      },
      { argv: ['check'], world: away },
    ],
  },
  mode: {
    success: [
      { argv: ['mode'], world: installed() },
      { argv: ['mode', 'enforce', '--yes'], world: installed() },
      { argv: ['mode', 'enforce'], world: installed(), where: 'terminal', answers: ['yes'] },
    ],
    refusal: [
      {
        argv: ['mode', 'enforce', '--yes'],
        world: installed(fake => {
          fake.lacking.add('*');
        }),
      },
    ],
    failure: [{ argv: ['mode', 'off'] }, { argv: ['mode'], world: away }],
  },
  explain: {
    success: [{ argv: ['explain', 'NamespaceTaken'] }, { argv: ['explain'] }],
    refusal: [],
    failure: [{ argv: ['explain', 'Nonsense'] }],
  },
  version: {
    success: [{ argv: ['version'] }],
    refusal: [],
    failure: [{ argv: ['version', 'please'] }],
  },
};

/** What has no scene, and why. */
export const IMPOSSIBLE: Readonly<Record<string, string>> = {
  'completion refusal': 'it asks no cluster',
  'explain refusal': 'it asks no cluster',
  'version refusal': 'it asks no cluster',
};
