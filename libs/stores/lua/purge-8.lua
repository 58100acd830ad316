--[[
Purpose     Removes expired registrations of one namespace, and the namespace itself when none is left.
KEYS        1 expiries, 2 order, 3 records, 4 namespaces, 5 counts, 6 due, 7 listed,
            8 prefixes: as in put-8.lua
ARGV        1 nsid, 2 grace in ms, 3 most registrations to remove,
            4 age that no listed registration can have, ms, 5 whether IP prefixes are kept
Returns     {removed, now in ms}
Complexity  O(removed * log n)
]]
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local dead = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now - ARGV[2], 'LIMIT', 0, ARGV[3])

if #dead > 0 then
  redis.call('ZREM', KEYS[1], unpack(dead))
  redis.call('ZREM', KEYS[2], unpack(dead))
  redis.call('HDEL', KEYS[3], unpack(dead))

  if ARGV[5] == '1' then
    redis.call('ZREM', KEYS[8], unpack(dead))
  end

  for index, peer in ipairs(dead) do
    dead[index] = ARGV[1] .. peer
  end

  redis.call('ZREM', KEYS[7], unpack(dead))
end

-- A removal first: a Redis that is full refuses a script whose first write may take memory.
redis.call('ZREM', KEYS[6], ARGV[1])

-- Rows of a namespace whose own keys expired while no front node was there to sweep.
local lost = redis.call(
  'ZRANGEBYSCORE', KEYS[7], '-inf', (now - ARGV[4]) * 1000, 'LIMIT', 0, ARGV[3]
)

if #lost > 0 then
  redis.call('ZREM', KEYS[7], unpack(lost))
end

local first = redis.call('ZRANGE', KEYS[1], 0, 0, 'WITHSCORES')

if first[2] then
  redis.call('ZADD', KEYS[6], first[2] + ARGV[2], ARGV[1])
  redis.call('HSET', KEYS[5], ARGV[1], redis.call('ZCARD', KEYS[1]))
else
  redis.call('HDEL', KEYS[4], ARGV[1])
  redis.call('HDEL', KEYS[5], ARGV[1])
end

return {#dead, now}
