import { runVitest, say, type TestReport } from '../run-vitest.ts';

/** `npm run test:attacks`: runs every attack and prints what it is up against and the code that refuses it. */

interface Row {
  readonly id: string;
  readonly wall: string;
  readonly code: string;
  readonly what: string;
  readonly held: boolean;
}

/** Titles of attacks read `id | wall | code | what`; other tests show that an attack would work, or what must pass. */
const rowsOf = ({ testResults }: TestReport): readonly Row[] =>
  testResults
    .flatMap(({ assertionResults }) => assertionResults)
    .flatMap(({ title, status }) => {
      const [id, wall, code, ...what] = title.split(' | ');
      if (id === undefined || wall === undefined || code === undefined || what.length === 0) return [];
      return [{ id, wall, code, what: what.join(' | '), held: status === 'passed' }];
    })
    .sort((a, b) => a.id.localeCompare(b.id, 'en', { numeric: true }));

const print = (rows: readonly Row[]): void => {
  const width = (key: 'id' | 'wall' | 'code'): number => Math.max(...rows.map(row => row[key].length));
  const [id, wall, code] = [width('id'), width('wall'), width('code')];
  say(`\n${'ATTACK'.padEnd(id + 2)}  ${'WALL'.padEnd(wall)}  ${'CODE'.padEnd(code)}  WHAT`);
  for (const row of rows) {
    const mark = row.held ? 'ok' : '!!';
    say(`${mark} ${row.id.padEnd(id)} ${row.wall.padEnd(wall)}  ${row.code.padEnd(code)}  ${row.what}`);
  }
};

const { ok, report } = await runVitest('--project', 'e2e', 'test/attacks');
const rows = report === undefined ? [] : rowsOf(report);
if (rows.length > 0) print(rows);
const held = rows.filter(row => row.held).length;
const skipped = (report?.numPendingTests ?? 0) + (report?.numTodoTests ?? 0);
say(
  `\n${rows.length} attacks, ${held} refused; ${report?.numPassedTests ?? 0} tests passed, ${report?.numFailedTests ?? 0} failed, ${skipped} skipped`,
);
process.exitCode = ok && rows.length > 0 && held === rows.length && skipped === 0 ? 0 : 1;
