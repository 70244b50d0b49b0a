import { X509Certificate } from 'node:crypto';
import type { Webhook } from './admission-objects.ts';
import type { Check } from './check.ts';
import { type Finding, failed, ok, warning } from './finding.ts';
import { type WebhookFacts, webhookConfigurations } from './webhooks.ts';

/** The catalogue makes a new authority after two thirds of two years; one that gets this old was not renewed. */
const WARN_DAYS = 30;
const DAY_MS = 86_400_000;

const PEM = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** The last day of the bundle: an authority that was renewed stands in it beside its successor. */
const expiryOf = (caBundle: string): Date | undefined => {
  const pem = Buffer.from(caBundle, 'base64').toString('utf8').match(PEM) ?? [];
  try {
    const ends = pem.map(certificate => new X509Certificate(certificate).validToDate.getTime());
    return ends.length === 0 ? undefined : new Date(Math.max(...ends));
  } catch {
    // What OpenSSL cannot read, the API server cannot either.
    return undefined;
  }
};

const day = (time: Date): string => time.toISOString().slice(0, 10);

const RESTART = 'an operator restarts the catalogue: kubectl rollout restart deployment -n kubectl-recover-system';

const judgeBundle = (caBundle: string, now: Date): Finding => {
  const expiry = expiryOf(caBundle);
  if (expiry === undefined) return failed('caBundle holds no certificate that can be read', RESTART);
  const daysLeft = Math.floor((expiry.getTime() - now.getTime()) / DAY_MS);
  if (expiry.getTime() <= now.getTime()) return failed(`the authority expired on ${day(expiry)}`, RESTART);
  if (daysLeft < WARN_DAYS) {
    return warning(`the authority expires on ${day(expiry)} and was not renewed in time`, RESTART);
  }
  return ok(`the authority is good until ${day(expiry)}`);
};

/** What the API server trusts when it calls the catalogue: the same everywhere, and not about to expire. */
export const judgeAuthority = (webhooks: readonly Webhook[], now: Date): Finding[] => {
  if (webhooks.length === 0) {
    return [failed('there is no webhook that would trust it', 'an operator runs: kubectl recover install')];
  }
  const bundles = new Map<string, string[]>();
  for (const { name, clientConfig } of webhooks) {
    const bundle = clientConfig.caBundle ?? '';
    bundles.set(bundle, [...(bundles.get(bundle) ?? []), name]);
  }
  const without = bundles.get('');
  bundles.delete('');
  return [
    ...(without === undefined
      ? []
      : [
          failed(
            `the catalogue has not published its authority in ${without.join(', ')}`,
            'start the catalogue; it does so when it starts',
          ),
        ]),
    ...(bundles.size > 1
      ? [
          failed(
            `the webhooks trust different authorities: ${[...bundles.values()].map(names => names.join(', ')).join(' against ')}`,
            RESTART,
          ),
        ]
      : []),
    ...[...bundles.keys()].map(bundle => judgeBundle(bundle, now)),
  ];
};

const webhooksOf = ({ mutating, validating }: Pick<WebhookFacts, 'mutating' | 'validating'>): readonly Webhook[] => [
  ...(mutating?.webhooks ?? []),
  ...(validating?.webhooks ?? []),
];

export const certificateAuthority: Check = {
  name: 'certificate',
  examine: async cluster => judgeAuthority(webhooksOf(await webhookConfigurations(cluster)), cluster.now),
};
