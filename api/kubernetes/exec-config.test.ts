import { describe, expect, test } from 'vitest';
import { ConnectionSetupError } from './api-error.ts';
import { parseExecConfig } from './exec-config.ts';

const V1 = 'client.authentication.k8s.io/v1';

describe('the login program of a user', () => {
  test('is read whole', () => {
    expect(
      parseExecConfig(
        {
          apiVersion: 'client.authentication.k8s.io/v1beta1',
          command: 'log-in',
          args: ['--audience', 'prod'],
          env: [{ name: 'REGION', value: 'eu' }],
          interactiveMode: 'Never',
          provideClusterInfo: true,
          installHint: 'get it\n\u001b[1mthere',
        },
        'alice',
      ),
    ).toEqual({
      apiVersion: 'client.authentication.k8s.io/v1beta1',
      command: 'log-in',
      args: ['--audience', 'prod'],
      env: [{ name: 'REGION', value: 'eu' }],
      interactiveMode: 'Never',
      provideClusterInfo: true,
      installHint: 'get it [1mthere',
    });
  });

  test('may have a command and a version alone', () => {
    expect(parseExecConfig({ apiVersion: V1, command: 'log-in', args: null, env: null }, 'alice')).toEqual({
      apiVersion: V1,
      command: 'log-in',
      args: [],
      env: [],
      interactiveMode: 'IfAvailable',
      provideClusterInfo: false,
      installHint: undefined,
    });
  });

  test.each([
    [{ command: 'x' }, 'has the apiVersion "", not client.authentication.k8s.io/v1 or '],
    [
      { apiVersion: 'client.authentication.k8s.io/v1alpha1', command: 'x' },
      'has the apiVersion "client.authentication.k8s.io/v1alpha1", not ',
    ],
    [{ apiVersion: V1 }, 'has no command'],
    [{ apiVersion: V1, command: '' }, 'has no command'],
    [
      { apiVersion: V1, command: 'x', interactiveMode: 'Sometimes' },
      'has the interactiveMode "Sometimes", not Never, IfAvailable, Always',
    ],
    [{ apiVersion: V1, command: 'x', env: [{ value: 'a' }] }, 'has a variable in env without a name'],
    ['log-in', 'has the apiVersion ""'],
  ])('cannot be %j', (entry, what) => {
    const attempt = () => parseExecConfig(entry, 'alice');
    expect(attempt).toThrow(ConnectionSetupError);
    expect(attempt).toThrow(`the login program of user "alice" ${what}`);
  });
});
