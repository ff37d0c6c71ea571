/** How rows can be printed. */
export const ROW_FORMATS = ['table', 'ndjson', 'csv'] as const;
export type RowFormat = (typeof ROW_FORMATS)[number];
