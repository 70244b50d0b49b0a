import { stringify } from 'yaml';
import { PackagingError } from './packaging-error.ts';
import { archiveName, executableName, PLATFORMS, type Platform } from './platforms.ts';

export interface PluginManifestOptions {
  readonly version: string;
  /** Where the archives will be, without a slash at its end. */
  readonly releaseUrl: string;
  /** SHA-256 by the name of the archive. */
  readonly sums: ReadonlyMap<string, string>;
}

export const HOMEPAGE = 'https://kubectl-recover.io';

const DESCRIPTION = `Recovers the namespaces of an application from Velero backups, in the cluster
they were in or in another one, with nothing but the rights of the person who
asks: no access to Velero, to its namespace or to the bucket is needed.

What may be recovered, by whom and where is judged in the cluster.
`;

const CAVEATS = `The cluster needs Velero and the admission webhook of this plugin. An
administrator installs it with "kubectl recover install".
`;

const platformEntry = (platform: Platform, { version, releaseUrl, sums }: PluginManifestOptions) => {
  const archive = archiveName(platform, version);
  const sum = sums.get(archive);
  if (sum === undefined) throw new PackagingError('ChecksumMissing', `"${archive}" was not made`);
  return {
    selector: { matchLabels: { os: platform.os, arch: platform.arch } },
    uri: `${releaseUrl}/${archive}`,
    sha256: sum,
    bin: executableName(platform),
  };
};

/** `recover.yaml`, as krew reads it (https://krew.sigs.k8s.io/docs/developer-guide/plugin-manifest/). */
export const pluginManifest = (options: PluginManifestOptions): string =>
  stringify(
    {
      apiVersion: 'krew.googlecontainertools.github.com/v1alpha2',
      kind: 'Plugin',
      metadata: { name: 'recover' },
      spec: {
        version: `v${options.version}`,
        homepage: HOMEPAGE,
        shortDescription: 'Recover your applications from Velero backups',
        description: DESCRIPTION,
        caveats: CAVEATS,
        platforms: PLATFORMS.map(platform => platformEntry(platform, options)),
      },
    },
    // Folding would put a blank line between the lines of a text.
    { blockQuote: 'literal', lineWidth: 0 },
  );
