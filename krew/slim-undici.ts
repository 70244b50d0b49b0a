import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import type { Plugin } from 'esbuild';

const ROOT = dirname(createRequire(import.meta.url).resolve('undici'));

const NAMESPACE = 'slim-undici';

/** As undici's own entry does it, without a dispatcher that is meant where none is named. */
const ENTRY = `
import Agent from './lib/dispatcher/agent.js';
import Dispatcher from './lib/dispatcher/dispatcher.js';
import Pool from './lib/dispatcher/pool.js';
import ProxyAgent from './lib/dispatcher/proxy-agent.js';
import buildConnector from './lib/core/connect.js';
import { parseURL } from './lib/core/util.js';
import api from './lib/api/index.js';
Object.assign(Dispatcher.prototype, api);
export { Agent, buildConnector, Dispatcher, Pool, ProxyAgent };
export const request = (address, { dispatcher, ...options }) => {
  const { origin, pathname, search } = parseURL(address);
  return dispatcher.request({ ...options, origin, path: pathname + search });
};
// Of a part of client-node that nobody calls.
export const fetch = globalThis.fetch;
`;

/**
 * Takes of undici what the plugin uses: requests and their agents. Its entry brings fetch, web sockets, caches and mocks
 * too, which takes a quarter of the start of every command that speaks to a cluster.
 */
export const slimUndici: Plugin = {
  name: 'slim-undici',
  setup(build) {
    build.onResolve({ filter: /^undici$/ }, () => ({ path: 'undici', namespace: NAMESPACE }));
    build.onLoad({ filter: /.*/, namespace: NAMESPACE }, () => ({ contents: ENTRY, resolveDir: ROOT }));
  },
};
