-- What the sources share: chance without a clock, the rhythm of a week, the models in use.
-- The caller sets the variables seed, days, rows_per_day and last_day.

-- Uniform in [0, 1). DuckDB combines several hashes by xor: without the outer hash, u('a', i) and
-- u('b', i) would be correlated.
create macro u(salt, i) as
    (hash(hash(getvariable('seed'), salt, i)) >> 11)::double / 9007199254740992;

-- Bell-shaped around 0, never beyond 1.5 on either side.
create macro bell(salt, i) as u(salt || ' x', i) + u(salt || ' y', i) + u(salt || ' z', i) - 1.5;

create macro whole(low, high, salt, i) as low + floor(u(salt, i) * (high - low + 1))::bigint;

-- What is listed twice is twice as likely.
create macro one_of(items, salt, i) as items[whole(1, len(items), salt, i)];

-- A rank from 1 to n: few are heavy, many are light.
create macro zipf(n, salt, i) as floor(pow(n + 1, u(salt, i)))::bigint;

-- The same, but the first n draws walk through all ranks, so that a small sample misses none.
create macro walk(n, salt, i) as if(i between 1 and n, i, zipf(n, salt, i));

create macro code(salt, i) as md5(concat_ws(' ', getvariable('seed'), salt, i));
create macro uuid_of(salt, i) as code(salt, i)::uuid;

create macro dollars(tokens, price) as tokens::bigint * price * 0.000001;

create macro first_day() as getvariable('last_day') - getvariable('days')::int + 1;
create macro in_2099(moment) as moment + to_days(date '2099-06-01' - getvariable('last_day'));
create macro working_time(salt, i) as to_microseconds(((13.5 + 6 * bell(salt, i)) * 3.6e9)::bigint);

-- Weekends have a quarter of the pace, and use grows; the average pace is 1.
create table calendar as
select
    day_no,
    first_day() + day_no::int as day,
    if(isodow(day) >= 6, 0.32, 1.27) * (0.7 + 0.6 * day_no / getvariable('days')) as pace,
from range(getvariable('days')) as days (day_no);

-- The popular first; list prices in dollars per million tokens.
create table models as
from (
    values
    (1, 'gpt-4.1-2025-04-14', 'openai', 'text', 2.0, 0.5, 8.0),
    (2, 'gpt-4o-2024-08-06', 'openai', 'text', 2.5, 1.25, 10.0),
    (3, 'gpt-4.1-mini-2025-04-14', 'openai', 'text', 0.4, 0.1, 1.6),
    (4, 'gpt-4o-realtime-preview-2024-12-17', 'openai', 'realtime', 5.0, 2.5, 20.0),
    (5, 'gpt-5-mini-2025-08-07', 'openai', 'text', 0.25, 0.025, 2.0),
    (6, 'claude-sonnet-4-5-20250929', 'anthropic', 'text', 3.0, 0.3, 15.0),
    (7, 'gpt-image-1', 'openai', 'image', 10.0, 2.5, 40.0),
    (8, 'text-embedding-3-small', 'openai', 'embedding', 0.02, 0.02, 0.0),
    (9, 'o4-mini-2025-04-16', 'openai', 'text', 1.1, 0.275, 4.4),
    (10, 'gpt-4o-mini-2024-07-18', 'openai', 'text', 0.15, 0.075, 0.6),
    (11, 'claude-opus-4-1-20250805', 'anthropic', 'text', 15.0, 1.5, 75.0),
    (12, 'gpt-5-2025-08-07', 'openai', 'text', 1.25, 0.125, 10.0),
    (13, 'responses-create', 'openai', 'text', 2.0, 0.5, 8.0),
    (14, 'unknown', 'openai', 'text', 2.0, 0.5, 8.0),
    (15, 'gpt-3.5-turbo-0125', 'openai', 'text', 0.5, 0.5, 1.5)
) as models (rank, name, provider, kind, price_in, price_cached, price_out);

-- What another way of processing costs, as the price page has it.
create table tiers as
from (
    values
    ('gpt-4.1-2025-04-14', 'batch', 1.0, 1.0, 4.0),
    ('gpt-4.1-2025-04-14', 'priority', 3.5, 0.875, 14.0),
    ('gpt-4o-2024-08-06', 'batch', 1.25, 1.25, 5.0),
    ('gpt-4o-2024-08-06', 'priority', 4.25, 2.125, 17.0),
    ('gpt-4.1-mini-2025-04-14', 'batch', 0.2, 0.2, 0.8),
    ('gpt-4.1-mini-2025-04-14', 'priority', 0.7, 0.175, 2.8),
    ('gpt-5-mini-2025-08-07', 'batch', 0.125, 0.0125, 1.0),
    ('gpt-5-mini-2025-08-07', 'flex', 0.125, 0.0125, 1.0),
    ('gpt-5-mini-2025-08-07', 'priority', 0.45, 0.045, 3.6),
    ('gpt-5-2025-08-07', 'batch', 0.625, 0.0625, 5.0),
    ('gpt-5-2025-08-07', 'flex', 0.625, 0.0625, 5.0),
    ('gpt-5-2025-08-07', 'priority', 2.5, 0.25, 20.0),
    ('o4-mini-2025-04-16', 'batch', 0.55, 0.55, 2.2),
    ('o4-mini-2025-04-16', 'flex', 0.55, 0.138, 2.2),
    ('o4-mini-2025-04-16', 'priority', 2.0, 0.5, 8.0),
    ('gpt-4o-mini-2024-07-18', 'batch', 0.075, 0.075, 0.3),
    ('gpt-4o-mini-2024-07-18', 'priority', 0.25, 0.125, 1.0),
    ('gpt-3.5-turbo-0125', 'batch', 0.25, 0.25, 0.75),
    ('text-embedding-3-small', 'batch', 0.01, 0.01, 0.0)
) as tiers (name, service_tier, price_in, price_cached, price_out);
