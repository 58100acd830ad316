--[[
Purpose     Gives back reservations, unless they were renewed meanwhile.
KEYS        1 reservations: as in reserve-1.lua
ARGV        1 nsid, 2 reservation as it was seen; and so on, two for each
Returns     {given back, now in ms}
Complexity  O(m * log n) for m reservations
]]
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local released = 0

for index = 1, #ARGV, 2 do
  if tonumber(redis.call('ZSCORE', KEYS[1], ARGV[index]) or 0) == tonumber(ARGV[index + 1]) then
    released = released + redis.call('ZREM', KEYS[1], ARGV[index])
  end
end

return {released, now}
