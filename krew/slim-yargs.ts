import type { Plugin } from 'esbuild';

const NAMESPACE = 'slim-yargs';

/** Of text for a terminal, where each character is one column wide. */
const STRING_WIDTH = `
import { stripVTControlCharacters } from 'node:util';
export default text => stripVTControlCharacters(text).length;
`;

/**
 * Has yargs lay out its help without the tables of Unicode. They are loaded, an Intl.Segmenter and some large regular
 * expressions among them, before the first argument is read, three times over; our help is of Latin letters.
 */
export const slimYargs: Plugin = {
  name: 'slim-yargs',
  setup(build) {
    build.onResolve({ filter: /^string-width$/ }, () => ({ path: 'string-width', namespace: NAMESPACE }));
    build.onLoad({ filter: /.*/, namespace: NAMESPACE }, () => ({ contents: STRING_WIDTH, loader: 'js' }));
  },
};
