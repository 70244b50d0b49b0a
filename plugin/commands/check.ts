import packageJson from '../../package.json' with { type: 'json' };
import { CHECKS, FIRST_CHECK } from '../checkup/checks.ts';
import { type ExaminedCluster, examinedCluster } from '../checkup/examined-cluster.ts';
import { findingsText, summaryOf, summaryText } from '../checkup/report.ts';
import { type CheckedFinding, runChecks } from '../checkup/run-checks.ts';
import { connect } from '../cluster/connect.ts';
import { EXIT } from '../exit-codes.ts';
import { columnsOf } from '../render/hung-lines.ts';
import { isStructured, structured } from '../render/output.ts';
import { type CommandContext, tell } from './command-context.ts';

const examine = async (cluster: ExaminedCluster): Promise<CheckedFinding[]> => {
  const first = await runChecks([FIRST_CHECK], cluster);
  const answers = first.every(({ state }) => state !== 'failed');
  return answers ? [...first, ...(await runChecks(CHECKS, cluster))] : first;
};

/** `kubectl recover check`: examines a cluster with the caller's rights and says what to do. */
export const check = async (context: CommandContext): Promise<number> => {
  const { connection, io, output } = context;
  const access = connect(connection, connection.context, io);
  try {
    const findings = await examine(examinedCluster(access, io, packageJson.version));
    const summary = summaryOf(findings);
    if (isStructured(output)) {
      const { context: name, server } = access;
      io.stdout.write(structured({ context: name, server, version: packageJson.version, summary, findings }, output));
    } else {
      io.stdout.write(findingsText(findings, columnsOf(io.stdout)));
      tell(context, `cluster "${access.context}": ${summaryText(summary)}`);
    }
    return summary.failed > 0 ? EXIT.error : EXIT.success;
  } finally {
    await access.close();
  }
};
