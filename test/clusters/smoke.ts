// npx node test/clusters/smoke.ts: proves on fresh clusters what the end-to-end tests build on.
import { type Environment, startEnvironment } from './environment.ts';
import { reportToStderr } from './reporter.ts';
import { smokeObjects } from './smoke-objects.ts';
import { waitUntil } from './wait-until.ts';

// Velero looks for other clusters' backups once a minute, whatever the location says.
const syncTimeoutSeconds = 90;

async function smoke({ clusters: { prod, dr } }: Environment<'prod' | 'dr'>): Promise<void> {
  const step = stepTimer();
  await prod.apply(...smokeObjects('shop'));
  await prod.kubectl('--namespace=shop', 'rollout', 'status', 'deployment/web', '--timeout=60s');
  step('Deployment 2 of 2 Ready in prod');
  const bound = ['wait', '--for=jsonpath={.status.phase}=Bound', 'pvc/data', '--timeout=60s'];
  await prod.kubectl('--namespace=shop', ...bound);
  step('PersistentVolumeClaim Bound');

  await prod.velero('backup', 'create', 'shop-1', '--include-namespaces=shop', '--wait');
  await prod.kubectl('--namespace=velero', 'wait', '--for=jsonpath={.status.phase}=Completed', 'backup/shop-1');
  step('Backup Completed in prod');

  const isInDr = async () =>
    (await dr.kubectl('--namespace=velero', 'get', 'backups', '--output=name')).includes('shop-1');
  await waitUntil('backup "shop-1" in dr', isInDr, { timeoutSeconds: syncTimeoutSeconds, everyMilliseconds: 500 });
  step('Backup seen in dr by the fixed sync');
  await prod.velero('backup', 'create', 'shop-2', '--include-namespaces=shop', '--wait');
  await dr.veleroServer.stop();
  await dr.veleroServer.start();
  const second = async () =>
    (await dr.kubectl('--namespace=velero', 'get', 'backups', '--output=name')).includes('shop-2');
  await waitUntil('backup "shop-2" in dr', second, { timeoutSeconds: syncTimeoutSeconds, everyMilliseconds: 500 });
  step('second Backup seen in dr by restart of Velero');

  await dr.velero('restore', 'create', 'shop-1', '--from-backup=shop-1', '--wait');
  await dr.kubectl('--namespace=velero', 'wait', '--for=jsonpath={.status.phase}=Completed', 'restore/shop-1');
  await dr.kubectl('--namespace=shop', 'rollout', 'status', 'deployment/web', '--timeout=60s');
  step('Restore Completed in dr, Deployment Ready');

  const owner = await prod.kubeconfigFor('ann@example.com', ['team-shop']);
  const whoami = await prod.kubectl(`--kubeconfig=${owner}`, 'auth', 'whoami');
  if (!whoami.includes('ann@example.com') || !whoami.includes('team-shop')) throw new Error(whoami);
  const velero = await prod.serviceAccountKubeconfig('velero', 'velero');
  const serviceAccount = await prod.kubectl(`--kubeconfig=${velero}`, 'auth', 'whoami');
  if (!serviceAccount.includes('system:serviceaccount:velero:velero')) throw new Error(serviceAccount);
  step('kubeconfigs of a user and of a service account work');

  await prod.apiServer.stop();
  await prod.apiServer.start();
  await prod.kubectl('--namespace=shop', 'get', 'deployment', 'web');
  step('API server stopped and started again on its port with its data');
}

function stepTimer(): (done: string) => void {
  let last = performance.now();
  return done => {
    const now = performance.now();
    reportToStderr(`ok ${done} (${((now - last) / 1000).toFixed(1)} s)`);
    last = now;
  };
}

const environment = await startEnvironment({ report: reportToStderr });
try {
  await smoke(environment);
} catch (error) {
  await environment.stop({ keep: true });
  throw error;
}
await environment.stop();
