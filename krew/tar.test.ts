import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { tar } from './tar.ts';

const entry = (name: string, content: Uint8Array, executable = false) => ({ name, content, executable });

test('the tar of the system unpacks it, with contents and rights', () => {
  const folder = mkdtempSync(join(tmpdir(), 'kubectl-recover-tar-'));
  try {
    const program = Buffer.alloc(1025, 'x');
    const archive = tar([
      entry('program', program, true),
      entry('LICENSE', Buffer.from('terms')),
      entry('empty', Buffer.of()),
    ]);
    execFileSync('tar', ['-xf', '-', '-C', folder], { input: archive });
    expect(readFileSync(join(folder, 'program'))).toEqual(program);
    expect(readFileSync(join(folder, 'LICENSE'), 'utf8')).toBe('terms');
    expect(readFileSync(join(folder, 'empty'))).toHaveLength(0);
    expect(statSync(join(folder, 'program')).mode & 0o111).not.toBe(0);
    expect(statSync(join(folder, 'LICENSE')).mode & 0o111).toBe(0);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('the length is a whole number of blocks, and two empty ones end it', () => {
  const archive = tar([entry('a', Buffer.alloc(512))]);
  expect(archive).toHaveLength(4 * 512);
  expect(archive.subarray(-1024).every(byte => byte === 0)).toBe(true);
});

test.each(['', '../a', 'a/b', 'ä', 'x'.repeat(101)])('the name "%s" is refused', name => {
  expect(() => tar([entry(name, Buffer.of())])).toThrow(expect.objectContaining({ code: 'EntryInvalid' }));
});
