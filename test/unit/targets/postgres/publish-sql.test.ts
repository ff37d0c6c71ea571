import { describe, expect, it } from 'vitest';
import type { PlannedColumn } from '../../../../lib/targets/postgres/plan-table.ts';
import {
  type PublishNames,
  renderDeleteKeys,
  renderDeleteMissing,
  renderDuplicateKeys,
  renderInsertAll,
  renderInsertMissing,
  renderMerge,
  renderUpdateChanged,
} from '../../../../lib/targets/postgres/publish-sql.ts';

const column = (name: string, equality: PlannedColumn['equality'] = 'exact'): PlannedColumn => ({
  name,
  declaration: 'text',
  equality,
});
const NAMES: PublishNames = {
  target: '"s"."t"',
  rows: '"s"."stage"',
  deletedKeys: '"s"."stage_k"',
  keys: ['id', 'no'],
  columns: [column('id'), column('no'), column('a "b"'), column('f', 'float'), column('j', 'text')],
};
const DIFFERS = `(t."a ""b""" is distinct from s."a ""b"""
    or t."f" is distinct from s."f" or (s."f" = 0 and t."f"::text <> s."f"::text)
    or t."j"::text collate "C" is distinct from s."j"::text collate "C")`;
const SETS = `"a ""b""" = s."a ""b""", "f" = s."f", "j" = s."j"`;

describe('the statements of a publish', () => {
  it('merge everything at once, with or without removing', () => {
    const merge = (removes: string) => `with merged as (
  merge into "s"."t" as t
  using "s"."stage" as s on t."id" = s."id" and t."no" = s."no"
  when matched and ${DIFFERS} then
    update set ${SETS}
  when not matched then
    insert ("id", "no", "a ""b""", "f", "j")
    values (s."id", s."no", s."a ""b""", s."f", s."j")
${removes}  returning merge_action() as action
)
select action, count(*) as rows
from merged
group by action`;

    expect(renderMerge(NAMES, true)).toBe(merge('  when not matched by source then\n    delete\n'));
    expect(renderMerge(NAMES, false)).toBe(merge(''));
  });

  it('update only rows that differ in any column but the keys', () => {
    expect(renderUpdateChanged(NAMES)).toBe(`update "s"."t" as t
set ${SETS}
from "s"."stage" as s
where t."id" = s."id" and t."no" = s."no"
  and ${DIFFERS}`);
  });

  it('update keys too where equal keys can read differently, and nothing when there is nothing to', () => {
    const inexact = { ...NAMES, keys: ['k'], columns: [column('k', 'text')] };

    expect(renderUpdateChanged(inexact)).toContain('set "k" = s."k"');
    expect(renderUpdateChanged({ ...NAMES, keys: ['k'], columns: [column('k')] })).toBeNull();
    expect(renderMerge({ ...NAMES, keys: ['k'], columns: [column('k')] }, false)).not.toContain(
      'when matched',
    );
  });

  it('insert, delete and count by key', () => {
    expect([
      renderInsertAll(NAMES),
      renderInsertMissing(NAMES),
      renderDeleteMissing(NAMES),
      renderDeleteKeys(NAMES),
      renderDuplicateKeys(NAMES),
    ]).toEqual([
      `insert into "s"."t" ("id", "no", "a ""b""", "f", "j")
select "id", "no", "a ""b""", "f", "j"
from "s"."stage"`,
      `insert into "s"."t" ("id", "no", "a ""b""", "f", "j")
select s."id", s."no", s."a ""b""", s."f", s."j"
from "s"."stage" as s
where not exists (
  select
  from "s"."t" as t
  where t."id" = s."id" and t."no" = s."no"
)`,
      `delete from "s"."t" as t
where not exists (
  select
  from "s"."stage" as s
  where t."id" = s."id" and t."no" = s."no"
)`,
      `delete from "s"."t" as t
using "s"."stage_k" as s
where t."id" = s."id" and t."no" = s."no"`,
      `select count(*) as duplicates
from (
  select
  from "s"."stage"
  group by "id", "no"
  having count(*) > 1
) as d`,
    ]);
  });
});
