// Run as a process of its own by ProgramGroup. Its stdin is a pipe that only the process which started the programs holds
// open, so end of file means that this process is gone, however it went (SIGKILL too), and what it left is ended here.
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { processIdentity } from './process-identity.ts';

const secondsToEnd = 5;
const watched = new Map<number, string>();

for await (const line of createInterface({ input: process.stdin })) {
  const [action, pid, identity] = line.split('\t');
  if (action === 'started' && pid !== undefined && identity !== undefined) watched.set(Number(pid), identity);
  if (action === 'ended') watched.delete(Number(pid));
}

const stillRunning = () => [...watched].filter(([pid, identity]) => processIdentity(pid) === identity);
const signalAll = (signal: 'SIGTERM' | 'SIGKILL') => {
  for (const [pid] of stillRunning()) process.kill(pid, signal);
};

signalAll('SIGTERM');
for (let tenths = 0; tenths < secondsToEnd * 10 && stillRunning().length > 0; tenths += 1) await sleep(100);
signalAll('SIGKILL');
