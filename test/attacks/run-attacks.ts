import { type AttackRow, attackRows } from '../attack-rows.ts';
import { runVitest, say } from '../run-vitest.ts';

/** `npm run test:attacks`: runs every attack and prints what it is up against and the code that refuses it. */

const print = (rows: readonly AttackRow[]): void => {
  const width = (key: 'id' | 'wall' | 'code'): number => Math.max(...rows.map(row => row[key].length));
  const [id, wall, code] = [width('id'), width('wall'), width('code')];
  say(`\n${'ATTACK'.padEnd(id + 2)}  ${'WALL'.padEnd(wall)}  ${'CODE'.padEnd(code)}  WHAT`);
  for (const row of rows) {
    const mark = row.held ? 'ok' : '!!';
    say(`${mark} ${row.id.padEnd(id)} ${row.wall.padEnd(wall)}  ${row.code.padEnd(code)}  ${row.what}`);
  }
};

const { ok, report } = await runVitest('--project', 'e2e', 'test/attacks');
const rows = report === undefined ? [] : attackRows(report);
if (rows.length > 0) print(rows);
const held = rows.filter(row => row.held).length;
const skipped = (report?.numPendingTests ?? 0) + (report?.numTodoTests ?? 0);
say(
  `\n${rows.length} attacks, ${held} refused; ${report?.numPassedTests ?? 0} tests passed, ${report?.numFailedTests ?? 0} failed, ${skipped} skipped`,
);
process.exitCode = ok && rows.length > 0 && held === rows.length && skipped === 0 ? 0 : 1;
