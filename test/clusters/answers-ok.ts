import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';

export interface TlsCredentials {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

const timeoutMilliseconds = 2000;

/** Whether a GET is answered with 200; any failure to get an answer is a no. */
export async function answersOk(url: string, tls?: TlsCredentials): Promise<boolean> {
  const options = { timeout: timeoutMilliseconds, agent: false, ...tls };
  const request = url.startsWith('https:') ? requestHttps(url, options) : requestHttp(url, options);
  const { promise, resolve } = Promise.withResolvers<boolean>();
  request.once('response', response => resolve(response.resume().statusCode === 200));
  request.once('timeout', () => request.destroy(new Error('timeout')));
  request.once('error', () => resolve(false));
  request.end();
  return promise;
}
