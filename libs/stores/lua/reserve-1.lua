--[[
Purpose     Reserves one of a peer's registrations, before put-7.lua writes it in another slot.
KEYS        1 reservations  zset  nsid -> until when its registration may live unless it is refreshed, ms
ARGV        1 nsid, 2 ttl and grace in ms, 3 within how many ms the registration is written,
            4 how long the reservations are kept at least, ms, 5 most registrations of the peer,
            6 whether the registration is alive: then it is never refused
Returns     {code, now in ms, held until in ms, reservation}; code 1 reserved, -5 the peer has too many.
            A registration whose end is not after `held until` is covered.
Complexity  O(log n)
]]
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local known = redis.call('ZSCORE', KEYS[1], ARGV[1])

local others = redis.call('ZCARD', KEYS[1]) - (known and 1 or 0)

if ARGV[6] == '0' and others >= tonumber(ARGV[5]) then
  return {-5, now}
end

-- Each one differs from the one before: it names the reservation that a removal gives back.
local reservation = math.max(now + ARGV[2] + ARGV[3], (known or 0) + 1)

redis.call('ZADD', KEYS[1], reservation, ARGV[1])

local kept = redis.call('PTTL', KEYS[1])

if kept < tonumber(ARGV[4]) then
  redis.call('PEXPIRE', KEYS[1], ARGV[4])
  kept = tonumber(ARGV[4])
end

return {1, now, now + kept, reservation}
