import type { ImportLine } from './import-lines.ts';

/** One row of the table of rooms in docs/architecture.md. */
export interface Room {
  /** `lib/history`, `lib/ports.ts`, `bin`. */
  readonly name: string;
  /** Rooms it may import; null is any. */
  readonly rooms: readonly string[] | null;
  /** Rooms of which it may import types only. */
  readonly types: readonly string[];
  /** Packages and parts of Node it may import; null is any. `node:*` is every part of Node. */
  readonly outside: readonly string[] | null;
}

/** The rules of docs/architecture.md. */
export interface RoomTable {
  readonly rooms: readonly Room[];
  /** What every room may import. */
  readonly open: readonly string[];
}

const HEAD = /^\| *room *\|[^|]*\| *may import *\| *from outside *\|$/;
const quoted = (text: string): string[] => [...text.matchAll(/`([^`]+)`/g)].map(([, name]) => name!);
const bare = (name: string): string => name.replace(/\/$/, '');

/** Reads the rules from the document's text. Throws when there are none, so that losing the table is noticed. */
export function parseRoomTable(markdown: string): RoomTable {
  const lines = markdown.split('\n');
  const head = lines.findIndex((line) => HEAD.test(line));
  const openLine = lines.find((line) => line.startsWith('Open to every room:'));
  if (head < 0 || !openLine) throw new Error('the document has no table of rooms');
  const end = lines.findIndex((line, at) => at > head && !line.startsWith('|'));
  const rooms = lines.slice(head + 2, end < 0 ? undefined : end).flatMap(parseRow);
  return { rooms, open: quoted(openLine) };
}

function parseRow(line: string): Room[] {
  const [names = '', , inside = '', outside = ''] = line
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim());
  const parts = inside.split(',').map((part) => part.trim());
  const ofParts = (wanted: (part: string) => boolean): string[] =>
    parts.filter(wanted).flatMap(quoted).map(bare);
  const typesOf = (part: string): boolean => part.startsWith('types of ');
  return quoted(names).map((name) => ({
    name: bare(name),
    rooms: inside === 'anything' ? null : ofParts((part) => !typesOf(part)),
    types: ofParts(typesOf),
    outside: outside === 'anything' ? null : quoted(outside),
  }));
}

/** The room a path is in: below `lib` its folder, or the file itself where it is in none; elsewhere the top folder. */
export function roomOf(path: string): string {
  const [top = '', second = ''] = path.split('/');
  return top === 'lib' ? `${top}/${second}` : top;
}

/** The import lines that the rules do not allow, as `file imports what`. */
export function forbiddenImports(table: RoomTable, imports: readonly ImportLine[]): string[] {
  return imports
    .filter((line) => !isAllowed(table, line))
    .map((line) => `${line.file} imports ${line.typeOnly ? 'types of ' : ''}${line.to}`);
}

function isAllowed({ rooms, open }: RoomTable, { file, to, inside, typeOnly }: ImportLine): boolean {
  const room = rooms.find(({ name }) => name === roomOf(file));
  if (!room) return false;
  if (!inside) return room.outside?.some((name) => matches(name, to)) ?? true;
  const target = roomOf(to);
  if (target === room.name || open.includes(to) || room.rooms === null) return true;
  return room.rooms.includes(target) || (typeOnly && room.types.includes(target));
}

/** `pg` is also `pg/lib/x`; `node:fs` is not `node:fs/promises`. */
function matches(allowed: string, name: string): boolean {
  if (allowed === 'node:*') return name.startsWith('node:');
  return name === allowed || (!allowed.startsWith('node:') && name.startsWith(`${allowed}/`));
}

/** One way round from a room through its imports back to it, `a > b > a`, or null when there is none. */
export function findCircle(imports: readonly ImportLine[], open: readonly string[]): string | null {
  const edges = new Map<string, Set<string>>();
  for (const { file, to, inside } of imports) {
    const [from, target] = [roomOf(file), roomOf(to)];
    if (!inside || from === target || open.includes(to) || open.includes(file)) continue;
    edges.set(from, (edges.get(from) ?? new Set()).add(target));
  }
  const done = new Set<string>();
  const visit = (room: string, path: readonly string[]): string | null => {
    if (path.includes(room)) return [...path.slice(path.indexOf(room)), room].join(' > ');
    if (done.has(room)) return null;
    for (const next of edges.get(room) ?? []) {
      const circle = visit(next, [...path, room]);
      if (circle) return circle;
    }
    done.add(room);
    return null;
  };
  for (const room of edges.keys()) {
    const circle = visit(room, []);
    if (circle) return circle;
  }
  return null;
}
