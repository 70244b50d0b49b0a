import type { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';

const unzip = promisify(gunzip);

/** Unzips a whole file and reads it as JSON; one that would be larger than told is an error. */
export const unzippedJson = async (body: Readable, maxBytes: number): Promise<unknown> => {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > maxBytes) throw new RangeError(`a file of the backup is larger than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  return JSON.parse((await unzip(Buffer.concat(chunks), { maxOutputLength: maxBytes })).toString('utf8'));
};
