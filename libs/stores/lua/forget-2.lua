--[[
Purpose     Takes a namespace off the list of those that are due where its name is lost: some keys were deleted by
            hand, or it has ended. One that was made anew meanwhile stays.
KEYS        1 due, 2 namespaces: as in put-8.lua
ARGV        1 nsid
Returns     {taken off, now in ms}
Complexity  O(log n)
]]
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

if redis.call('HEXISTS', KEYS[2], ARGV[1]) == 1 then
  return {0, now}
end

return {redis.call('ZREM', KEYS[1], ARGV[1]), now}
