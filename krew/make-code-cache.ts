import { readFileSync, writeFileSync } from 'node:fs';
import { bundleScript, runBundle } from './bundle-script.ts';
import { warmUpCommands } from './warm-up-commands.ts';

// node krew/make-code-cache.ts BUNDLE OUTPUT, by the Node that the bundle will be run by.
const [, , bundle, output] = process.argv;
if (bundle === undefined || output === undefined) throw new TypeError('BUNDLE and OUTPUT are missing');

const script = bundleScript(readFileSync(bundle, 'latin1'), bundle);
const write = process.stdout.write.bind(process.stdout);
// What the commands say is of no interest; only that they run.
process.stdout.write = () => true;
await warmUpCommands(async argv => {
  process.argv = [process.execPath, bundle, ...argv];
  await (runBundle(script, bundle) as { readonly ended: Promise<void> }).ended;
  if (process.exitCode !== 0) throw new Error(`kubectl recover ${argv.join(' ')} ended with ${process.exitCode}`);
});
process.stdout.write = write;
// Functions that V8 has not run for a while lose their code; none may be long ago.
writeFileSync(output, script.createCachedData());
