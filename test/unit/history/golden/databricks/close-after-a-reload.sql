merge into `lake`.`main`.`customer` as h
using (
  select `id`
  from `lake`.`main`.`customer`
  group by `id`
  having max(`seen_date`) < timestamp '2026-02-01T00:00:00.000000Z'
) as s
on h.`id` = s.`id` and h.`current`
when matched then update set
  `current` = false,
  `end_date` = timestamp '2026-02-01T00:00:00.000000Z',
  `end_seq` = '',
  `seen_date` = timestamp '2026-02-01T00:00:00.000000Z',
  `seen_seq` = '',
  `batch_id` = 7;
