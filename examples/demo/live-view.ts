import { type GridColumn, grid } from '../../bin/output/grid.ts';
import { humanCount } from '../../bin/output/human.ts';
import type { Paint } from '../../bin/output/paint.ts';
import type { LiveTable, LiveTables } from './live-state.ts';

/** What the head of the picture tells. */
export interface LiveMoment {
  readonly second: number;
  readonly seconds: number;
  readonly committed: number;
  readonly rolledBack: number;
  /** What the worker is at, in a few words. */
  readonly worker: string;
  readonly tables: LiveTables;
}

/** A picture that is drawn again and again, with lines that stay above it. */
export interface LiveView {
  /** Draws the picture as it is now: in a terminal over the last one, elsewhere as one line now and then. */
  draw(moment: LiveMoment): void;
  /** A line that stays. */
  tell(line: string): void;
  /** Leaves the last picture where it is. */
  end(moment: LiveMoment): void;
}

interface Terminal {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

const number = (title: string): GridColumn => ({ title, align: 'right' });
const COLUMNS: readonly GridColumn[] = [
  { title: 'table' },
  ...['at the source', 'files', 'versions', 'current', '→ history', '→ Postgres'].map(number),
];
/** The picture's. */
const WIDTH = 80;
/** Least time from line to line where pictures cannot be drawn over. */
const LINE_SECONDS = 5;

/** @param stream where the picture goes: drawn over in a terminal, lines elsewhere */
export function createLiveView(stream: Terminal, paint: Paint): LiveView {
  // Lines that the terminal breaks cannot be drawn over.
  const fits = (stream.columns ?? WIDTH) >= WIDTH;
  return stream.isTTY && fits ? drawn(stream, paint) : lined(stream, paint);
}

function drawn(stream: Terminal, paint: Paint): LiveView {
  let last = '';
  const wipe = (): string => {
    const height = last.split('\n').length - 1;
    return height === 0 ? '' : `\x1b[${height}A\x1b[J`;
  };
  const draw = (moment: LiveMoment): void => {
    const picture = `\n${renderHead(moment, paint)}\n\n${renderTables(moment.tables, paint)}`;
    stream.write(wipe() + picture);
    last = picture;
  };
  return {
    draw,
    tell(line) {
      stream.write(`${wipe()}${line}\n${last}`);
    },
    end: draw,
  };
}

function lined(stream: Terminal, paint: Paint): LiveView {
  let due = LINE_SECONDS;
  return {
    draw(moment) {
      if (moment.second < due) return;
      due = moment.second + LINE_SECONDS;
      stream.write(`${renderLine(moment)}\n`);
    },
    tell: (line) => void stream.write(`${line}\n`),
    end(moment) {
      stream.write(`${renderLine(moment)}\n\n${renderTables(moment.tables, paint)}`);
    },
  };
}

function renderHead(moment: LiveMoment, paint: Paint): string {
  const { second, seconds, worker } = moment;
  const at = `${Math.floor(second)} s of ${seconds}`.padEnd(12);
  return `${paint.bold(at)}${transactions(moment)}  ${paint.dim(worker)}`;
}

const transactions = ({ committed, rolledBack }: LiveMoment): string =>
  `${humanCount(committed)} commits, ${humanCount(rolledBack)} rollbacks`;

/** All that the picture tells, in one line. */
function renderLine(moment: LiveMoment): string {
  const tables = [...moment.tables.values()];
  const sum = (of: (table: LiveTable) => number | null): string =>
    humanCount(tables.reduce((total, table) => total + (of(table) ?? 0), 0));
  const slowest = (of: (table: LiveTable) => number | null): string => {
    const known = tables.map(of).filter((seconds) => seconds !== null);
    return renderLag(known.length === 0 ? null : Math.max(...known));
  };
  const parts = [
    clock(moment.second),
    `${humanCount(moment.committed)} commits`,
    `${sum(({ versions }) => versions)} versions`,
    `${sum(({ waiting }) => waiting)} files wait`,
    `history ${slowest(({ toHistory }) => toHistory)}`,
    `Postgres ${slowest(({ toTarget }) => toTarget)}`,
  ];
  return parts.join('  ');
}

/** A time of the run, four columns wide. */
export const clock = (second: number): string => `${Math.floor(second)} s`.padStart(4);

function renderTables(tables: LiveTables, paint: Paint): string {
  const rows = [...tables.values()].map((table) => [
    table.table,
    renderCount(table.source),
    String(table.waiting),
    renderCount(table.versions),
    renderCount(table.current),
    renderLag(table.toHistory),
    renderLag(table.toTarget),
  ]);
  return grid(COLUMNS, rows, paint);
}

const renderCount = (count: number | null): string => (count === null ? '–' : humanCount(count));
const renderLag = (seconds: number | null): string => (seconds === null ? '–' : `${seconds.toFixed(1)} s`);
