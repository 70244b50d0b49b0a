import { KubeConfig } from '@kubernetes/client-node';
import { KubeClient } from '../api/kubernetes/kube-client.ts';
import { createTransport } from '../api/kubernetes/transport.ts';
import { RecoverError } from '../api/recover-error.ts';
import packageJson from '../package.json' with { type: 'json' };
import { startCatalogue } from './compose.ts';
import { createLogger } from './observability/logger.ts';
import { createMetrics } from './observability/metrics.ts';
import { type Options, parseOptions, servingNameOf } from './options.ts';

/** Longer than the API server takes to hear that a pod is leaving. */
const QUIET_MS = process.env['KUBERNETES_SERVICE_HOST'] === undefined ? 100 : 15_000;

const loadConfig = ({ kubeconfig }: Options): KubeConfig => {
  const config = new KubeConfig();
  if (kubeconfig === undefined) config.loadFromCluster();
  else config.loadFromFile(kubeconfig);
  return config;
};

const main = async (): Promise<void> => {
  const options = parseOptions(process.argv.slice(2));
  const log = createLogger(options.logLevel, process.stdout);
  // A fault that nobody caught leaves the process in an unknown state: it says so and starts anew.
  process.on('uncaughtException', error => {
    log.fatal({ err: error }, 'unexpected fault, the catalogue ends');
    process.exit(1);
  });
  const transport = createTransport(loadConfig(options), {
    userAgent: `kubectl-recover-catalogue/${packageJson.version}`,
  });
  const catalogue = await startCatalogue({
    client: new KubeClient(transport),
    host: options.host,
    port: options.port,
    servingName: servingNameOf(options),
    version: packageJson.version,
    log,
    metrics: createMetrics(),
    clock: Date.now,
  });
  const stop = (): void => {
    log.info('the catalogue stops');
    catalogue.stop(QUIET_MS).then(
      () => process.exit(0),
      (error: unknown) => {
        log.error({ err: error }, 'the catalogue did not stop cleanly');
        process.exit(1);
      },
    );
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
};

main().catch((error: unknown) => {
  const message = error instanceof Error ? error.message : String(error);
  const mend = error instanceof RecoverError && error.mend ? `\n${error.mend}` : '';
  process.stderr.write(`catalogue: ${message}${mend}\n`);
  process.exit(1);
});
