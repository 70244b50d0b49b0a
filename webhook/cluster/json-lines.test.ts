import fc from 'fast-check';
import { expect, test } from 'vitest';
import { jsonLines } from './json-lines.ts';

async function* streamOf(chunks: readonly Uint8Array[]): AsyncGenerator<Buffer> {
  for (const chunk of chunks) yield Buffer.from(chunk);
}

const read = async (...chunks: (string | Uint8Array)[]): Promise<unknown[]> => {
  const lines: unknown[] = [];
  for await (const line of jsonLines(streamOf(chunks.map(chunk => Buffer.from(chunk as Uint8Array))))) lines.push(line);
  return lines;
};

test('lines come one by one, wherever chunks end', async () => {
  expect(await read('{"a":1}\n{"a"', ':2}\n', '\n\n{"a":3}\n')).toEqual([{ a: 1 }, { a: 2 }, { a: 3 }]);
});

test('however a stream is cut into chunks, inside characters too, the same lines come', async () => {
  const cuts = fc.array(fc.nat(), { maxLength: 20 });
  await fc.assert(
    fc.asyncProperty(fc.array(fc.jsonValue({ stringUnit: 'binary' }), { maxLength: 5 }), cuts, async (values, at) => {
      const bytes = Buffer.from(values.map(value => `${JSON.stringify(value)}\n`).join(''), 'utf8');
      const ends = [...new Set([...at.map(cut => cut % (bytes.length + 1)), 0, bytes.length])].sort((a, b) => a - b);
      const chunks = ends.slice(1).map((end, index) => bytes.subarray(ends[index], end));
      expect(await read(...chunks)).toEqual(values.map(value => JSON.parse(JSON.stringify(value))));
    }),
  );
});

test('each byte in a chunk of its own', async () => {
  const bytes = Buffer.from('{"é":"€😀"}\n{"x":"\\u20ac"}\n', 'utf8');
  expect(await read(...[...bytes].map(byte => Uint8Array.of(byte)))).toEqual([{ é: '€😀' }, { x: '€' }]);
});

test('a line that has not ended is not told', async () => {
  expect(await read('{"a":1}\n{"a":2}')).toEqual([{ a: 1 }]);
});

test('a line that is no JSON is an error, after those before it', async () => {
  const lines: unknown[] = [];
  const reading = async () => {
    for await (const line of jsonLines(streamOf([Buffer.from('{"a":1}\n{"a":\n{"a":3}\n')]))) lines.push(line);
  };
  await expect(reading()).rejects.toThrow(SyntaxError);
  expect(lines).toEqual([{ a: 1 }]);
});

test('the error of a stream comes through', async () => {
  async function* broken(): AsyncGenerator<Buffer> {
    yield Buffer.from('{"a":1}\n{"a"');
    throw new Error('cut');
  }
  const lines: unknown[] = [];
  const reading = async () => {
    for await (const line of jsonLines(broken())) lines.push(line);
  };
  await expect(reading()).rejects.toThrow('cut');
  expect(lines).toEqual([{ a: 1 }]);
});

test('a stream is let go when its reader leaves', async () => {
  let isLetGo = false;
  async function* endless(): AsyncGenerator<Buffer> {
    try {
      for (;;) yield Buffer.from('{}\n');
    } finally {
      isLetGo = true;
    }
  }
  for await (const line of jsonLines(endless())) {
    expect(line).toEqual({});
    break;
  }
  expect(isLetGo).toBe(true);
});
