--[[
Purpose     Adds or replaces one registration. Removes a few expired ones of its namespace on the way.
            Does nothing when it runs too late: the peer was told by then that the request failed.
            A registration that is not alive, or would outlive its reservation, needs a new one first
            (reserve-1.lua), so that the peer's cap is kept; one in a new namespace must be admitted.
KEYS        1 expiries    zset  peer -> expiry, ms
            2 order       zset  peer -> sequence
            3 records     hash  peer -> header and signed envelope; the header is four doubles,
                                big-endian: expiry, sequence, held until (ms), reservation
            4 namespaces  hash  nsid -> kind byte and namespace bytes   (of the bucket)
            5 counts      hash  nsid -> registrations held              (of the bucket)
            6 due         zset  nsid -> not before when it needs a purge, ms (of the bucket)
            7 listed      zset  nsid and peer -> sequence               (of the bucket and kind)
            8 prefixes    zset  peer -> number of its IP prefix, where those are kept
ARGV        1 peer, 2 record, 3 ttl in ms, 4 grace in ms, 5 not after, ms of Redis time,
            6 nsid, 7 kind byte and namespace bytes, 8 most expired registrations to remove,
            9 held until, ms (0: no reservation is brought), 10 reservation, 11 most registrations of the namespace,
            12 whether the namespace is admitted, 13 whether to write the order, 14 whether to list it,
            15 whether the reservation was given to a live registration, whatever the cap,
            16 whether IP prefixes are kept, 17 where it comes from: number of the IP prefix, or empty where
            that is not known, 18 most registrations of the prefix (0: any number)
Returns     {code, now in ms, sequence}; code 1 stored, -1 too late, -2 needs a reservation, -3 needs a reservation
            and an admitted namespace, -4 the namespace is full, -7 needs its reservation renewed,
            -8 the prefix is full; third, how many of the namespace have expired: they are to be purged first
Complexity  O(log n + removed)
]]
-- How long keys outlive the last expiry, at least half of it: a sweep removes them before, together with
-- their bucket's rows, and a refresh seldom has to move it.
local SLACK_MS = 60000
local HEADER = '>dddd'

-- Of so many refusals at a full prefix, one looks up so many of its registrations: some may have been removed
-- by a node that keeps no prefixes. Seldom, since it costs more than a put.
local REFUSALS_PER_TIDY = 16
local LOOKED_UP_MAX = 100

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

if now > tonumber(ARGV[5]) then
  return {-1, now}
end

local expiry = now + tonumber(ARGV[3])
local last = expiry + ARGV[4]
local held_until = tonumber(ARGV[9])
local reservation = tonumber(ARGV[10])
local counts_prefix = ARGV[16] == '1' and ARGV[17] ~= ''
local known = redis.call('ZSCORE', KEYS[1], ARGV[1])
local stored = known and redis.call('HGET', KEYS[3], ARGV[1])

local function is_prefix_full()
  local max = tonumber(ARGV[18])

  return max > 0 and redis.call('ZCOUNT', KEYS[8], ARGV[17], ARGV[17]) >= max
end

-- Takes out of a prefix what is no registration any more, at another place of it each time.
local function tidy_prefix()
  local held = redis.call('ZCOUNT', KEYS[8], ARGV[17], ARGV[17])
  local before = redis.call('ZCOUNT', KEYS[8], '-inf', '(' .. ARGV[17])
  local from = before + time[2] % math.max(1, held - LOOKED_UP_MAX + 1)
  local to = math.min(before + held, from + LOOKED_UP_MAX) - 1
  local peers = redis.call('ZRANGE', KEYS[8], from, to)
  local expiries = redis.call('ZMSCORE', KEYS[1], unpack(peers))

  for index, peer in ipairs(peers) do
    if not expiries[index] then
      redis.call('ZREM', KEYS[8], peer)
    end
  end
end

-- One whose record was lost, as by an eviction, is none.
if stored and known + ARGV[4] > now then
  -- Somebody else may have renewed the reservation and written meanwhile: the later one stands.
  local _, _, known_until, known_reservation = struct.unpack(HEADER, stored)

  held_until = math.max(held_until, known_until)
  reservation = math.max(reservation, known_reservation)

  if last > held_until then
    return {-7, now}
  end
else
  local is_new = redis.call('HEXISTS', KEYS[4], ARGV[6]) == 0

  if redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[11]) and
    redis.call('ZCOUNT', KEYS[1], '(' .. now - ARGV[4], '+inf') >= tonumber(ARGV[11]) then
    return {-4, now}
  end

  if counts_prefix and is_prefix_full() then
    if time[2] % REFUSALS_PER_TIDY == 0 then
      tidy_prefix()
    end

    if is_prefix_full() then
      return {-8, now, redis.call('ZCOUNT', KEYS[1], '-inf', now - ARGV[4])}
    end
  end

  if is_new and ARGV[12] == '0' then
    return {-3, now}
  end

  -- It was alive when the reservation was given, and is not any more: now the cap counts.
  if last > held_until or ARGV[15] == '1' then
    return {-2, now}
  end
end

local dead = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now - ARGV[4], 'LIMIT', 0, ARGV[8])

if #dead > 0 then
  redis.call('ZREM', KEYS[1], unpack(dead))
  redis.call('ZREM', KEYS[2], unpack(dead))
  redis.call('HDEL', KEYS[3], unpack(dead))

  if ARGV[16] == '1' then
    redis.call('ZREM', KEYS[8], unpack(dead))
  end

  for index, peer in ipairs(dead) do
    dead[index] = ARGV[6] .. peer
  end

  redis.call('ZREM', KEYS[7], unpack(dead))
end

-- Above all before, whatever the clock did: readers go on from the highest they have seen.
local sequence = time[1] * 1000000 + time[2]

if ARGV[13] == '1' then
  local newest = redis.call('ZRANGE', KEYS[2], -1, -1, 'WITHSCORES')
  local newest_listed = redis.call('ZRANGE', KEYS[7], -1, -1, 'WITHSCORES')

  sequence = math.max(sequence, (newest[2] or 0) + 1, (newest_listed[2] or 0) + 1)
  redis.call('ZADD', KEYS[2], sequence, ARGV[1])

  if ARGV[14] == '1' then
    redis.call('ZADD', KEYS[7], sequence, ARGV[6] .. ARGV[1])
  elseif known then
    redis.call('ZREM', KEYS[7], ARGV[6] .. ARGV[1])
  end
end

if ARGV[16] == '1' then
  local counted = redis.call('ZSCORE', KEYS[8], ARGV[1])

  if not counts_prefix then
    redis.call('ZREM', KEYS[8], ARGV[1])
  elseif tonumber(counted) ~= tonumber(ARGV[17]) and not is_prefix_full() then
    -- A refresh from where it is full goes on counting where it was: so no prefix passes its cap.
    redis.call('ZADD', KEYS[8], ARGV[17], ARGV[1])
  end
end

local added = redis.call('ZADD', KEYS[1], expiry, ARGV[1])
local header = struct.pack(HEADER, expiry, sequence, held_until, reservation)

redis.call('HSET', KEYS[3], ARGV[1], header .. ARGV[2])
redis.call('ZADD', KEYS[6], 'LT', last, ARGV[6])

if added > 0 or #dead > 0 then
  redis.call('HSET', KEYS[4], ARGV[6], ARGV[7])
  redis.call('HSET', KEYS[5], ARGV[6], redis.call('ZCARD', KEYS[1]))
end

-- A key expires by itself only when no front node is left to sweep.
local function keep(key, ...)
  if redis.call('PTTL', key) < last - now + SLACK_MS / 2 then
    for _, name in ipairs({key, ...}) do
      redis.call('PEXPIREAT', name, last + SLACK_MS)
    end
  end
end

keep(KEYS[1], KEYS[3])
keep(KEYS[4], KEYS[5], KEYS[6])

if ARGV[13] == '1' then
  keep(KEYS[2])
end

if ARGV[14] == '1' then
  keep(KEYS[7])
end

if ARGV[16] == '1' then
  keep(KEYS[8])
end

return {1, now, sequence}
