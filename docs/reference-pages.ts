import { CODES, type Code } from '../api/codes.ts';
import { CODE_ADVICE } from '../plugin/code-advice.ts';
import { exitCodeOf } from '../plugin/exit-codes.ts';
import { commandHelps } from '../test/golden/command-help.ts';

const GENERATED = '<!-- Written by `npm run docs` from the help of the plugin. -->\n';

const CONNECTION_FLAGS = /^Connection and output:\n(?: .*\n)+\n?/m;

const fenced = (text: string): string => `\`\`\`text\n${text.trimEnd()}\n\`\`\`\n`;

const anchorOf = (title: string): string => title.replaceAll(' ', '-');

const commandsPage = async (): Promise<string> => {
  const helps = await commandHelps();
  const whole = helps.get('') ?? '';
  const [flags = ''] = CONNECTION_FLAGS.exec(whole) ?? [];
  const [exitCodes = ''] = /^Exit codes: [\s\S]*/m.exec(whole) ?? [];
  const sections = [...helps].map(([words, help]) => {
    const title = `kubectl recover ${words}`.trim();
    const [own = ''] = help.replace(CONNECTION_FLAGS, '').split(/^(?:A group named like a command|Exit codes):/m);
    return { title, text: `## ${title}\n\n${fenced(own)}` };
  });
  return [
    GENERATED,
    '# Commands\n',
    'Flags stand behind `recover`: kubectl gives a plugin none of those before it. `kubectl recover COMMAND --help` shows',
    'the same as this page. What a refusal means stands in [codes](codes.md).\n',
    ...sections.map(({ title }) => `- [${title}](#${anchorOf(title)})`),
    '- [Flags of every command](#flags-of-every-command)',
    '- [Exit codes](#exit-codes)\n',
    ...sections.map(({ text }) => text),
    `## Flags of every command\n\n${fenced(flags)}`,
    'A group named like a command: `kubectl recover -- GROUP`.\n',
    `## Exit codes\n\n${fenced(exitCodes)}`,
    'With `-o json` a failure is JSON too, on stderr: `code`, `message`, `mend` and `failedChecks`.',
    '',
  ].join('\n');
};

/** The commands of a text as Markdown shows commands. */
const asCode = (text: string): string => text.replaceAll(/(?:kubectl|velero) [^;]+/g, command => `\`${command}\``);

const codesPage = (): string =>
  [
    GENERATED,
    '# Codes\n',
    'The same code stands in a refusal, in the status and the Events of objects, in metrics and in the audit log.',
    '`kubectl recover explain CODE` shows this too.\n',
    'A refusal itself says it with the names that are concerned. Words in capitals stand for yours.\n',
    '| code | meaning | what mends it | who | exit code |',
    '|---|---|---|---|---|',
    ...Object.entries(CODES).map(([name, text]) => {
      const code = name as Code;
      const { mend, who } = CODE_ADVICE[code];
      return `| \`${code}\` | ${text} | ${asCode(mend)} | ${who} | ${exitCodeOf(code)} |`;
    }),
    '',
  ].join('\n');

/** The pages of `docs/reference/`, by name. */
export const referencePages = async (): Promise<ReadonlyMap<string, string>> =>
  new Map([
    ['commands.md', await commandsPage()],
    ['codes.md', codesPage()],
  ]);
