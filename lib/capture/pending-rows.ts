import type { FileCells } from '../dms-files/file-fields.ts';
import type { TableLayout } from './table-layout.ts';

/** When files are cut: whichever bound is reached first. */
export interface CutBounds {
  readonly maxRows: number;
  /** Of text, before it is made parquet. */
  readonly maxBytes: number;
}

/** The rows of one file to be. */
export interface RowGroup {
  readonly layout: TableLayout;
  readonly rows: readonly FileCells[];
}

interface OpenGroup {
  readonly layout: TableLayout;
  readonly rows: FileCells[];
  bytes: number;
}

/** Rows that are in no file yet, by table, and by its columns where those changed. */
export class PendingRows {
  private readonly bounds: CutBounds;
  private groups = new Map<TableLayout, OpenGroup>();
  private full = false;

  constructor(bounds: CutBounds) {
    this.bounds = bounds;
  }

  get isEmpty(): boolean {
    return this.groups.size === 0;
  }

  /** True when the rows of one table have reached a bound. */
  get isFull(): boolean {
    return this.full;
  }

  add(layout: TableLayout, cells: FileCells): void {
    const group = this.groups.get(layout) ?? this.begin(layout);
    group.rows.push(cells);
    for (const text of cells) group.bytes += text?.length ?? 0;
    if (group.rows.length >= this.bounds.maxRows || group.bytes >= this.bounds.maxBytes) this.full = true;
  }

  /** All rows, a table's older columns before its newer; none are pending afterwards. */
  take(): RowGroup[] {
    const groups = [...this.groups.values()];
    this.groups = new Map();
    this.full = false;
    return groups;
  }

  private begin(layout: TableLayout): OpenGroup {
    const group: OpenGroup = { layout, rows: [], bytes: 0 };
    this.groups.set(layout, group);
    return group;
  }
}
