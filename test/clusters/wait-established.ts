import { waitUntil } from './wait-until.ts';

const CONDITION = '{range .items[*]}{.status.conditions[?(@.type=="Established")].status}{"\\n"}{end}';

/**
 * Waits until the API server serves every CustomResourceDefinition. `kubectl wait` gives up on one that is so new that
 * it has no conditions yet (kubectl/pkg/cmd/wait/condition.go).
 */
export const waitEstablished = (kubectl: (...args: readonly string[]) => Promise<string>): Promise<void> =>
  waitUntil(
    'the kinds that were defined being served',
    async () => {
      const answer = await kubectl('get', 'customresourcedefinitions', '-o', `jsonpath=${CONDITION}`);
      const states = answer.replace(/\n$/, '').split('\n');
      return states.every(state => state === 'True');
    },
    { timeoutSeconds: 60, everyMilliseconds: 250 },
  );
