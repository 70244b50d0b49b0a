import { describe, expect, test } from 'vitest';
import { parseNoProxy } from './no-proxy.ts';

/** After golang.org/x/net/http/httpproxy, whose rules kubectl follows. */
describe('NO_PROXY', () => {
  test.each<[string, string, number, boolean]>([
    ['', 'api.example.com', 443, false],
    ['example.com', 'example.com', 443, true],
    ['example.com', 'api.example.com', 443, true],
    ['example.com', 'notexample.com', 443, false],
    ['EXAMPLE.com', 'api.example.com', 443, true],
    ['.example.com', 'api.example.com', 443, true],
    ['.example.com', 'example.com', 443, false],
    ['*.example.com', 'api.example.com', 443, true],
    ['*.example.com', 'example.com', 443, false],
    ['*', 'anything', 443, true],
    ['*', '10.0.0.1', 443, true],
    ['example.com:6443', 'api.example.com', 6443, true],
    ['example.com:6443', 'api.example.com', 443, false],
    ['.example.com:6443', 'api.example.com', 6443, true],
    ['10.0.0.1', '10.0.0.1', 443, true],
    ['10.0.0.1', '10.0.0.10', 443, false],
    ['10.0.0.1:6443', '10.0.0.1', 6443, true],
    ['10.0.0.1:6443', '10.0.0.1', 443, false],
    ['10.0.0.0/8', '10.255.0.1', 443, true],
    ['10.0.0.0/8', '11.0.0.1', 443, false],
    ['10.0.0.0/33', '10.0.0.1', 443, false],
    ['fd00::/8', 'fd12::1', 443, true],
    ['fd00::/8', 'fe80::1', 443, false],
    ['fd12::1', 'fd12::1', 443, true],
    ['[fd12::1]:6443', 'fd12::1', 6443, true],
    ['[fd12::1]:6443', 'fd12::1', 443, false],
    ['0.0.1', '10.0.0.1', 443, false],
    [':443', 'api.example.com', 443, false],
    [' a.com , b.com ', 'b.com', 443, true],
    [',,', 'b.com', 443, false],
  ])('"%s": %s:%i is reached without a proxy: %s', (text, host, port, isMeant) => {
    expect(parseNoProxy(text)(host, port)).toBe(isMeant);
  });

  test.each(['localhost', '127.0.0.1', '127.1.2.3', '::1'])('empty: this machine, %s, is', host => {
    expect(parseNoProxy('')(host, 443)).toBe(true);
  });
});
