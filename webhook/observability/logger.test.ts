import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { ApiError } from '../../api/kubernetes/api-error.ts';
import { RecoverError } from '../../api/recover-error.ts';
import { FakeCluster } from '../../test/fakes/fake-authority.ts';
import { recoveryClaims, stampClaims } from '../../test/fakes/sample-claims.ts';
import { createLogger, type Logger } from './logger.ts';

const here = await FakeCluster.create('prod');
const token = await here.issueRecoveryToken(recoveryClaims(here));
const stamp = await here.issueStamp(stampClaims(here));
const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
const { d = '' } = privateKey.export({ format: 'jwk' });

/** The lines that a logger writes. */
const linesOf = (write: (log: Logger) => void, level = 'debug'): string[] => {
  const lines: string[] = [];
  write(createLogger(level, { write: line => lines.push(line) }));
  return lines;
};

const lineOf = (write: (log: Logger) => void): Record<string, unknown> => {
  const [line = '', ...others] = linesOf(write);
  expect(others).toEqual([]);
  return JSON.parse(line) as Record<string, unknown>;
};

describe('a line', () => {
  test('is one JSON object with its time, level, message and fields', () => {
    const [line = ''] = linesOf(log => log.info({ backup: 'nightly-1', groups: 2, ready: false }, 'backup\nstamped'));
    expect(line.endsWith('}\n')).toBe(true);
    expect(line.trimEnd()).not.toContain('\n');
    expect(JSON.parse(line)).toEqual({
      level: 'info',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      backup: 'nightly-1',
      groups: 2,
      ready: false,
      msg: 'backup\nstamped',
    });
  });

  test('of a lower level is not written', () => {
    expect(linesOf(log => log.debug('x'), 'info')).toEqual([]);
    expect(linesOf(log => log.warn('x'), 'error')).toEqual([]);
  });

  test('tells an error with its type, message, stack and fields', () => {
    const error = new RecoverError({ code: 'TokenUsed', message: 'it has been used' });
    expect(lineOf(log => log.error({ err: error }, 'refused'))).toMatchObject({
      err: {
        type: 'RecoverError',
        message: 'it has been used',
        code: 'TokenUsed',
        stack: expect.stringContaining('at '),
      },
    });
  });
});

/** Places where a secret could stand in what is logged. */
const PLACES: readonly (readonly [where: string, place: (field: string, secret: string) => object])[] = [
  ['at the top', (field, secret) => ({ [field]: secret })],
  ['in an object', (field, secret) => ({ recovery: { [field]: secret } })],
  ['deep within', (field, secret) => ({ a: { b: { c: { d2: { e: { [field]: secret } } } } } })],
  ['in a list', (field, secret) => ({ items: [{ spec: { [field]: secret } }] })],
  [
    'on an error',
    (field, secret) => ({ err: Object.assign(new Error('x'), { config: { headers: { [field]: secret } } }) }),
  ],
];

describe.each(PLACES)('a secret %s is cut', (_, place) => {
  test.each([
    'accessToken',
    'recoveryToken',
    'grant',
    'privateJwk',
    'privateKey',
    'd',
    'authorization',
    'Authorization',
    'data',
    'annotations',
  ])('by its name: %s', field => {
    expect(JSON.stringify(lineOf(log => log.info(place(field, 'hush-hush'), 'x')))).not.toContain('hush');
  });

  test('by its looks, whatever it is called', () => {
    for (const secret of [token, stamp, pem]) {
      const written = JSON.stringify(lineOf(log => log.warn(place('anything', `it was: ${secret} !`), 'x')));
      expect(written).toContain('it was: [cut]');
      for (const part of secret.split(/[.\n]/)) if (part.length > 30) expect(written).not.toContain(part.slice(0, 30));
    }
  });
});

describe('a secret is cut', () => {
  test('with all that hangs on it', () => {
    const written = lineOf(log =>
      log.info({ data: { 'tls.key': 'hush' }, annotations: ['hush'], privateJwk: { d } }, 'x'),
    );
    expect(written).toMatchObject({ data: '[cut]', annotations: '[cut]', privateJwk: '[cut]' });
  });

  test('in a message, and in what is put into one', () => {
    expect(lineOf(log => log.info(`token ${token} came`))['msg']).toBe('token [cut] came');
    expect(lineOf(log => log.info('token %s came', token))['msg']).toBe('token [cut] came');
    expect(lineOf(log => log.info('got %j', { grant: token }))['msg']).not.toContain(token.slice(0, 30));
  });

  test('in what a child logger carries', () => {
    expect(lineOf(log => log.child({ accessToken: token, note: token }).info('x'))).toMatchObject({
      accessToken: '[cut]',
      note: '[cut]',
    });
  });

  test('in an error of an API server that quotes what it was sent', () => {
    const quoted = `Recovery "x" is invalid: status.recoveryToken: Invalid value: "${token}"`;
    const error = new ApiError(422, 'Invalid', quoted, [{ field: 'status.recoveryToken', message: quoted }]);
    const written = JSON.stringify(lineOf(log => log.error({ err: error }, 'reconcile failed')));
    for (const part of token.split('.')) expect(written).not.toContain(part.slice(0, 30));
  });

  test('in the cause of an error', () => {
    const error = new Error('outer', { cause: new Error(`inner ${token}`) });
    expect(JSON.stringify(lineOf(log => log.error({ err: error }, 'x')))).not.toContain(token.slice(0, 30));
  });

  test('that is not whole', () => {
    const half = pem.slice(0, pem.length / 2);
    expect(lineOf(log => log.info({ note: half }, 'x'))['note']).toBe('[cut]');
    expect(lineOf(log => log.info({ note: `${token.split('.').slice(0, 2).join('.')}.` }, 'x'))['note']).toBe('[cut]');
  });
});

test('what is no secret is told as it is', () => {
  const fields = {
    uid: 'd3b0',
    path: '/validate/objects',
    user: 'alice',
    code: 'TokenUsed',
    granted: true,
    day: 1,
    dot: 'a.b.c',
  };
  expect(lineOf(log => log.info(fields, 'decided'))).toMatchObject({ ...fields, msg: 'decided' });
});
