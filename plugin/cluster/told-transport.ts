import type { Transport } from '../../api/kubernetes/transport.ts';
import type { Io } from '../io.ts';

/** Tells each request: method, address, status and time. Headers hold the login and bodies hold tokens: never those. */
export const toldTransport = (transport: Transport, { stderr, clock }: Pick<Io, 'stderr' | 'clock'>): Transport => ({
  server: transport.server,
  close: () => transport.close(),
  send: async request => {
    const start = clock();
    const tell = (outcome: string): void =>
      stderr.write(`${request.method} ${transport.server}${request.path} ${outcome} in ${clock() - start} ms\n`);
    try {
      const response = await transport.send(request);
      tell(String(response.statusCode));
      return response;
    } catch (error) {
      tell('failed');
      throw error;
    }
  },
});
