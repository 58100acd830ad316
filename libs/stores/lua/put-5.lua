--[[
Purpose     Adds or replaces one registration. Removes a few expired ones of its namespace on the way.
            Does nothing when it runs too late: the peer was told by then that the request failed.
KEYS        1 expiries    zset  peer -> expiry, ms
            2 records     hash  peer -> signed envelope
            3 namespaces  hash  nsid -> kind byte and namespace bytes   (of the bucket)
            4 counts      hash  nsid -> registrations held              (of the bucket)
            5 due         zset  nsid -> not before when it needs a purge, ms (of the bucket)
ARGV        1 peer, 2 record, 3 ttl in ms, 4 grace in ms, 5 not after, ms of Redis time,
            6 nsid, 7 kind byte and namespace bytes, 8 most expired registrations to remove
Returns     {code, now in ms}; code 1 stored, -1 too late
Complexity  O(log n + removed)
]]
-- How long keys outlive the last expiry, at least half of it: a sweep removes them before, together with
-- their bucket's rows, and a refresh seldom has to move it.
local SLACK_MS = 60000

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

if now > tonumber(ARGV[5]) then
  return {-1, now}
end

local expiry = now + tonumber(ARGV[3])
local dead = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now - ARGV[4], 'LIMIT', 0, ARGV[8])

if #dead > 0 then
  redis.call('ZREM', KEYS[1], unpack(dead))
  redis.call('HDEL', KEYS[2], unpack(dead))
end

local added = redis.call('ZADD', KEYS[1], expiry, ARGV[1])

redis.call('HSET', KEYS[2], ARGV[1], ARGV[2])
redis.call('ZADD', KEYS[5], 'LT', expiry + ARGV[4], ARGV[6])

if added > 0 or #dead > 0 then
  redis.call('HSET', KEYS[3], ARGV[6], ARGV[7])
  redis.call('HSET', KEYS[4], ARGV[6], redis.call('ZCARD', KEYS[1]))
end

-- A key expires by itself only when no front node is left to sweep.
local last = expiry + ARGV[4]

if redis.call('PTTL', KEYS[1]) < last - now + SLACK_MS / 2 then
  redis.call('PEXPIREAT', KEYS[1], last + SLACK_MS)
  redis.call('PEXPIREAT', KEYS[2], last + SLACK_MS)
end

if redis.call('PTTL', KEYS[3]) < last - now + SLACK_MS / 2 then
  redis.call('PEXPIREAT', KEYS[3], last + SLACK_MS)
  redis.call('PEXPIREAT', KEYS[4], last + SLACK_MS)
  redis.call('PEXPIREAT', KEYS[5], last + SLACK_MS)
end

return {1, now}
