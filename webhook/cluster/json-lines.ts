/** Parses a stream of newline-separated JSON; a character or an object may be split between two chunks. */
export async function* jsonLines<Line>(stream: AsyncIterable<Buffer>): AsyncGenerator<Line> {
  let pending: Buffer[] = [];
  for await (const chunk of stream) {
    let start = 0;
    for (let end = chunk.indexOf(0x0a); end !== -1; end = chunk.indexOf(0x0a, start)) {
      const line = Buffer.concat([...pending, chunk.subarray(start, end)]);
      pending = [];
      start = end + 1;
      if (line.length > 0) yield JSON.parse(line.toString('utf8')) as Line;
    }
    if (start < chunk.length) pending.push(chunk.subarray(start));
  }
}
