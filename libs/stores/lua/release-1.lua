--[[
Purpose     Gives back reservations, or keeps them for longer, unless they were renewed meanwhile.
KEYS        1 reservations: as in reserve-1.lua
ARGV        1 nsid, 2 reservation as it was seen, 3 until when its registration lives, ms (0: give back);
            and so on, three for each
Returns     {given back, now in ms}
Complexity  O(m * log n) for m reservations
]]
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local released = 0

for index = 1, #ARGV, 3 do
  local nsid, seen, lives_until = ARGV[index], tonumber(ARGV[index + 1]), tonumber(ARGV[index + 2])

  if tonumber(redis.call('ZSCORE', KEYS[1], nsid) or 0) == seen then
    if lives_until == 0 then
      released = released + redis.call('ZREM', KEYS[1], nsid)
    else
      redis.call('ZADD', KEYS[1], lives_until, nsid)
    end
  end
end

return {released, now}
