import { DEFAULT_MESSAGES, ERROR_CODES, type ErrorCode } from '../../common/error-codes.js';
import { FIELD_ERROR_CODES } from '../../common/field-error.js';
import type { Contract } from '../output/contract.js';
import { ERROR_STATUS } from '../output/error-status.js';
import { ERROR_GUIDE, type Retry } from './error-guide.js';
import { FIELD_ERROR_GUIDE } from './field-error-guide.js';

const INTRODUCTION = `# Errors

An error has the same status in every contract; the body is the contract's own. Programs should compare the status and
the field below, whose words do not change. Messages are written for people and may change. Where a contract has no
other word than its message, a response may say more than the table does.`;

const FIELD_ERRORS = `## Errors of fields

Where fields are concerned, \`/api\` answers \`errors\` and \`/v1\` \`error.details\`: a list of \`{field, code, message}\` with
at most ten entries, and one with the code \`more\` where there are others. The codes do not change. Lengths are in
Unicode code points. In \`/api\`, \`message\` is a sentence for the person at the form.`;

const RETRIES: Readonly<Record<Retry, string>> = {
  no: 'no',
  refresh: 'once, with the new access token',
  wait: 'after the wait',
  yes: 'yes; the server has not processed the request',
};

const LINE_MAX = 120;

/** The reference of all errors in Markdown: each contract's words, what each error means and what to do about it. */
export function errorsPage(contracts: readonly Contract[]): string {
  const fields = contracts.map((contract) => `- ${rootOf(contract)}: \`${contract.errorField}\``).join('\n');
  const parts = [
    INTRODUCTION,
    fields,
    wordsTable(contracts),
    '## What each error means',
    ...ERROR_CODES.map(sectionOf),
    FIELD_ERRORS,
    fieldTable(),
  ];
  return `${parts.join('\n\n')}\n`;
}

function wordsTable(contracts: readonly Contract[]): string {
  const head = ['error', 'status', ...contracts.map(rootOf)];
  const rows = ERROR_CODES.map((code) => [
    `[${code}](#${code})`,
    String(ERROR_STATUS[code]),
    ...contracts.map(({ errorWords }) => `\`${errorWords[code]}\``),
  ]);
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

function fieldTable(): string {
  const rows = FIELD_ERROR_CODES.map((code) => `| \`${code}\` | ${FIELD_ERROR_GUIDE[code]} |`);
  return ['| code | meaning |', '| --- | --- |', ...rows].join('\n');
}

function sectionOf(code: ErrorCode): string {
  const { meaning, action, retry } = ERROR_GUIDE[code];
  return `### ${code}

${ERROR_STATUS[code]}: “${DEFAULT_MESSAGES[code]}”

${listItem(`Meaning: ${meaning}`)}
${listItem(`What to do: ${action}`)}
- Retry: ${RETRIES[retry]}.`;
}

function listItem(text: string): string {
  return `- ${text.replace(new RegExp(`(.{1,${LINE_MAX - 2}})(?: +|$)`, 'g'), '$1\n  ').trimEnd()}`;
}

function rootOf({ prefix }: Contract): string {
  return `\`/${prefix}\``;
}
