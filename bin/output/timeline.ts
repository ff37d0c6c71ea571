import type { Column } from '../../lib/config/column-type.ts';
import { instantToMicros } from '../../lib/instant.ts';
import type { TextRow } from '../../lib/ports.ts';
import { cellText, cut, pad, widthOf } from './cell.ts';
import { humanDuration, humanInstant } from './human.ts';
import type { Paint } from './paint.ts';

/** Where in a version's row things are, and how to draw them. */
export interface TimelineStyle {
  readonly columns: readonly Column[];
  readonly keys: readonly string[];
  /** Names of the bookkeeping columns, which are not drawn as values. */
  readonly effectiveDate: string;
  readonly endDate: string;
  readonly current: string;
  readonly width: number;
  readonly paint: Paint;
}

interface Version {
  readonly from: string;
  readonly to: string | null;
  readonly values: readonly { readonly name: string; readonly value: string | null }[];
}

/**
 * One key's life, top to bottom in time: its rows are its versions, oldest first. Shows every value where the key is
 * inserted, what differs where it changes, and the gap where it was deleted. Lines are at most `width` wide.
 */
export function drawTimeline(rows: readonly TextRow[], style: TimelineStyle): string {
  const versions = rows.map((row) => toVersion(row, style));
  const lines = versions.flatMap((version, at) => [
    ...drawStart(version, versions[at - 1] ?? null, style),
    ...drawEnd(version, versions[at + 1] ?? null, style),
  ]);
  return lines.map((line) => `${line}\n`).join('');
}

/** The key of a row as a title: `id = 7, region = north`. */
export function keyTitle(row: TextRow, { columns, keys }: Pick<TimelineStyle, 'columns' | 'keys'>): string {
  return columns
    .map((column, at) => ({ name: column.name, value: row[at] ?? null }))
    .filter(({ name }) => includes(keys, name))
    .map(({ name, value }) => `${cellText(name)} = ${cellText(value)}`)
    .join(', ');
}

const includes = (names: readonly string[], name: string): boolean =>
  names.some((n) => n.toLowerCase() === name.toLowerCase());

function toVersion(row: TextRow, style: TimelineStyle): Version {
  const cells = style.columns.map((column, at) => ({ name: column.name, value: row[at] ?? null }));
  const of = (name: string): string | null => cells.find((c) => includes([name], c.name))?.value ?? null;
  const hidden = [...style.keys, style.effectiveDate, style.endDate, style.current];
  return {
    from: of(style.effectiveDate) ?? '',
    to: of(style.endDate),
    values: cells.filter((cell) => !includes(hidden, cell.name)),
  };
}

function drawStart(version: Version, before: Version | null, style: TimelineStyle): string[] {
  const { paint } = style;
  const touches = before !== null && before.to === version.from;
  const word = before === null ? 'inserted' : touches ? 'changed' : 'inserted again';
  const color = touches ? paint.yellow : paint.green;
  const head = `${color('●')}  ${humanInstant(version.from)}  ${color(word)}`;
  return [head, ...(before === null ? drawValues(version, style) : drawChanges(version, before, style))];
}

function drawValues({ values }: Version, style: TimelineStyle): string[] {
  const nameWidth = widestName(values, style);
  return values.map(({ name, value }) => {
    const room = style.width - nameWidth - INDENT - 2;
    return drawLine(name, nameWidth, cut(shown(value), room), style.paint);
  });
}

function drawChanges(version: Version, before: Version, style: TimelineStyle): string[] {
  const { paint, width } = style;
  const changed = version.values.filter(({ value }, at) => value !== before.values[at]?.value);
  if (changed.length === 0) return [`${paint.dim('│')}    ${paint.dim('with the same values')}`];
  const nameWidth = widestName(changed, style);
  const room = width - nameWidth - INDENT - 2 - ARROW.length;
  return changed.map(({ name, value }) => {
    const old = shown(before.values.find((v) => v.name === name)?.value ?? null);
    const [shownOld, shownNew] = shareRoom(old, shown(value), room);
    const change = `${paint.red(shownOld)}${paint.dim(ARROW)}${paint.green(shownNew)}`;
    return drawLine(name, nameWidth, change, paint);
  });
}

/** Beside an arrow an empty text, or spaces around one, would not be seen. */
function shown(value: string | null): string {
  return (value !== null && value.trim() !== value) || value === ''
    ? `"${cellText(value)}"`
    : cellText(value);
}

const INDENT = 5;
const ARROW = ' → ';

/** Both values in so many columns; a short one leaves its room to the other. */
function shareRoom(a: string, b: string, room: number): [string, string] {
  const half = Math.floor(room / 2);
  const roomA = Math.max(half, room - widthOf(b));
  const shownA = cut(a, roomA);
  return [shownA, cut(b, room - widthOf(shownA))];
}

function widestName(values: Version['values'], { width }: TimelineStyle): number {
  const widest = Math.max(0, ...values.map(({ name }) => widthOf(cellText(name))));
  return Math.min(widest, Math.floor(width / 3));
}

function drawLine(name: string, nameWidth: number, value: string, paint: Paint): string {
  return `${paint.dim('│')}    ${paint.bold(pad(cut(cellText(name), nameWidth), nameWidth))}  ${value}`;
}

function drawEnd(version: Version, after: Version | null, { paint }: TimelineStyle): string[] {
  if (version.to === null) return [paint.green('▼  now')];
  const lasted = `${paint.dim('│')}  ${paint.dim(duration(version.from, version.to))}`;
  if (after?.from === version.to) return [lasted];
  const deleted = `${paint.red('✕')}  ${humanInstant(version.to)}  ${paint.red('deleted')}`;
  if (after === null) return [lasted, deleted];
  const gap = `${paint.dim('┊')}  ${paint.dim(`gone for ${duration(version.to, after.from)}`)}`;
  return [lasted, deleted, gap];
}

function duration(from: string, to: string): string {
  try {
    return humanDuration(Number(instantToMicros(to) - instantToMicros(from)) / 1e6);
  } catch {
    // Years before 1 and after 9999 have no such text.
    return 'a very long time';
  }
}
