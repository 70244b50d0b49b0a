import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { ClusterOptions, ClusterSurroundings, Place } from './cluster.ts';
import type { ControlPlane } from './control-plane.ts';
import type { Program } from './program.ts';

/** Two nodes as the cloud's own would look; kwok reports them Ready and their pods Running. */
export function playedNodes({ cloud, region }: Place): readonly object[] {
  return ['a', 'b'].map((zone, index) => {
    const name = `node-${index + 1}`;
    return {
      apiVersion: 'v1',
      kind: 'Node',
      metadata: {
        name,
        labels: {
          'kubernetes.io/hostname': name,
          'kubernetes.io/os': 'linux',
          'topology.kubernetes.io/region': region,
          'topology.kubernetes.io/zone': `${region}${cloud === 'aws' ? zone : `-${zone}`}`,
        },
      },
      spec: { providerID: providerId(cloud, region, zone, index) },
    };
  });
}

function providerId(cloud: string, region: string, zone: string, index: number): string {
  switch (cloud) {
    case 'aws':
      return `aws:///${region}${zone}/i-0123456789abcdef${index}`;
    case 'gce':
      // What Google's cloud provider writes: its scheme is "gce".
      return `gce://test-project/${region}-${zone}/node-${index + 1}`;
    default:
      return `${cloud}:///${region}-${zone}/node-${index + 1}`;
  }
}

/** Starts scheduler and kwok; the nodes are to be created by the caller. */
export async function startNodePlayers(
  options: ClusterOptions,
  { tools, group, dir }: ClusterSurroundings,
  controlPlane: ControlPlane,
): Promise<readonly Program[]> {
  const { authority, writeKubeconfig } = controlPlane;
  const [scheduler, kwok] = await Promise.all([
    authority.issue({ commonName: 'system:kube-scheduler', usage: 'client' }),
    authority.issue({ commonName: 'kwok', organizations: ['system:masters'], usage: 'client' }),
  ]);
  const schedulerKubeconfigPath = await writeKubeconfig('system:kube-scheduler', scheduler);
  const kwokKubeconfigPath = await writeKubeconfig('kwok', kwok);
  const stages = (await Promise.all(tools.kwokStageFolders.map(stageFiles))).flat();
  return Promise.all([
    group.start({
      name: `kube-scheduler of ${options.name}`,
      command: tools.path('kube-scheduler'),
      args: [`--kubeconfig=${schedulerKubeconfigPath}`, '--leader-elect=false', '--secure-port=0'],
      logFile: join(dir, 'logs', 'kube-scheduler.log'),
    }),
    group.start({
      name: `kwok of ${options.name}`,
      command: tools.path('kwok'),
      args: [
        `--kubeconfig=${kwokKubeconfigPath}`,
        '--manage-all-nodes=true',
        ...stages.map(stage => `--config=${stage}`),
      ],
      // It looks for a configuration in the home folder.
      env: { HOME: dir },
      logFile: join(dir, 'logs', 'kwok.log'),
    }),
  ]);
}

async function stageFiles(folder: string): Promise<readonly string[]> {
  const names = await readdir(folder);
  return names.filter(name => name.endsWith('.yaml') && name !== 'kustomization.yaml').map(name => join(folder, name));
}
