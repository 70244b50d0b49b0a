import { waitUntil } from './wait-until.ts';

interface Definitions {
  readonly items: readonly {
    readonly status?: {
      readonly conditions?: readonly { readonly type: string; readonly status: string }[] | null;
    };
  }[];
}

/**
 * Waits until the API server serves every CustomResourceDefinition. `kubectl wait` gives up on one that is so new that
 * it has no conditions yet (kubectl/pkg/cmd/wait/condition.go), and a filter of its JSONPath fails there.
 */
export const waitEstablished = (kubectl: (...args: readonly string[]) => Promise<string>): Promise<void> =>
  waitUntil(
    'the kinds that were defined being served',
    async () => {
      const { items } = JSON.parse(await kubectl('get', 'customresourcedefinitions', '-o', 'json')) as Definitions;
      return items.every(({ status }) =>
        status?.conditions?.some(condition => condition.type === 'Established' && condition.status === 'True'),
      );
    },
    { timeoutSeconds: 60, everyMilliseconds: 250 },
  );
