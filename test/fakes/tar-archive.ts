const BLOCK = 512;

const header = (name: string, size: number, type: string): Buffer => {
  const block = Buffer.alloc(BLOCK);
  block.write(name.slice(0, 100), 0);
  block.write(`${size.toString(8).padStart(11, '0')}\0`, 124);
  block.write(type, 156);
  block.write('ustar\x0000', 257);
  return block;
};

const entry = (name: string, content: Buffer, type = '0'): Buffer =>
  Buffer.concat([
    header(name, content.length, type),
    content,
    Buffer.alloc((BLOCK - (content.length % BLOCK)) % BLOCK),
  ]);

/** The length of a pax record counts its own digits. */
const paxRecord = (text: string): Buffer => {
  let length = text.length + 2;
  while (`${length} ${text}\n`.length !== length) length = `${length} ${text}\n`.length;
  return Buffer.from(`${length} ${text}\n`);
};

/** A tar archive as Go writes it for Velero: a path that is too long for ustar stands in a pax header before it. */
export const tarArchive = (files: Readonly<Record<string, string>>): Buffer =>
  Buffer.concat([
    ...Object.entries(files).flatMap(([path, content]) => [
      ...(path.length > 100 ? [entry('PaxHeaders.0/x', paxRecord(`path=${path}`), 'x')] : []),
      entry(path, Buffer.from(content)),
    ]),
    Buffer.alloc(2 * BLOCK),
  ]);
