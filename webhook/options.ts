import { isIP } from 'node:net';
import { parseArgs } from 'node:util';
import { CATALOGUE_NAMESPACE } from '../api/names.ts';
import { RecoverError } from '../api/recover-error.ts';

/** How the catalogue is started. */
export interface Options {
  readonly host: string;
  readonly port: number;
  /** Absent: the service account of the pod. */
  readonly kubeconfig?: string;
  /** Names and addresses, beside those of the Service, under which the API server calls the catalogue. */
  readonly servingNames: readonly string[];
  readonly logLevel: string;
}

export const USAGE = `Usage: catalogue [--listen HOST:PORT] [--kubeconfig FILE] [--serving-name NAME]... [--log-level LEVEL]

  --listen HOST:PORT    where to serve (default 0.0.0.0:8443)
  --kubeconfig FILE     cluster and login; by default the service account of the pod
  --serving-name NAME   further DNS name or IP address under which the API server calls the catalogue
  --log-level LEVEL     debug, info, warn or error (default info)
`;

const LABEL = '[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?';
const DNS_NAME = new RegExp(`^(?=.{1,253}$)${LABEL}(\\.${LABEL})*$`);

const LEVELS = ['debug', 'info', 'warn', 'error'];

const usage = (message: string): RecoverError => new RecoverError({ code: 'UsageError', message, mend: USAGE });

/** @throws RecoverError `UsageError` */
export const parseOptions = (argv: readonly string[]): Options => {
  let values: { listen?: string; kubeconfig?: string; 'serving-name'?: string[]; 'log-level'?: string };
  try {
    ({ values } = parseArgs({
      args: [...argv],
      options: {
        listen: { type: 'string' },
        kubeconfig: { type: 'string' },
        'serving-name': { type: 'string', multiple: true },
        'log-level': { type: 'string' },
      },
    }));
  } catch (cause) {
    throw usage(cause instanceof Error ? cause.message : 'the arguments cannot be read');
  }
  const listen = values.listen ?? '0.0.0.0:8443';
  // An IPv6 address stands in brackets beside a port (RFC 3986 §3.2.2).
  const [, address, name, portText] = /^(?:\[([^\]]+)\]|([^:[\]]+)):(\d{1,5})$/.exec(listen) ?? [];
  const host = address ?? name;
  const port = Number(portText);
  if (host === undefined || port > 65_535 || (address !== undefined && isIP(address) !== 6)) {
    throw usage(`"${listen}" is not HOST:PORT`);
  }
  const logLevel = values['log-level'] ?? 'info';
  if (!LEVELS.includes(logLevel)) throw usage(`"${logLevel}" is no log level`);
  const servingNames = values['serving-name'] ?? [];
  // A name that no certificate can be told to hold would have one made anew for ever.
  const unusable = servingNames.find(each => !DNS_NAME.test(each) && (isIP(each) === 0 || each.includes('%')));
  if (unusable !== undefined) throw usage(`"${unusable}" is neither a DNS name nor an IP address`);
  return {
    host,
    port,
    logLevel,
    servingNames,
    ...(values.kubeconfig === undefined ? {} : { kubeconfig: values.kubeconfig }),
  };
};

/** Names of the Service of the catalogue and those given, as a certificate holds them. */
export const servingNameOf = ({ servingNames }: Options) => {
  const service = `catalogue.${CATALOGUE_NAMESPACE}.svc`;
  return {
    dnsNames: [service, `${service}.cluster.local`, ...servingNames.filter(name => isIP(name) === 0)],
    ipAddresses: servingNames.filter(name => isIP(name) !== 0),
  };
};
