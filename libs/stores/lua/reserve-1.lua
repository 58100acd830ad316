--[[
Purpose     Reserves one of a peer's registrations, before put-8.lua writes it in another slot.
KEYS        1 reservations  zset  nsid -> when it was reserved last, us: the number of the reservation
ARGV        1 nsid, 2 how long the reservations are kept at least, ms, 3 how much of that is a margin for
            clocks that differ, ms, 4 most registrations of the peer, 5 whether the registration is
            alive: then it is never refused
Returns     {code, now in ms, held until in ms, reservation, whether there was one before}; code 1 reserved,
            -5 the peer has too many. A registration whose end is not after `held until` is covered.
Complexity  O(log n)
]]
local time = redis.call('TIME')
local now_us = time[1] * 1000000 + time[2]
local now = math.floor(now_us / 1000)
local known = redis.call('ZSCORE', KEYS[1], ARGV[1])
local others = redis.call('ZCARD', KEYS[1]) - (known and 1 or 0)

if ARGV[5] == '0' and others >= tonumber(ARGV[4]) then
  return {-5, now}
end

-- Each one differs from the one before: it names the reservation that a removal gives back.
local reservation = math.max(now_us, (known or 0) + 1)

redis.call('ZADD', KEYS[1], reservation, ARGV[1])

local kept = redis.call('PTTL', KEYS[1])

if kept < tonumber(ARGV[2]) then
  redis.call('PEXPIRE', KEYS[1], ARGV[2])
  kept = tonumber(ARGV[2])
end

return {1, now, now + kept - ARGV[3], reservation, known and 1 or 0}
