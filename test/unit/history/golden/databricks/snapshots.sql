select `id`, `name`, `score`
from `lake`.`main`.`customer`
where `current`;

select `id`, `name`, `score`
from `lake`.`main`.`customer`
where `effective_date` <= timestamp '2026-01-31T00:00:00.000000Z' and (`end_date` > timestamp '2026-01-31T00:00:00.000000Z' or `end_date` is null);
