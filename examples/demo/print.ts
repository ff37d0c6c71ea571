import type { Cli } from '../../bin/cli.ts';
import { type GridColumn, grid } from '../../bin/output/grid.ts';
import { humanCount } from '../../bin/output/human.ts';
import type { Proof } from './proof.ts';

const WIDTH = 80;

/** The demo's words on the terminal, 80 columns wide. */
export interface Printer {
  /** Begins a part: a rule with its title and, at the right, a time. */
  part(title: string, at?: string): Promise<void>;
  /** A paragraph. */
  lines(lines: readonly string[]): Promise<void>;
  /** What a person types for what comes next. */
  command(text: string): Promise<void>;
  table(columns: readonly GridColumn[], rows: readonly (readonly string[])[]): Promise<void>;
  proofs(proofs: readonly Proof[]): Promise<void>;
}

const number = (title: string): GridColumn => ({ title, align: 'right' });

const PROVED: readonly GridColumn[] = [
  { title: 'where' },
  { title: 'table' },
  number('rows at the source'),
  number('rows there'),
  { title: 'the same' },
];

/** `shell` turns the arguments of a command into the line that a person types. */
export function createPrinter({ out, paint }: Cli, shell: (args: string) => string): Printer {
  const table: Printer['table'] = (columns, rows) => out.write(grid(columns, rows, paint));
  return {
    part(title, at = '') {
      const right = at === '' ? '' : ` ${at}`;
      const rule = '─'.repeat(Math.max(2, WIDTH - 4 - title.length - right.length));
      return out.write(`\n${paint.cyan('──')} ${paint.bold(title)} ${paint.cyan(rule)}${paint.dim(right)}\n`);
    },
    lines: (lines) => out.write(`\n${lines.map((line) => `${line}\n`).join('')}`),
    command: (args) => out.write(`\n${paint.dim('$')} ${paint.bold(shell(args))}\n`),
    table,
    proofs(proofs) {
      const verdict = ({ differing }: Proof): string =>
        differing === 0 ? paint.green('ok') : paint.red(`differs in ${humanCount(differing)} keys`);
      const counts = ({ expected, actual }: Proof): string[] => [humanCount(expected), humanCount(actual)];
      return table(
        PROVED,
        proofs.map((proof) => [proof.place, proof.table, ...counts(proof), verdict(proof)]),
      );
    },
  };
}
