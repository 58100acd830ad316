--[[
Purpose     Removes one registration. Does nothing when it runs too late: the peer was told by then
            that the request failed.
KEYS        1 expiries, 2 order, 3 records, 4 namespaces, 5 counts, 6 due, 7 listed,
            8 prefixes: as in put-8.lua
ARGV        1 peer, 2 grace in ms, 3 not after, ms of Redis time, 4 nsid, 5 whether IP prefixes are kept
Returns     {code, now in ms, reservation it was made with}; code 1 removed, 0 there was none alive,
            -1 too late
Complexity  O(log n)
]]
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

if now > tonumber(ARGV[3]) then
  return {-1, now}
end

local record = redis.call('HGET', KEYS[3], ARGV[1])

redis.call('ZREM', KEYS[1], ARGV[1])
redis.call('ZREM', KEYS[2], ARGV[1])
redis.call('HDEL', KEYS[3], ARGV[1])
redis.call('ZREM', KEYS[7], ARGV[4] .. ARGV[1])

if ARGV[5] == '1' then
  redis.call('ZREM', KEYS[8], ARGV[1])
end

local held = redis.call('ZCARD', KEYS[1])

if held > 0 then
  redis.call('HSET', KEYS[5], ARGV[4], held)
else
  redis.call('HDEL', KEYS[4], ARGV[4])
  redis.call('HDEL', KEYS[5], ARGV[4])
  redis.call('ZREM', KEYS[6], ARGV[4])
end

if not record then
  return {0, now}
end

local expiry, _, _, reservation = struct.unpack('>dddd', record)

return {expiry + ARGV[2] > now and 1 or 0, now, reservation}
