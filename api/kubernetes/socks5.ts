import { once } from 'node:events';
import { connect, isIP, type Socket } from 'node:net';

const VERSION = 5;
const NO_LOGIN = 0;
const PASSWORD = 2;
const CONNECT = 1;
const [IPV4, DOMAIN_NAME, IPV6] = [1, 3, 4];

/** RFC 1928 section 6. */
const REFUSALS: readonly string[] = [
  '',
  'it failed',
  'its rules do not allow it',
  'it cannot reach the network',
  'it cannot reach the host',
  'the connection was refused',
  'it took too long',
  'it cannot connect',
  'it does not know this kind of address',
];

/** Longest wait for a step of the proxy, in milliseconds. */
const PATIENCE_MS = 10_000;

const readBytes = async (socket: Socket, length: number): Promise<Buffer> => {
  for (;;) {
    const bytes: Buffer | null = socket.read(length);
    if (bytes?.length === length) return bytes;
    if (socket.readableEnded || socket.destroyed || bytes !== null) throw new Error('the SOCKS5 proxy hung up');
    const settled = new AbortController();
    await Promise.race(['readable', 'close'].map(event => once(socket, event, { signal: settled.signal }))).finally(
      () => settled.abort(),
    );
  }
};

const lengthAndText = (text: string): Buffer => {
  const bytes = Buffer.from(text, 'utf8');
  if (bytes.length > 255) throw new Error('a name or password is too long for SOCKS5');
  return Buffer.concat([Buffer.from([bytes.length]), bytes]);
};

/** RFC 1928 section 3, RFC 1929. */
const logIn = async (socket: Socket, proxy: URL): Promise<void> => {
  const hasLogin = proxy.username !== '' || proxy.password !== '';
  socket.write(hasLogin ? Buffer.from([VERSION, 2, NO_LOGIN, PASSWORD]) : Buffer.from([VERSION, 1, NO_LOGIN]));
  const [version, method] = await readBytes(socket, 2);
  if (version !== VERSION) throw new Error('the proxy does not speak SOCKS5');
  if (method === NO_LOGIN) return;
  if (method !== PASSWORD || !hasLogin) throw new Error('the SOCKS5 proxy wants another login');
  const [name, password] = [proxy.username, proxy.password].map(part => lengthAndText(decodeURIComponent(part)));
  socket.write(Buffer.concat([Buffer.from([1]), name ?? Buffer.of(), password ?? Buffer.of()]));
  const [, status] = await readBytes(socket, 2);
  if (status !== 0) throw new Error('the SOCKS5 proxy does not accept the name and password');
};

const ipv6Bytes = (address: string): number[] => {
  const [head = '', tail] = address.split('::');
  const groups = (part: string): number[] =>
    part.split(':').flatMap(group => (group === '' ? [] : [Number.parseInt(group, 16)]));
  const [first, last] = [groups(head), groups(tail ?? '')];
  const all = [...first, ...Array.from({ length: 8 - first.length - last.length }, () => 0), ...last];
  return all.flatMap(group => [group >> 8, group & 0xff]);
};

const addressBytes = (host: string): Buffer => {
  switch (isIP(host)) {
    case 4:
      return Buffer.from([IPV4, ...host.split('.').map(Number)]);
    case 6:
      return Buffer.from([IPV6, ...ipv6Bytes(host)]);
    default:
      return Buffer.concat([Buffer.from([DOMAIN_NAME]), lengthAndText(host)]);
  }
};

/** RFC 1928 sections 4 to 6. The proxy looks names up, as kubectl lets it. */
const connectThrough = async (socket: Socket, host: string, port: number): Promise<void> => {
  const portBytes = Buffer.alloc(2);
  portBytes.writeUInt16BE(port);
  socket.write(Buffer.concat([Buffer.from([VERSION, CONNECT, 0]), addressBytes(host), portBytes]));
  const [version, status = 1, , kind = 0] = await readBytes(socket, 4);
  if (version !== VERSION) throw new Error('the proxy does not speak SOCKS5');
  if (status !== 0) throw new Error(`the SOCKS5 proxy does not connect: ${REFUSALS[status] ?? `status ${status}`}`);
  const length = kind === IPV4 ? 4 : kind === IPV6 ? 16 : ((await readBytes(socket, 1))[0] ?? 0);
  await readBytes(socket, length + 2);
};

/** A connection to a host through a SOCKS5 proxy; the host is a name or an address without brackets. */
export const openSocks5 = async (proxy: URL, host: string, port: number): Promise<Socket> => {
  const proxyHost = proxy.hostname.replaceAll(/^\[|\]$/g, '');
  const socket = connect({ host: proxyHost, port: Number(proxy.port || 1080) });
  socket.setTimeout(PATIENCE_MS, () => socket.destroy(new Error('the SOCKS5 proxy does not answer')));
  try {
    await once(socket, 'connect');
    await logIn(socket, proxy);
    await connectThrough(socket, host, port);
    socket.setTimeout(0);
    return socket;
  } catch (error) {
    socket.destroy();
    throw error;
  }
};
