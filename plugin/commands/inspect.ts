import { stringify } from 'yaml';
import { OWN } from '../../api/kubernetes/resource-type.ts';
import { connect } from '../cluster/connect.ts';
import { EXIT } from '../exit-codes.ts';
import { type Examined, examineToken, isGood } from '../inspect/examine-token.ts';
import { tokenInput } from '../inspect/token-input.ts';
import { type KnownKey, keysOfIdentity, readKeys } from '../inspect/token-keys.ts';
import { age } from '../render/age.ts';
import { adviceLines, columnsOf } from '../render/hung-lines.ts';
import { isStructured, structured } from '../render/output.ts';
import type { CommandContext } from './command-context.ts';

export interface InspectFlags {
  /** A token, a file or `-`. */
  readonly input: string;
  /** Files of keys. */
  readonly keys: readonly string[];
}

const liveKeys = async ({ connection, io }: CommandContext): Promise<KnownKey[]> => {
  const access = connect(connection, connection.context, io);
  try {
    return (await access.call(client => client.listAll(OWN.clusterIdentities))).flatMap(keysOfIdentity);
  } finally {
    await access.close();
  }
};

/** Keys of the files that were given, and of the cluster that was named; no cluster is asked where none was. */
const keysFor = async ({ keys }: InspectFlags, context: CommandContext): Promise<KnownKey[]> => {
  const ofFiles = (await Promise.all(keys.map(readKeys))).flat();
  return context.connection.context === undefined ? ofFiles : [...ofFiles, ...(await liveKeys(context))];
};

/** What others wrote must not steer the terminal. */
const plain = (text: string): string => text.replaceAll(/\p{Cc}+/gu, ' ');

const when = (time: string, now: Date): string => {
  const ahead = Date.parse(time) - now.getTime();
  const span = age(ahead > 0 ? now.toISOString() : time, ahead > 0 ? new Date(time) : now);
  return `${time} (${ahead > 0 ? `in ${span}` : `${span} ago`})`;
};

const textOf = (examined: Examined, context: CommandContext, indent = ''): string => {
  const { io, palette } = context;
  const { kind, typ, issuer, kid, issuedAt, expiresAt, claims, checks, grant } = examined;
  const now = new Date(io.clock());
  const columns = columnsOf(io.stdout);
  const lines = [
    `Kind:     ${kind} (${typ})`,
    `Issuer:   ${plain(issuer)}`,
    `Key:      ${kid}`,
    `Issued:   ${when(issuedAt, now)}`,
    `Expires:  ${expiresAt === undefined ? 'never' : when(expiresAt, now)}`,
    'Checks:',
    ...checks.flatMap(({ check, ok, code, message, mend }) => {
      const state = ok ? palette.good('ok    ') : palette.bad('failed');
      const text = `${code === undefined ? '' : `${code}: `}${plain(message)}`;
      const room = columns === undefined ? undefined : columns - indent.length;
      return adviceLines(`  ${state}  ${check.padEnd(9)}  `, text, mend, room);
    }),
    'Claims:',
    ...stringify(claims)
      .trimEnd()
      .split('\n')
      .map(line => `  ${plain(line)}`),
  ];
  const own = lines.map(line => `${indent}${line}\n`).join('');
  return grant === undefined ? own : `${own}${indent}Grant inside:\n${textOf(grant, context, `${indent}  `)}`;
};

/** `kubectl recover inspect TOKEN|FILE|-`: what a token says, and what of it holds. */
export const inspect = async (flags: InspectFlags, context: CommandContext): Promise<number> => {
  const { io, output } = context;
  const tokens = tokenInput(flags.input);
  const keys = await keysFor(flags, context);
  const now = new Date(io.clock());
  const examined = await Promise.all(tokens.map(token => examineToken(token, keys, now)));
  const verified = examined.every(isGood);
  if (isStructured(output)) io.stdout.write(structured({ verified, tokens: examined }, output));
  else io.stdout.write(examined.map(each => textOf(each, context)).join('\n'));
  return verified ? EXIT.success : EXIT.refused;
};
