import type { SchemaElement } from 'hyparquet';
import { FileRejection } from '../errors.ts';
import type { FileColumn, FileFooter, UnsupportedColumn } from './change-file.ts';
import { foldColumnName } from './column-name.ts';
import { describeElement, fileTypeOf } from './file-type.ts';
import { storedTime } from './stored-time.ts';

/**
 * The top-level columns of a parquet schema, in file order, and those we have no type or no usable name for. A nested
 * or repeated column is one unsupported column. Throws `FileRejection` DUPLICATE_COLUMN when two names differ by
 * nothing or only by case, FOOTER_DAMAGED when the schema is not a tree.
 */
export function describeColumns(
  schema: readonly SchemaElement[],
  path: string,
): Pick<FileFooter, 'columns' | 'unsupported'> {
  const columns: FileColumn[] = [];
  const unsupported: UnsupportedColumn[] = [];
  for (const element of topLevel(schema, path)) {
    const nested = !element.type || childrenOf(element) > 0 || element.repetition_type === 'REPEATED';
    const type = nested || nameProblem(element.name) ? null : fileTypeOf(element);
    if (type) columns.push({ name: element.name, type, ...storedTime(element) });
    else
      unsupported.push({
        name: element.name,
        physical: nameProblem(element.name) ?? describeElement(element),
      });
  }
  assertDistinct(
    [...columns, ...unsupported].map((column) => column.name),
    path,
  );
  return { columns, unsupported };
}

/** Children of the root. The schema is a tree written depth first, each node saying how many children follow. */
function topLevel(schema: readonly SchemaElement[], path: string): SchemaElement[] {
  const found: SchemaElement[] = [];
  let open = 1;
  for (const [index, element] of schema.entries()) {
    if (open === 0) throw brokenTree(path);
    if (index > 0 && open === remainingTopLevel(schema, found.length)) found.push(element);
    open += childrenOf(element) - 1;
  }
  if (open !== 0 || schema.length === 0) throw brokenTree(path);
  return found;
}

/** Nodes still to come when every subtree read so far is complete. */
function remainingTopLevel(schema: readonly SchemaElement[], found: number): number {
  const root = schema[0];
  return root ? childrenOf(root) - found : 0;
}

function childrenOf(element: SchemaElement): number {
  const children = element.num_children ?? 0;
  return Number.isInteger(children) && children > 0 ? children : 0;
}

function nameProblem(name: string): string | null {
  if (name === '') return 'a column without a name';
  return /[\u0000-\u001f\u007f\ufffd]/.test(name) ? 'a name with control or undecodable characters' : null;
}

function assertDistinct(names: readonly string[], path: string): void {
  const seen = new Map<string, string>();
  for (const name of names) {
    const earlier = seen.get(foldColumnName(name));
    if (earlier !== undefined) {
      throw new FileRejection(
        'DUPLICATE_COLUMN',
        `File ${path} has columns ${JSON.stringify(earlier)} and ${JSON.stringify(name)}, which engines cannot tell ` +
          'apart. Rename one in the DMS mapping.',
        { context: { path }, columnsSeen: names },
      );
    }
    seen.set(foldColumnName(name), name);
  }
}

function brokenTree(path: string): FileRejection {
  return new FileRejection(
    'FOOTER_DAMAGED',
    `File ${path} has a schema whose parts do not add up. Copy or write it again, then release it.`,
    { context: { path } },
  );
}
