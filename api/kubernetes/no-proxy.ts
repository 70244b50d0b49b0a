import { BlockList, isIP } from 'node:net';

/** Whether a host, without brackets, is reached without a proxy. */
export type NoProxy = (host: string, port: number) => boolean;

const familyOf = (address: string): 'ipv4' | 'ipv6' => (isIP(address) === 6 ? 'ipv6' : 'ipv4');

const never: NoProxy = () => false;

/** `a.b`, `a.b:80`, `1.2.3.4:80`, `[::1]:80`; an IPv6 address needs no brackets without a port. */
const splitPort = (entry: string): { readonly host: string; readonly port: number | undefined } => {
  const [, bracketed, plain, port] = /^(?:\[(.*)\]|([^:]*))(?::(\d*))?$/.exec(entry) ?? [];
  const host = bracketed ?? plain ?? entry;
  return { host, port: port === undefined || port === '' ? undefined : Number(port) };
};

const ofSubnet = (address: string, prefix: number): NoProxy => {
  const list = new BlockList();
  list.addSubnet(address, prefix, familyOf(address));
  return host => isIP(host) !== 0 && list.check(host, familyOf(host));
};

const ofEntry = (entry: string): NoProxy => {
  if (entry === '*') return () => true;
  const [, network = '', prefix = ''] = /^(.+)\/(\d{1,3})$/.exec(entry) ?? [];
  if (isIP(network) !== 0) {
    const bits = isIP(network) === 6 ? 128 : 32;
    return Number(prefix) > bits ? never : ofSubnet(network, Number(prefix));
  }
  const { host: name, port } = splitPort(entry);
  if (name === '') return never;
  const isPort = (asked: number): boolean => port === undefined || port === asked;
  if (isIP(name) !== 0) {
    const isAddress = ofSubnet(name, isIP(name) === 6 ? 128 : 32);
    return (host, asked) => isPort(asked) && isAddress(host, asked);
  }
  // "a.b" means itself and what is below, ".a.b" and "*.a.b" only what is below.
  const suffix = name.startsWith('*.') ? name.slice(1) : name.startsWith('.') ? name : `.${name}`;
  const itself = suffix === name || name.startsWith('*.') ? undefined : name;
  return (host, asked) => isIP(host) === 0 && isPort(asked) && (host === itself || host.endsWith(suffix));
};

/**
 * NO_PROXY as Go reads it (golang.org/x/net/http/httpproxy): names, addresses and networks, divided by commas. This
 * machine itself is never reached through a proxy of the environment.
 */
export const parseNoProxy = (text: string): NoProxy => {
  const thisMachine: NoProxy[] = [host => host === 'localhost', ofSubnet('127.0.0.0', 8), ofSubnet('::1', 128)];
  const entries = text
    .split(',')
    .map(entry => entry.trim().toLowerCase())
    .filter(entry => entry !== '')
    .map(ofEntry);
  return (host, port) => [...thisMachine, ...entries].some(isMeant => isMeant(host, port));
};
