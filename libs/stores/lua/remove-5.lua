--[[
Purpose     Removes one registration. Does nothing when it runs too late: the peer was told by then
            that the request failed.
KEYS        1 expiries, 2 records, 3 namespaces, 4 counts, 5 due: as in put-5.lua
ARGV        1 peer, 2 grace in ms, 3 not after, ms of Redis time, 4 nsid
Returns     {code, now in ms}; code 1 removed, 0 there was none alive, -1 too late
Complexity  O(log n)
]]
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

if now > tonumber(ARGV[3]) then
  return {-1, now}
end

local expiry = redis.call('ZSCORE', KEYS[1], ARGV[1])

if not expiry then
  return {0, now}
end

redis.call('ZREM', KEYS[1], ARGV[1])
redis.call('HDEL', KEYS[2], ARGV[1])

local held = redis.call('ZCARD', KEYS[1])

if held > 0 then
  redis.call('HSET', KEYS[4], ARGV[4], held)
else
  redis.call('HDEL', KEYS[3], ARGV[4])
  redis.call('HDEL', KEYS[4], ARGV[4])
  redis.call('ZREM', KEYS[5], ARGV[4])
end

if tonumber(expiry) + ARGV[2] <= now then
  return {0, now}
end

return {1, now}
